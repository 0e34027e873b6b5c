"""Targets in place of errors: DRTP and its relatives on the tasks and networks of its publication.

Frenkel, Lefebvre, Bol, Front. Neurosci. 15:629892 (2021).
"""

from ranvier.apps.drtp._networks import NETWORKS as NETWORKS
from ranvier.apps.drtp._networks import Network as Network
from ranvier.apps.drtp._report import write_report as write_report
from ranvier.apps.drtp._run import run as run
from ranvier.apps.drtp._settings import PRESETS as PRESETS
from ranvier.apps.drtp._settings import Settings as Settings
from ranvier.apps.drtp._settings import build as build
