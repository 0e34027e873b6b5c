"""Codes side by side: their bits, what noise leaves of them, and pictures sent at equal spikes."""

from ranvier.apps.codes._report import write_report as write_report
from ranvier.apps.codes._run import run as run
from ranvier.apps.codes._settings import PRESETS as PRESETS
from ranvier.apps.codes._settings import Settings as Settings
from ranvier.apps.codes._settings import build as build
