r"""Firing rates under a constant input where they follow from the equation.

Each takes a neuron and inputs `[n]` and gives spikes per unit of the neuron's time: ms, ns, or
step. Where a neuron counts in steps, the number of steps to the threshold is whole:
$k = \lfloor \cdot \rfloor + 1$, since it must be exceeded.
"""

import math
from typing import Any

import numpy as np


def _rates(intervals: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(intervals), 1 / intervals, 0.0)


def _steps(exactly: np.ndarray) -> np.ndarray:
    """Whole steps until something is exceeded; infinite stays."""
    return _rates(np.floor(exactly) + 1)


def _to_threshold(drive: np.ndarray, threshold: float) -> np.ndarray:
    r"""$\ln\frac{D}{D - \theta}$, the time to threshold in units of the time constant."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(drive > threshold, np.log(drive / (drive - threshold)), np.inf)


def leaky(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""$\tau \ln\frac{RI}{RI - \theta}$ between spikes, from rest.

    Example:
        >>> from ranvier.neurons import LIF
        >>> float((1000 * leaky(LIF(1), np.array([2.0])))[0].round(2))
        72.13
    """
    drive = unit.resistance * levels
    return _rates(unit.tau_membrane_ms * _to_threshold(drive, unit.threshold))


def leaky_without_reset(unit: Any, levels: np.ndarray) -> np.ndarray:
    """A spike in every step, once the membrane settles above the threshold.

    Example:
        >>> from ranvier.neurons import ParallelSpiking
        >>> leaky_without_reset(ParallelSpiking(1), np.array([0.9, 1.1])).tolist()
        [0.0, 1.0]
    """
    return (unit.resistance * levels > unit.threshold) / unit.time_step_ms


def synaptic_current(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""As `leaky`, at the mean current $a\,\tau_s/\Delta t$ of what arrives in every step.

    Example:
        >>> from ranvier.neurons import CurrentLIF
        >>> float((1000 * synaptic_current(CurrentLIF(1), np.array([0.4])))[0].round(2))
        72.13
    """
    drive = levels * unit.excitatory.tau_ms / unit.time_step_ms
    return _rates(unit.tau_membrane_ms * _to_threshold(drive, unit.threshold))


def synaptic_conductance(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""As `leaky`, faster and with the reversal potential that the open conductance makes.

    Example:
        >>> from ranvier.neurons import ConductanceLIF
        >>> synaptic_conductance(ConductanceLIF(1), np.array([0.003, 0.01])) > 0
        array([False,  True])
    """
    open_ = levels / -np.expm1(-unit.time_step_ms / unit.tau_excitatory_ms)
    settles = (unit.resting_mV + open_ * unit.excitatory_mV) / (1 + open_)
    time = _to_threshold(settles - unit.reset_mV, unit.threshold_mV - unit.reset_mV)
    return _rates(unit.tau_membrane_ms / (1 + open_) * time)


def without_leak(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""$k = \lfloor \theta / I \rfloor + 1$ steps.

    Example:
        >>> from ranvier.neurons import IF
        >>> without_leak(IF(1), np.array([0.0, 0.4, 1.0, 2.0])).round(4).tolist()
        [0.0, 0.3333, 0.5, 1.0]
    """
    with np.errstate(divide="ignore"):
        return _steps(unit.threshold / levels)


def spiking_neural_unit(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""$k = \lfloor \ln(1 - \theta (1 - d)/I) / \ln d \rfloor + 1$ steps.

    Example:
        >>> from ranvier.neurons import SNU
        >>> spiking_neural_unit(SNU(1), np.array([0.1, 0.5, 2.0])).round(4).tolist()
        [0.0, 0.3333, 1.0]
    """
    threshold, kept = float(-unit.bias[0]), float(unit.decay)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = 1 - threshold * (1 - kept) / levels
        return _steps(np.where(left > 0, np.log(left) / math.log(kept), np.inf))


def quadratic(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""$\frac{\tau}{\sqrt{a_0 D}} \left[\arctan\left(\sqrt{a_0/D}\,(v - v_m)\right)\right]$ from
    reset to peak, $D$ above the rheobase and $v_m$ between rest and critical potential.

    Example:
        >>> from ranvier.neurons import QuadraticIF
        >>> quadratic(QuadraticIF(1), np.array([0.22, 0.23])) > 0
        array([False,  True])
    """
    between = (unit.resting_mV + unit.critical_mV) / 2
    curve = unit.curvature_per_mV
    above = unit.resistance_MOhm * levels - curve * (unit.critical_mV - between) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.sqrt(curve / above)
        sweep = np.arctan(stretch * (unit.peak_mV - between)) - np.arctan(
            stretch * (unit.reset_mV - between)
        )
        times = unit.tau_membrane_ms / np.sqrt(curve * above) * sweep
        return _rates(np.where(above > 0, times, np.inf))


def exponential(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""$\int \frac{\tau\,dv}{E_L - v + \Delta_T e^{(v - V_T)/\Delta_T} + R I}$ from reset to peak.

    Example:
        >>> from ranvier.neurons import ExponentialIF
        >>> exponential(ExponentialIF(1), np.array([1.29, 1.31])) > 0
        array([False,  True])
    """
    v = np.linspace(unit.reset_mV, unit.peak_mV, 20_001)
    onset = unit.slope_factor_mV
    pull = unit.resting_mV - v + onset * np.exp((v - unit.threshold_mV) / onset)
    speed = pull + unit.resistance_MOhm * levels[:, None]
    with np.errstate(divide="ignore"):
        times = np.trapezoid(unit.tau_membrane_ms / speed, v, axis=1)
    return _rates(np.where((speed > 0).all(axis=1), times, np.inf))


def phase_change(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""$k = \lfloor (G_{th} - G_0)/(\mu I) \rfloor + 1$ pulses, without noise.

    Example:
        >>> from ranvier.neurons import PhaseChangeNeuron
        >>> phase_change(PhaseChangeNeuron(1), np.array([0.0, 1.0])).tolist()
        [0.0, 0.1]
    """
    with np.errstate(divide="ignore"):
        return _steps((unit.threshold_uS - unit.reset_uS) / (unit.growth_uS * levels))


def amorphous_thickness(unit: Any, levels: np.ndarray) -> np.ndarray:
    r"""$k = \lfloor (u_r - u_0 \ln(G_c/G_{th}))/(v I) \rfloor + 1$ pulses, without noise.

    Example:
        >>> from ranvier.neurons import AmorphousThicknessNeuron
        >>> amorphous_thickness(AmorphousThicknessNeuron(1), np.array([1.0])).round(4).tolist()
        [0.0714]
    """
    at = unit.decay_nm * math.log(unit.crystalline_uS / unit.threshold_uS)
    with np.errstate(divide="ignore"):
        return _steps((unit.reset_nm - at) / (unit.growth_nm * levels))


def relaxation(unit: Any, levels: np.ndarray) -> np.ndarray:
    """One spike per period of the circuit.

    Example:
        >>> from ranvier.neurons import ThresholdSwitchNeuron
        >>> relaxation(ThresholdSwitchNeuron(1), np.array([2.0, 2.6])).round(6).tolist()
        [0.0, 0.001492]
    """
    return _rates(np.array([unit.period_ns(float(level)) for level in levels]))
