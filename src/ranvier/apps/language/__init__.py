"""Word-level language modelling by spiking neural units.

Woźniak, Pantazi, Bohnstingl, Eleftheriou, "Deep learning incorporating biologically inspired
neural dynamics and in-memory computing", Nat. Mach. Intell. 2 (2020).
"""

from ranvier.apps.language._report import write_report as write_report
from ranvier.apps.language._run import run as run
from ranvier.apps.language._settings import PRESETS as PRESETS
from ranvier.apps.language._settings import Settings as Settings
from ranvier.apps.language._settings import build as build
