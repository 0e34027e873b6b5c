"""Floor 1: elementwise dynamics and surrogate spikes. No weights live here."""

from ranvier.neurons import surrogates as surrogates
from ranvier.neurons._catalogue import catalogue as catalogue
from ranvier.neurons._correspondence import lif_from_snu as lif_from_snu
from ranvier.neurons._correspondence import snu_from_lif as snu_from_lif
from ranvier.neurons._gated import GRU as GRU
from ranvier.neurons._gated import LSTM as LSTM
from ranvier.neurons._gated import RNN as RNN
from ranvier.neurons._gated import LSTMState as LSTMState
from ranvier.neurons._integrator import IntegratorState as IntegratorState
from ranvier.neurons._integrator import LeakyIntegrator as LeakyIntegrator
from ranvier.neurons._integrator import OutputState as OutputState
from ranvier.neurons._integrator import Readout as Readout
from ranvier.neurons._lif import LIF as LIF
from ranvier.neurons._lif import LIFState as LIFState
from ranvier.neurons._snu import SNU as SNU
from ranvier.neurons._snu import SNUState as SNUState
from ranvier.neurons._snu import identity as identity
