"""The twenty behaviours of Izhikevich's neuron: parameters, start, and input."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

Current = Callable[[np.ndarray], np.ndarray]


class IzhikevichBehaviour(NamedTuple):
    """One published behaviour.

    Attributes:
        panel: its letter in the published figure.
        parameters: what `Izhikevich` takes, with the start and the time step.
        duration_ms: how long it is shown.
        current: the input in mV/ms as a function of the times in ms.

    Example:
        >>> from ranvier.neurons import izhikevich_behaviours
        >>> resonator = izhikevich_behaviours["resonator"]
        >>> times = resonator.times_ms
        >>> float(times[-1]), float(resonator.current(times).sum() * (times[1] - times[0]))
        (400.0, 9.75)
    """

    panel: str
    parameters: Mapping[str, float]
    duration_ms: float
    current: Current

    @property
    def times_ms(self) -> np.ndarray:
        """The time at which each step of the published script takes its current, with both ends."""
        time_step_ms = self.parameters["time_step_ms"]
        return time_step_ms * np.arange(round(self.duration_ms / time_step_ms) + 1)


def _pulses(*pulses: tuple[float, float, float], base: float = 0.0) -> Current:
    """`(start, end, value)` each, both ends left out; `base` elsewhere."""

    def current(time_ms: np.ndarray) -> np.ndarray:
        level = np.full(np.shape(time_ms), base)
        for start, end, value in pulses:
            level = np.where((time_ms > start) & (time_ms < end), value, level)
        return level

    return current


def _from(start_ms: float, value: float) -> Current:
    return _pulses((start_ms, np.inf, value))


def _ramp(start_ms: float, slope_per_ms: float, base: float = 0.0) -> Current:
    def current(time_ms: np.ndarray) -> np.ndarray:
        return base + slope_per_ms * np.maximum(time_ms - start_ms, 0.0)

    return current


def _slow_then_fast_ramp(time_ms: np.ndarray) -> np.ndarray:
    fast = np.where((time_ms >= 300) & (time_ms < 312.5), (time_ms - 300) / 12.5 * 4, 0.0)
    return np.where(time_ms < 200, time_ms / 25, fast)


def _less_in_the_middle(time_ms: np.ndarray) -> np.ndarray:
    return np.where((time_ms < 50) | (time_ms > 250), 80.0, 75.0)


def _behaviour(
    panel: str,
    abcd: tuple[float, float, float, float],
    start_mV: float,
    time_step_ms: float,
    duration_ms: float,
    current: Current,
    **variant: float,
) -> IzhikevichBehaviour:
    named = dict(zip("abcd", map(float, abcd), strict=True))
    start = {"start_mV": float(start_mV), "time_step_ms": time_step_ms}
    parameters = MappingProxyType({**named, **start, **variant})
    return IzhikevichBehaviour(panel, parameters, float(duration_ms), current)


_CLASS_1 = {"linear": 4.1, "constant": 108.0}
_ACCOMMODATING = {"recovery_offset_mV": -65.0, "recovery_leak": 0.0, "start_u": -16.0}

_rebound = _pulses((20, 25, -15))
_resonance = _pulses(*((start, start + 4, 0.65) for start in (40, 60, 280, 320)))
_coincidence = _pulses(*((start, start + 2, 9) for start in (100 / 11, 100 / 11 + 5, 70, 80)))
_varying = _pulses((10, 15, 1), (70, 75, -6), (80, 85, 1))
_on_and_off = _pulses((37.5, 42.5, 1.24), (216, 221, 1.24), base=0.24)

_rows = {
    "tonic spiking": ("A", (0.02, 0.2, -65, 6), -70, 0.25, 100, _from(10, 14)),
    "phasic spiking": ("B", (0.02, 0.25, -65, 6), -64, 0.25, 200, _from(20, 0.5)),
    "tonic bursting": ("C", (0.02, 0.2, -50, 2), -70, 0.25, 220, _from(22, 15)),
    "phasic bursting": ("D", (0.02, 0.25, -55, 0.05), -64, 0.2, 200, _from(20, 0.6)),
    "mixed mode": ("E", (0.02, 0.2, -55, 4), -70, 0.25, 160, _from(16, 10)),
    "spike frequency adaptation": ("F", (0.01, 0.2, -65, 8), -70, 0.25, 85, _from(8.5, 30)),
    "class 1 excitability": ("G", (0.02, -0.1, -55, 6), -60, 0.25, 300, _ramp(30, 0.075)),
    "class 2 excitability": ("H", (0.2, 0.26, -65, 0), -64, 0.25, 300, _ramp(30, 0.015, -0.5)),
    "spike latency": ("I", (0.02, 0.2, -65, 6), -70, 0.2, 100, _pulses((10, 13, 7.04))),
    "subthreshold oscillations": (
        *("J", (0.05, 0.26, -60, 0), -62, 0.25, 200),
        _pulses((20, 25, 2)),
    ),
    "resonator": ("K", (0.1, 0.26, -60, -1), -62, 0.25, 400, _resonance),
    "integrator": ("L", (0.02, -0.1, -55, 6), -60, 0.25, 100, _coincidence),
    "rebound spike": ("M", (0.03, 0.25, -60, 4), -64, 0.2, 200, _rebound),
    "rebound burst": ("N", (0.03, 0.25, -52, 0), -64, 0.2, 200, _rebound),
    "threshold variability": ("O", (0.03, 0.25, -60, 4), -64, 0.25, 100, _varying),
    "bistability": ("P", (0.1, 0.26, -60, 0), -61, 0.25, 300, _on_and_off),
    "depolarizing after-potential": ("Q", (1, 0.2, -60, -21), -70, 0.1, 50, _pulses((9, 11, 20))),
    "accommodation": ("R", (0.02, 1, -55, 4), -65, 0.5, 400, _slow_then_fast_ramp),
    "inhibition-induced spiking": (
        *("S", (-0.02, -1, -60, 8), -63.8, 0.5, 350),
        _less_in_the_middle,
    ),
    "inhibition-induced bursting": (
        *("T", (-0.026, -1, -45, -2), -63.8, 0.5, 350),
        _less_in_the_middle,
    ),
}
_variants = {
    "class 1 excitability": _CLASS_1,
    "integrator": _CLASS_1,
    "accommodation": _ACCOMMODATING,
}

izhikevich_behaviours: Mapping[str, IzhikevichBehaviour] = MappingProxyType(
    {name: _behaviour(*row, **_variants.get(name, {})) for name, row in _rows.items()}
)
"""Parameters, start and input of twenty behaviours, by their published names.

They are those of the script that draws the published figure, which differ from some printed lists
for bistability and inhibition-induced bursting.

Source: Izhikevich, IEEE Trans. Neural Netw. 15 (2004), figure 1.
"""
