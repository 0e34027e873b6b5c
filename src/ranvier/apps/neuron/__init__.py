"""One neuron, seen: membrane, threshold and spikes, rate curve, phase plane."""

from ranvier.apps.neuron._report import write_report as write_report
from ranvier.apps.neuron._run import run as run
