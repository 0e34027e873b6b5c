"""The ReckOn chip: a spiking recurrent network that learns by e-prop, in whole numbers.

Frenkel and Indiveri, ISSCC 2022.
"""

from ranvier.hardware.chips.reckon._chip import ReckOn as ReckOn
from ranvier.hardware.chips.reckon._cue import cue_accumulation_chip as cue_accumulation_chip
from ranvier.hardware.chips.reckon._cue import random_seeds as random_seeds
from ranvier.hardware.chips.reckon._memory import GENERATORS as GENERATORS
from ranvier.hardware.chips.reckon._memory import Recorded as Recorded
from ranvier.hardware.chips.reckon._memory import State as State
from ranvier.hardware.chips.reckon._outcome import Counts as Counts
from ranvier.hardware.chips.reckon._outcome import Outcome as Outcome
from ranvier.hardware.chips.reckon._random import Generator as Generator
from ranvier.hardware.chips.reckon._registers import Registers as Registers
