"""The family of surrogate derivatives, seen."""

from ranvier.apps.surrogates._run import run as run
from ranvier.apps.surrogates._run import write_report as write_report
