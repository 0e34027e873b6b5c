"""A trained network goes onto a digital chip, with a certificate: `ranvier deploy`."""

from ranvier.apps.deployment._report import write_report as write_report
from ranvier.apps.deployment._run import run as run
from ranvier.apps.deployment._settings import PRESETS as PRESETS
from ranvier.apps.deployment._settings import Settings as Settings
from ranvier.apps.deployment._settings import build as build
