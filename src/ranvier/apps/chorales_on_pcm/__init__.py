"""Chorales on phase-change memory: a spiking network ages on simulated devices.

Woźniak, Pantazi, Bohnstingl, Eleftheriou, "Deep learning incorporating biologically inspired
neural dynamics and in-memory computing", Nat. Mach. Intell. 2 (2020): next-chord prediction with
52,800 phase-change devices.
"""

from ranvier.apps.chorales_on_pcm._report import write_report as write_report
from ranvier.apps.chorales_on_pcm._run import run as run
from ranvier.apps.chorales_on_pcm._settings import PRESETS as PRESETS
from ranvier.apps.chorales_on_pcm._settings import Settings as Settings
from ranvier.apps.chorales_on_pcm._settings import build as build
