"""Training in spike time, beside the twin of rectified units, and for imperfect hardware."""

from ranvier.apps.spike_times._report import write_report as write_report
from ranvier.apps.spike_times._run import run as run
from ranvier.apps.spike_times._settings import PRESETS as PRESETS
from ranvier.apps.spike_times._settings import Settings as Settings
from ranvier.apps.spike_times._settings import build as build
