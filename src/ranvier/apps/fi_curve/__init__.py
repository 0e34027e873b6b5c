"""The f-I curve of 100 leaky integrate-and-fire neurons, with the closed form on top."""

from ranvier.apps.fi_curve._report import write_report as write_report
from ranvier.apps.fi_curve._run import run as run
