"""Floor 3: pure functions of recorded arrays."""

from ranvier.metrics._activity import Operations as Operations
from ranvier.metrics._activity import firing_rate as firing_rate
from ranvier.metrics._activity import synaptic_operations as synaptic_operations
from ranvier.metrics._baselines import markov_nll as markov_nll
from ranvier.metrics._baselines import note_frequency_nll as note_frequency_nll
from ranvier.metrics._baselines import uniform_nll as uniform_nll
from ranvier.metrics._classes import accuracy as accuracy
from ranvier.metrics._classes import confusion as confusion
from ranvier.metrics._tasks import average_accuracy as average_accuracy
from ranvier.metrics._tasks import backward_transfer as backward_transfer
from ranvier.metrics._tasks import forgetting as forgetting
from ranvier.metrics._tasks import learned_accuracy as learned_accuracy
