"""A spiking restricted Boltzmann machine that learns digits on phase-change memory.

Ishii et al., IEDM 2019, built from event-driven contrastive divergence (Neftci et al., Front.
Neurosci. 7:272, 2014).
"""

from ranvier.apps.pcm_rbm._report import write_report as write_report
from ranvier.apps.pcm_rbm._run import run as run
from ranvier.apps.pcm_rbm._settings import PRESETS as PRESETS
from ranvier.apps.pcm_rbm._settings import Settings as Settings
from ranvier.apps.pcm_rbm._settings import build as build
