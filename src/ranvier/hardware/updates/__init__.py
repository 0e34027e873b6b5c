"""Training on memory devices: updates become pulses, whatever rule they come from."""

from ranvier.hardware.updates._capacitor import CapacitorPair as CapacitorPair
from ranvier.hardware.updates._capacitor import CapacitorState as CapacitorState
from ranvier.hardware.updates._capacitor import Polarity as Polarity
from ranvier.hardware.updates._capacitor import fixed as fixed
from ranvier.hardware.updates._capacitor import inverted as inverted
from ranvier.hardware.updates._cell import LearningCell as LearningCell
from ranvier.hardware.updates._cell import SingleDevice as SingleDevice
from ranvier.hardware.updates._drive import Accumulated as Accumulated
from ranvier.hardware.updates._drive import Drive as Drive
from ranvier.hardware.updates._drive import StochasticTrain as StochasticTrain
from ranvier.hardware.updates._on_devices import ArrayState as ArrayState
from ranvier.hardware.updates._on_devices import Limit as Limit
from ranvier.hardware.updates._on_devices import OnDevicesState as OnDevicesState
from ranvier.hardware.updates._on_devices import matrices as matrices
from ranvier.hardware.updates._on_devices import on_devices as on_devices
from ranvier.hardware.updates._pair import OneSidedPair as OneSidedPair
from ranvier.hardware.updates._pair import PairState as PairState
from ranvier.hardware.updates._schemes import capacitor_pairs as capacitor_pairs
from ranvier.hardware.updates._schemes import mixed_precision as mixed_precision
from ranvier.hardware.updates._schemes import one_sided_pairs as one_sided_pairs
from ranvier.hardware.updates._schemes import pulse_trains as pulse_trains
from ranvier.hardware.updates._schemes import tiki_taka as tiki_taka
from ranvier.hardware.updates._transfer import TransferCell as TransferCell
from ranvier.hardware.updates._transfer import TransferState as TransferState
