"""Streams that tend to have events together, found by phase-change neurons and synapses.

Pantazi et al., Nanotechnology 27:355205 (2016).
"""

from ranvier.apps.correlation_detector._report import write_report as write_report
from ranvier.apps.correlation_detector._run import run as run
from ranvier.apps.correlation_detector._settings import PRESETS as PRESETS
from ranvier.apps.correlation_detector._settings import Settings as Settings
from ranvier.apps.correlation_detector._settings import build as build
