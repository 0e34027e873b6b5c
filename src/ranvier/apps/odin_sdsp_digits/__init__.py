"""The chip ODIN learns digits by its own synapses, a teacher beside it, and names them by rank.

Frenkel, Lefebvre, Legat, Bol, IEEE TBioCAS 13 (2019).
"""

from ranvier.apps.odin_sdsp_digits._report import write_report as write_report
from ranvier.apps.odin_sdsp_digits._run import run as run
from ranvier.apps.odin_sdsp_digits._settings import PRESETS as PRESETS
from ranvier.apps.odin_sdsp_digits._settings import Settings as Settings
from ranvier.apps.odin_sdsp_digits._settings import build as build
