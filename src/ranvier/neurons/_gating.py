"""What conductance-based neurons share: voltage-dependent rates and exponential Euler steps."""

import jax.numpy as jnp
from jaxtyping import Array

from ranvier.neurons._parameters import Parameter
from ranvier.neurons.surrogates import Spike

# Far outside of what a membrane does, and before exponentials of a rate overflow.
LARGEST_VOLTAGE_mV = 500.0
_NEAR = 0.1


def moderate(v: Array) -> Array:
    """A potential as rates see it, held within 500 mV of zero so that none overflows.

    Example:
        >>> moderate(jnp.array([-65.0, 1e9]))
        Array([-65., 500.], dtype=float32)
    """
    return jnp.clip(v, -LARGEST_VOLTAGE_mV, LARGEST_VOLTAGE_mV)


def over_expm1(x: Array) -> Array:
    r"""$x / (e^x - 1)$, with its value 1 and slope -1/2 at zero, and no overflow.

    Args:
        x: any number.

    Example:
        >>> import jax
        >>> float(over_expm1(jnp.array(0.0))), float(jax.grad(over_expm1)(0.0))
        (1.0, -0.5)
    """
    near = jnp.abs(x) < _NEAR
    # Each branch gets an argument that is harmless to it, or its gradient would be 0 / 0.
    small = jnp.where(near, x, 0.0)
    square = small * small
    tail = 1 / 12 - square * (1 / 720 - square * (1 / 30240 - square / 1209600))
    series = 1 - small / 2 + square * tail
    size = jnp.where(near, 1.0, jnp.abs(x))
    closed = size * jnp.exp(-size) / -jnp.expm1(-size) + jnp.maximum(-x, 0.0)
    return jnp.where(near, series, closed)


def relax(x: Array, target: Array, rate_per_ms: Array, time_step_ms: float) -> Array:
    r"""One exponential Euler step, $x_\infty + (x - x_\infty)\, e^{-r \Delta t}$.

    Exact for a target and a rate that do not change, and stable for any step.

    Args:
        x: the value before.
        target: $x_\infty$.
        rate_per_ms: $r$.
        time_step_ms: $\Delta t$.

    Example:
        >>> round(float(relax(1.0, 0.0, 0.5, 2.0)), 6)
        0.367879
    """
    return target + (x - target) * jnp.exp(-rate_per_ms * time_step_ms)


def upward_crossing(
    v_before: Array, v: Array, threshold: Parameter, scale: float, h: Spike
) -> Array:
    r"""The spike $h((v - \theta)/s)$ where `v_before` was not above the threshold, else 0.

    Args:
        v_before, v: potential before and after the step, mV.
        threshold: $\theta$, mV.
        scale: $s$, mV.
        h: surrogate spike.

    Example:
        >>> from ranvier.neurons.surrogates import tanh_derivative
        >>> before, after = jnp.array([-1.0, 1.0]), jnp.array([2.0, 2.0])
        >>> upward_crossing(before, after, 0.0, 50.0, tanh_derivative())
        Array([1., 0.], dtype=float32)
    """
    return h((v - threshold) / scale) * (v_before <= threshold)
