"""The ReckOn chip learns to recognise recordings: Braille letters, spoken digits.

Frenkel and Indiveri, ISSCC 2022.
"""

from ranvier.apps.reckon_recordings._report import write_report as write_report
from ranvier.apps.reckon_recordings._run import run as run
from ranvier.apps.reckon_recordings._settings import PRESETS as PRESETS
from ranvier.apps.reckon_recordings._settings import Settings as Settings
from ranvier.apps.reckon_recordings._settings import build as build
