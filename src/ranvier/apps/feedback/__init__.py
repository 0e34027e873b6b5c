"""Still images learned with fixed random feedback, and with GRAPES, beside backpropagation.

Lillicrap et al., Nat. Commun. 7 (2016); Nøkland, NeurIPS 2016; Frenkel, Lefebvre, Bol, Front.
Neurosci. 15 (2021); Dellaferrera et al., Nat. Commun. 13 (2022).
"""

from ranvier.apps.feedback._report import write_report as write_report
from ranvier.apps.feedback._run import run as run
from ranvier.apps.feedback._settings import PRESETS as PRESETS
from ranvier.apps.feedback._settings import Settings as Settings
from ranvier.apps.feedback._settings import build as build
