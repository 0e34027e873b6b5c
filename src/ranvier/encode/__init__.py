"""Floor 1: from numbers to spikes. Every encoder gives time as the first axis."""

from ranvier.encode._rate import rate as rate
