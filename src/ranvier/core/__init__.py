"""Floor 0: protocols, names, errors and files. Imports nothing of ranvier above it."""

from ranvier.core._batch import Batch as Batch
from ranvier.core._checkpoint import load as load
from ranvier.core._checkpoint import read_settings as read_settings
from ranvier.core._checkpoint import save as save
from ranvier.core._checks import ascending as ascending
from ranvier.core._checks import known as known
from ranvier.core._checks import one_of as one_of
from ranvier.core._checks import positive as positive
from ranvier.core._dependence import Carry as Carry
from ranvier.core._dependence import dependence as dependence
from ranvier.core._dependence import derivation as derivation
from ranvier.core._dependence import single_carry as single_carry
from ranvier.core._errors import nearest as nearest
from ranvier.core._files import atomic_path as atomic_path
from ranvier.core._files import only_writer as only_writer
from ranvier.core._protocol import Cell as Cell
from ranvier.core._protocol import Kinetics as Kinetics
from ranvier.core._protocol import Neuron as Neuron
from ranvier.core._protocol import NeuronState as NeuronState
from ranvier.core._protocol import ParallelInTime as ParallelInTime
from ranvier.core._protocol import Synapse as Synapse
from ranvier.core._protocol import precision as precision
from ranvier.core._protocol import scan_steps as scan_steps
from ranvier.core._protocol import zeros as zeros
from ranvier.core._registry import Registry as Registry
