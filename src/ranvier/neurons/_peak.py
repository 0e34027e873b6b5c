"""The spike of a neuron whose equation makes the upstroke: a peak, where it is cut and reset."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import broken
from ranvier.neurons._parameters import Parameter
from ranvier.neurons.surrogates import Spike

# Beyond this the exponential of a single-precision number is not a number any more.
LARGEST_EXPONENT = 80.0


class VoltageState(NamedTuple):
    """Membrane potential `v`, mV, and last output `y`, each `[..., *units]`.

    Example:
        >>> from ranvier.neurons import QuadraticIF
        >>> QuadraticIF(2).init((5,)).v.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    y: Float[Array, "..."]


def fire_at_peak(
    v: Array, v_peak: Parameter, v_reset: Parameter, scale: float, h: Spike
) -> tuple[Array, Array]:
    r"""The potential after a possible reset, and the spike $h((v - v_{peak})/s)$.

    The overshoot beyond the peak is an artefact of the step and may be huge. It is cut before
    the reset, which changes no value and keeps the derivative of the reset as small as the
    distance from reset to peak.

    Args:
        v: potential after the update, mV.
        v_peak, v_reset: mV.
        scale: $s$, mV.
        h: surrogate spike.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons.surrogates import tanh_derivative
        >>> fire_at_peak(jnp.array([1e9, -50.0]), 0.0, -60.0, 50.0, tanh_derivative())
        (Array([-60., -50.], dtype=float32), Array([1., 0.], dtype=float32))
    """
    y = h((v - v_peak) / scale)
    return jnp.minimum(v, v_peak) * (1 - y) + v_reset * y, y


def check_exponent(owner: str, peak_mV: Parameter, threshold_mV: Parameter, slope: Parameter):
    """Refuse an exponential upstroke that single precision cannot hold.

    Args:
        owner: who is built, for the message.
        peak_mV, threshold_mV, slope: of the exponential, mV; tracers are not checked.

    Raises:
        ValueError: the exponent at the peak is too large.

    Example:
        >>> check_exponent("AdEx", 30.0, -50.0, 0.5)
        Traceback (most recent call last):
        ...
        ValueError: AdEx: at peak_mV the exponent (peak_mV - threshold_mV) / slope_factor_mV
        is 160, expected at most 80. Lower peak_mV; the spike comes no later for it.
    """
    exponent = (peak_mV - threshold_mV) / slope
    if found := broken(lambda exponent: exponent <= LARGEST_EXPONENT, exponent):
        raise ValueError(
            f"{owner}: at peak_mV{found[0].at} the exponent (peak_mV - threshold_mV) / "
            f"slope_factor_mV is {found[0].value:.4g}, expected at most {LARGEST_EXPONENT:.0f}. "
            "Lower peak_mV; the spike comes no later for it."
        )
