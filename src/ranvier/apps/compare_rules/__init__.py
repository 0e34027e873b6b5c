"""Any set of learning rules on one task: gradients, costs and scores."""

from ranvier.apps.compare_rules._report import write_report as write_report
from ranvier.apps.compare_rules._run import run as run
from ranvier.apps.compare_rules._settings import Settings as Settings
from ranvier.apps.compare_rules._settings import build as build
