"""The chip ODIN: 256 neurons and 64k synapses that learn by SDSP, bit by bit."""

from ranvier.hardware.chips.odin._chip import ODIN as ODIN
from ranvier.hardware.chips.odin._configuration import Configuration as Configuration
from ranvier.hardware.chips.odin._energy import energy as energy
from ranvier.hardware.chips.odin._energy import synaptic_operation as synaptic_operation
from ranvier.hardware.chips.odin._events import bistability as bistability
from ranvier.hardware.chips.odin._events import spike as spike
from ranvier.hardware.chips.odin._events import synapse as synapse
from ranvier.hardware.chips.odin._events import time_reference as time_reference
from ranvier.hardware.chips.odin._events import virtual as virtual
from ranvier.hardware.chips.odin._izhikevich_registers import IzhikevichNeuron as IzhikevichNeuron
from ranvier.hardware.chips.odin._izhikevich_registers import IzhikevichState as IzhikevichState
from ranvier.hardware.chips.odin._lif_registers import LIFNeuron as LIFNeuron
from ranvier.hardware.chips.odin._lif_registers import LIFState as LIFState
from ranvier.hardware.chips.odin._state import Counts as Counts
from ranvier.hardware.chips.odin._state import Log as Log
from ranvier.hardware.chips.odin._state import Output as Output
from ranvier.hardware.chips.odin._state import State as State
from ranvier.hardware.chips.odin._synapse import bistable as bistable
from ranvier.hardware.chips.odin._synapse import sdsp as sdsp
from ranvier.hardware.chips.odin._together import run_together as run_together
