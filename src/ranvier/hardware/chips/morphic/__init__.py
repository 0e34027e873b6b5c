"""The chip MorphIC from its published behaviour: binary synapses that learn at random."""

from ranvier.hardware.chips.morphic._chip import Core as Core
from ranvier.hardware.chips.morphic._chip import MorphIC as MorphIC
from ranvier.hardware.chips.morphic._energy import energy as energy
from ranvier.hardware.chips.morphic._energy import synaptic_operation as synaptic_operation
from ranvier.hardware.chips.morphic._events import line as line
from ranvier.hardware.chips.morphic._events import spike as spike
from ranvier.hardware.chips.morphic._events import time_reference as time_reference
from ranvier.hardware.chips.morphic._events import virtual as virtual
from ranvier.hardware.chips.morphic._registers import Configuration as Configuration
from ranvier.hardware.chips.morphic._registers import Route as Route
from ranvier.hardware.chips.morphic._state import Counts as Counts
from ranvier.hardware.chips.morphic._state import Output as Output
from ranvier.hardware.chips.morphic._state import State as State
from ranvier.hardware.chips.odin import LIFNeuron as LIFNeuron
from ranvier.hardware.chips.odin import Log as Log
from ranvier.hardware.chips.odin import run_together as run_together
