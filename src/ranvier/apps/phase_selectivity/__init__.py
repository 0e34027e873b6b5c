"""A leaky integrate-and-fire neuron that tells inputs in phase from inputs out of phase."""

from ranvier.apps.phase_selectivity._report import write_report as write_report
from ranvier.apps.phase_selectivity._run import run as run
