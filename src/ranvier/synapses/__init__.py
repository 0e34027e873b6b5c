"""Floor 1: connections, from presynaptic activity to a current. No thresholds live here."""

from ranvier.synapses._dense import Dense as Dense
from ranvier.synapses._dense import glorot_uniform as glorot_uniform
from ranvier.synapses._dropout import Dropout as Dropout
