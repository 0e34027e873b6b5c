"""Floor 1: from numbers to spikes, and random variants of the numbers before.

Every encoder gives time as the first axis.
"""

from ranvier.encode._elastic import elastic_distortion as elastic_distortion
from ranvier.encode._rate import rate as rate
