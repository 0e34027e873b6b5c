"""The SPOON chip reads digits, deployed from backpropagation and by learning on its own.

Frenkel, Legat, Bol, ISCAS 2020.
"""

from ranvier.apps.spoon_digits._report import write_report as write_report
from ranvier.apps.spoon_digits._run import run as run
from ranvier.apps.spoon_digits._settings import PRESETS as PRESETS
from ranvier.apps.spoon_digits._settings import Settings as Settings
from ranvier.apps.spoon_digits._settings import build as build
