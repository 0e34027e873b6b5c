"""Digits on filamentary memory: a spiking network on RRAM, from a second to two days."""

from ranvier.apps.digits_on_rram._report import write_report as write_report
from ranvier.apps.digits_on_rram._run import run as run
from ranvier.apps.digits_on_rram._settings import PRESETS as PRESETS
from ranvier.apps.digits_on_rram._settings import Settings as Settings
from ranvier.apps.digits_on_rram._settings import build as build
