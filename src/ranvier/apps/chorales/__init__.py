"""Bach chorales: spiking neural units learn to predict the next chord.

Woźniak, Pantazi, Bohnstingl, Eleftheriou, "Deep learning incorporating biologically inspired
neural dynamics and in-memory computing", Nat. Mach. Intell. 2 (2020); learning online:
Bohnstingl, Woźniak, Pantazi, Eleftheriou, "Online spatio-temporal learning in deep neural
networks", IEEE TNNLS 34 (2023).
"""

from ranvier.apps.chorales._report import write_report as write_report
from ranvier.apps.chorales._run import run as run
from ranvier.apps.chorales._settings import PRESETS as PRESETS
from ranvier.apps.chorales._settings import Settings as Settings
from ranvier.apps.chorales._settings import build as build
