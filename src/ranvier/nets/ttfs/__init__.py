"""Static networks of rectified units, and of neurons that say the same by the time of one spike."""

from ranvier.nets.ttfs._events import Arrivals as Arrivals
from ranvier.nets.ttfs._events import Propagated as Propagated
from ranvier.nets.ttfs._events import connected as connected
from ranvier.nets.ttfs._events import propagate as propagate
from ranvier.nets.ttfs._network import SpikeTimeNetwork as SpikeTimeNetwork
from ranvier.nets.ttfs._parts import Pool as Pool
from ranvier.nets.ttfs._parts import ReLUNetwork as ReLUNetwork
from ranvier.nets.ttfs._parts import Units as Units
from ranvier.nets.ttfs._parts import Way as Way
from ranvier.nets.ttfs._transmission import Exact as Exact
from ranvier.nets.ttfs._transmission import Jitter as Jitter
from ranvier.nets.ttfs._transmission import TimeSteps as TimeSteps
from ranvier.nets.ttfs._transmission import Transmission as Transmission
