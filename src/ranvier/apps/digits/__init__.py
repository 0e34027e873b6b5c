"""Rate-coded digits: deep networks of spiking neural units, with and without lateral inhibition.

Woźniak, Pantazi, Bohnstingl, Eleftheriou, "Deep learning incorporating biologically inspired
neural dynamics and in-memory computing", Nat. Mach. Intell. 2 (2020).
"""

from ranvier.apps.digits._report import write_report as write_report
from ranvier.apps.digits._run import run as run
from ranvier.apps.digits._settings import PRESETS as PRESETS
from ranvier.apps.digits._settings import Settings as Settings
from ranvier.apps.digits._settings import build as build
