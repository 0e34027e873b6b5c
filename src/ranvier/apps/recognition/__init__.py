"""Recordings are recognised by spiking networks: spoken digits, commands, Braille letters."""

from ranvier.apps.recognition._report import write_report as write_report
from ranvier.apps.recognition._run import run as run
from ranvier.apps.recognition._settings import Settings as Settings
from ranvier.apps.recognition._settings import build as build
