"""Networks whose units fire at most once learn digits, by S4NN and by exact gradients.

Kheradpisheh, Masquelier, "Temporal backpropagation for spiking neural networks with one spike per
neuron", Int. J. Neural Syst. 30 (2020); Mostafa, "Supervised learning based on temporal coding in
spiking neural networks", IEEE Trans. Neural Netw. Learn. Syst. 29 (2018).
"""

from ranvier.apps.single_spike._report import write_report as write_report
from ranvier.apps.single_spike._run import run as run
from ranvier.apps.single_spike._settings import PRESETS as PRESETS
from ranvier.apps.single_spike._settings import Settings as Settings
from ranvier.apps.single_spike._settings import build as build
