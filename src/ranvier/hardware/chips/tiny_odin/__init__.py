"""The chip tinyODIN: the array of ODIN with signed weights, one neuron model and no learning."""

from ranvier.hardware.chips.tiny_odin._chip import TinyODIN as TinyODIN
from ranvier.hardware.chips.tiny_odin._events import spike as spike
from ranvier.hardware.chips.tiny_odin._events import time_reference as time_reference
from ranvier.hardware.chips.tiny_odin._events import virtual as virtual
from ranvier.hardware.chips.tiny_odin._registers import Configuration as Configuration
from ranvier.hardware.chips.tiny_odin._registers import LIFNeuron as LIFNeuron
