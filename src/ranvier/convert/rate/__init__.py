"""Static networks of rectified units as networks of spiking neurons that fire at their rates."""

from ranvier.convert.rate._calibrate import offset_shift as offset_shift
from ranvier.convert.rate._calibrate import shift_biases as shift_biases
from ranvier.convert.rate._calibrate import shift_potentials as shift_potentials
from ranvier.convert.rate._certificate import Certificate as Certificate
from ranvier.convert.rate._certificate import LayerReport as LayerReport
from ranvier.convert.rate._certificate import certify as certify
from ranvier.convert.rate._network import RateNetwork as RateNetwork
from ranvier.convert.rate._normalisation import ModelBased as ModelBased
from ranvier.convert.rate._normalisation import Normalisation as Normalisation
from ranvier.convert.rate._normalisation import Percentile as Percentile
from ranvier.convert.rate._normalisation import ThresholdBalancing as ThresholdBalancing
from ranvier.convert.rate._operations import Operations as Operations
from ranvier.convert.rate._operations import reached as reached
from ranvier.convert.rate._to_lif import to_lif as to_lif
from ranvier.convert.rate._to_rates import to_rates as to_rates
