"""The neurons of the f-I curve, and the rates that follow from their equation."""

from typing import NamedTuple

import numpy as np


class Constants(NamedTuple):
    """The neuron and its inputs.

    Example:
        >>> Constants().rheobase_nA.__round__(4)
        0.1667
    """

    neurons: int = 100
    resistance_MOhm: float = 90.0
    tau_ms: float = 30.0
    resting_mV: float = -65.0
    threshold_mV: float = -50.0
    refractory_ms: float = 5.0
    largest_mV: float = 100.0

    @property
    def distance_mV(self) -> float:
        """From rest, which is also the reset, to the threshold."""
        return self.threshold_mV - self.resting_mV

    @property
    def rheobase_nA(self) -> float:
        """The current above which a neuron fires."""
        return self.distance_mV / self.resistance_MOhm

    @property
    def currents_nA(self) -> np.ndarray:
        """One per neuron, from none to the one that drives it to `largest_mV`."""
        steps = self.neurons - 1
        return self.largest_mV * np.arange(self.neurons) / steps / self.resistance_MOhm


def closed_form_Hz(constants: Constants, currents_nA: np.ndarray) -> np.ndarray:
    r"""$1/(t_{ref} + \tau \ln\frac{RI}{RI - \theta})$, 0 where the current is too small.

    Args:
        constants: of the neuron.
        currents_nA: [n].

    Example:
        >>> closed_form_Hz(Constants(), np.array([0.16, 100 / 90])).round(3).tolist()
        [0.0, 101.26]
    """
    drive = constants.resistance_MOhm * np.asarray(currents_nA, float)
    found = np.zeros_like(drive)
    fires = drive > constants.distance_mV
    ratio = drive[fires] / (drive[fires] - constants.distance_mV)
    found[fires] = 1000 / (constants.refractory_ms + constants.tau_ms * np.log(ratio))
    return found
