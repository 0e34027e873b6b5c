"""A population of stochastic phase-change neurons that follows what one of them cannot."""

from ranvier.apps.phase_change_neurons._report import write_report as write_report
from ranvier.apps.phase_change_neurons._run import run as run
