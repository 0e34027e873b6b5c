"""The same network and images under every approach to a spiking network, in one table.

Conversion (Diehl et al., IJCNN 2015; Rueckauer et al., Front. Neurosci. 11 (2017); Bu et al., ICLR
2022), constrained training (Hunsberger, Eliasmith, arXiv:1611.05141 (2016); Esser et al., Proc.
Natl. Acad. Sci. USA 113 (2016)), and training through surrogates (Woźniak et al., Nat. Mach.
Intell. 2 (2020)).
"""

from ranvier.apps.approaches._report import write_report as write_report
from ranvier.apps.approaches._run import run as run
from ranvier.apps.approaches._settings import PRESETS as PRESETS
from ranvier.apps.approaches._settings import Settings as Settings
from ranvier.apps.approaches._settings import build as build
