"""Digits on MorphIC: weights trained off the chip, and weights that it learns at random.

The chip is that of Frenkel, Legat and Bol, IEEE TBioCAS 13 (2019).
"""

from ranvier.apps.morphic_digits._report import write_report as write_report
from ranvier.apps.morphic_digits._run import run as run
from ranvier.apps.morphic_digits._settings import PRESETS as PRESETS
from ranvier.apps.morphic_digits._settings import Settings as Settings
from ranvier.apps.morphic_digits._settings import build as build
