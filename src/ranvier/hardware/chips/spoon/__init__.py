"""The SPOON chip: an event-driven convolutional network that learns by DRTP, in whole numbers.

Frenkel, Legat, Bol, ISCAS 2020. Behaviour, not bits of the hardware: what is assumed is listed at
`SPOON`.
"""

from ranvier.hardware.chips.spoon._chip import SPOON as SPOON
from ranvier.hardware.chips.spoon._events import Samples as Samples
from ranvier.hardware.chips.spoon._events import image_samples as image_samples
from ranvier.hardware.chips.spoon._events import recorded_samples as recorded_samples
from ranvier.hardware.chips.spoon._memory import Recorded as Recorded
from ranvier.hardware.chips.spoon._memory import State as State
from ranvier.hardware.chips.spoon._outcome import Counts as Counts
from ranvier.hardware.chips.spoon._outcome import Outcome as Outcome
from ranvier.hardware.chips.spoon._outcome import classification as classification
from ranvier.hardware.chips.spoon._registers import Registers as Registers
