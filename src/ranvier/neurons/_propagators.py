r"""What one step of a linear neuron does exactly: exponentials and their convolutions.

With the membrane and its synaptic current solved together, a step of any length has no error of
its own. The closed forms divide by the difference of two rates; where the two are nearly equal,
a series takes over, so that values and gradients keep their digits.
"""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

# Below this difference the series is used; it then needs no more terms for float64.
_NEAR, _TERMS = 0.25, 12


def decay(ratio: float | Array) -> float | Array:
    r"""$e^{-r}$; a number stays a number, so that it takes the precision of what it meets.

    Example:
        >>> round(decay(1.0), 6)
        0.367879
    """
    return math.exp(-ratio) if isinstance(ratio, (int, float)) else jnp.exp(-ratio)


def convolved(a: float | Array, b: float | Array, order: int = 0) -> Any:
    r"""$\int_0^1 u^n\, e^{-a(1 - u)}\, e^{-b u}\, du$, accurate also where $a$ nears $b$.

    Args:
        a: the step over the time constant of the membrane.
        b: the step over the time constant of the synapse.
        order: $n$, 0 for an exponential current, 1 for the part that an alpha current adds.

    Returns:
        A number for two numbers, else an array.

    Example:
        >>> convolved(0.5, 0.5) == decay(0.5), round(convolved(0.5, 0.25), 6)
        (True, 0.68908)
    """
    numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
    xp: Any = np if numbers else jnp
    apart = xp.asarray(b - a)
    near = xp.abs(apart) < _NEAR
    # Each branch gets an argument that is harmless to it, or its gradient would be 0 / 0.
    small = xp.where(near, apart, 0.0)
    large = xp.where(near, 1.0, apart)
    series = 0.0
    for k in reversed(range(_TERMS)):
        series = 1 / (k + order + 1) - small * series / (k + 1)
    if order == 0:
        closed = (xp.exp(-a) - xp.exp(-b)) / large
    else:
        closed = (xp.exp(-a) - xp.exp(-b) * (1 + large)) / large**2
    value = xp.where(near, xp.exp(-a) * series, closed)
    return float(value) if numbers else value
