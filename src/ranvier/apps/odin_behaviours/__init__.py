"""Twenty behaviours of one neuron circuit of four bits: the Izhikevich neuron of ODIN."""

from ranvier.apps.odin_behaviours._report import write_report as write_report
from ranvier.apps.odin_behaviours._run import run as run
