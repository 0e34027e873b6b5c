"""What is in the order of spikes: codes of digits on the learning chip ODIN, and their price.

Frenkel, Lefebvre, Legat, Bol, IEEE TBioCAS 13 (2019).
"""

from ranvier.apps.odin_rank_order._report import write_report as write_report
from ranvier.apps.odin_rank_order._run import run as run
from ranvier.apps.odin_rank_order._settings import PRESETS as PRESETS
from ranvier.apps.odin_rank_order._settings import Settings as Settings
from ranvier.apps.odin_rank_order._settings import build as build
