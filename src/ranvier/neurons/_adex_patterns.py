"""Eight firing patterns of the adaptive exponential neuron."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class AdExPattern(NamedTuple):
    """One published firing pattern.

    Attributes:
        parameters: what `AdEx` takes.
        current_pA: the step current from rest that shows the pattern.

    Example:
        >>> from ranvier.neurons import AdEx, adex_patterns
        >>> AdEx(1, **adex_patterns["transient spiking"].parameters).a_nS
        10.0
    """

    parameters: Mapping[str, float]
    current_pA: float


_COLUMNS = (
    "capacitance_pF",
    "leak_nS",
    "resting_mV",
    "a_nS",
    "tau_adaptation_ms",
    "b_pA",
    "reset_mV",
)
_SHARED = {"threshold_mV": -50.0, "slope_factor_mV": 2.0, "peak_mV": 0.0}


def _pattern(*row: float) -> AdExPattern:
    *values, current_pA = map(float, row)
    named = dict(zip(_COLUMNS, values, strict=True))
    return AdExPattern(MappingProxyType({**named, **_SHARED}), current_pA)


adex_patterns: Mapping[str, AdExPattern] = MappingProxyType(
    {
        "tonic spiking": _pattern(200, 10, -70, 2, 30, 0, -58, 500),
        "adaptation": _pattern(200, 12, -70, 2, 300, 60, -58, 500),
        "initial burst": _pattern(130, 18, -58, 4, 150, 120, -50, 400),
        "regular bursting": _pattern(200, 10, -58, 2, 120, 100, -46, 210),
        "delayed accelerating": _pattern(200, 12, -70, -10, 300, 0, -58, 300),
        "delayed regular bursting": _pattern(100, 10, -65, -10, 90, 30, -47, 110),
        "transient spiking": _pattern(100, 10, -65, 10, 90, 100, -47, 180),
        "irregular spiking": _pattern(100, 12, -60, -11, 130, 30, -48, 160),
    }
)
"""Parameters and current of eight firing patterns, by their published names.

Source: Naud, Marcille, Clopath, Gerstner, Biol. Cybern. 99 (2008), figure 4.
"""
