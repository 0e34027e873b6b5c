"""Tasks learned one after another by random feedback and GRAPES: what is kept of the first ones.

Lopez-Paz, Ranzato, NeurIPS 2017; Chaudhry, Dokania, Ajanthan, Torr, ECCV 2018; van de Ven, Tolias,
arXiv:1904.07734 (2019).
"""

from ranvier.apps.forgetting._report import write_report as write_report
from ranvier.apps.forgetting._run import run as run
from ranvier.apps.forgetting._settings import PRESETS as PRESETS
from ranvier.apps.forgetting._settings import Settings as Settings
from ranvier.apps.forgetting._settings import build as build
