"""The ReckOn chip: a spiking recurrent network that learns by e-prop, in whole numbers.

Frenkel and Indiveri, ISSCC 2022.
"""

from ranvier.hardware.chips.reckon._chip import ReckOn as ReckOn
from ranvier.hardware.chips.reckon._cue import cue_accumulation_chip as cue_accumulation_chip
from ranvier.hardware.chips.reckon._cue import random_seeds as random_seeds
from ranvier.hardware.chips.reckon._image import read_memory_image as read_memory_image
from ranvier.hardware.chips.reckon._image import write_memory_image as write_memory_image
from ranvier.hardware.chips.reckon._memory import GENERATORS as GENERATORS
from ranvier.hardware.chips.reckon._memory import Recorded as Recorded
from ranvier.hardware.chips.reckon._memory import State as State
from ranvier.hardware.chips.reckon._outcome import Counts as Counts
from ranvier.hardware.chips.reckon._outcome import Outcome as Outcome
from ranvier.hardware.chips.reckon._programming import Replayed as Replayed
from ranvier.hardware.chips.reckon._programming import Sample as Sample
from ranvier.hardware.chips.reckon._programming import Write as Write
from ranvier.hardware.chips.reckon._programming import programming as programming
from ranvier.hardware.chips.reckon._programming import replay as replay
from ranvier.hardware.chips.reckon._registers import Registers as Registers
from ranvier.hardware.chips.reckon._transcript import read_transcript as read_transcript
from ranvier.hardware.chips.reckon._transcript import write_transcript as write_transcript
