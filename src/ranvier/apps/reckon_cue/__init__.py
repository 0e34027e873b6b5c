"""The ReckOn chip learns which side had more cues, bit for bit as its hardware description.

Frenkel and Indiveri, ISSCC 2022.
"""

from ranvier.apps.reckon_cue._report import write_report as write_report
from ranvier.apps.reckon_cue._run import run as run
from ranvier.apps.reckon_cue._settings import PRESETS as PRESETS
from ranvier.apps.reckon_cue._settings import Settings as Settings
from ranvier.apps.reckon_cue._settings import build as build
