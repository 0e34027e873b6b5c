"""A network of one-bit weights in pairs of devices (2T2R), against bit errors.

Hirtzlin, Bocquet, Penkovsky, Klein, Nowak, Vianello, Portal, Querlioz, "Digital biologically
plausible implementation of binarized neural networks with differential hafnium oxide resistive
memory arrays", Front. Neurosci. 13 (2020).
"""

from ranvier.apps.binary_2t2r._report import write_report as write_report
from ranvier.apps.binary_2t2r._run import run as run
from ranvier.apps.binary_2t2r._settings import PRESETS as PRESETS
from ranvier.apps.binary_2t2r._settings import Settings as Settings
from ranvier.apps.binary_2t2r._settings import build as build
