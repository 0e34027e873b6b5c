"""A network that learns in capacitors and keeps what it learned in phase-change memory.

Ambrogio et al., Nature 558 (2018).
"""

from ranvier.apps.ambrogio_cell._report import write_report as write_report
from ranvier.apps.ambrogio_cell._run import run as run
from ranvier.apps.ambrogio_cell._settings import PRESETS as PRESETS
from ranvier.apps.ambrogio_cell._settings import Settings as Settings
from ranvier.apps.ambrogio_cell._settings import build as build
