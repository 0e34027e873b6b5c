"""Static networks of rectified units as networks of spiking neurons that fire at their rates."""

from ranvier.convert.rate._network import RateNetwork as RateNetwork
from ranvier.convert.rate._normalisation import ModelBased as ModelBased
from ranvier.convert.rate._normalisation import Normalisation as Normalisation
from ranvier.convert.rate._normalisation import Percentile as Percentile
from ranvier.convert.rate._normalisation import ThresholdBalancing as ThresholdBalancing
from ranvier.convert.rate._to_rates import to_rates as to_rates
