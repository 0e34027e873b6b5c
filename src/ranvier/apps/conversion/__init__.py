"""A network of rectified units becomes a spiking one, proven, and tried on imperfect hardware."""

from ranvier.apps.conversion._report import write_report as write_report
from ranvier.apps.conversion._run import run as run
from ranvier.apps.conversion._settings import PRESETS as PRESETS
from ranvier.apps.conversion._settings import Settings as Settings
from ranvier.apps.conversion._settings import build as build
