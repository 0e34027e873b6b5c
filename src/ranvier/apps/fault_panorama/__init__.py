"""Which imperfection of memory devices costs a network how much.

The kinds are those of the panorama of Zhang, Gao, Tang, Yao, Yu, Chang, Yoo, Qian, Wu,
"Neuro-inspired computing chips", Nat. Electron. 3 (2020): levels, variation, noise, retention,
endurance, yield; lines and converters beside them. Their figure's values are not at hand.
"""

from ranvier.apps.fault_panorama._report import write_report as write_report
from ranvier.apps.fault_panorama._run import run as run
from ranvier.apps.fault_panorama._settings import PRESETS as PRESETS
from ranvier.apps.fault_panorama._settings import Settings as Settings
from ranvier.apps.fault_panorama._settings import build as build
