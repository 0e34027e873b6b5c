"""Floor 3: pure functions of recorded arrays."""

from ranvier.metrics._baselines import markov_nll as markov_nll
from ranvier.metrics._baselines import note_frequency_nll as note_frequency_nll
from ranvier.metrics._baselines import uniform_nll as uniform_nll
