r"""How a current rises and decays after a spike has arrived.

All of them are exact solutions of linear equations over a step. What has arrived before decays
over the step first; then the new arrivals are added, and the current is read. So a spike that
arrives at step 0 gives the kernel at $0, \Delta t, 2 \Delta t, \dots$, without rounding in time,
and the neuron holds each value over its step.
"""

import math
from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import Kinetics, one_of, positive

Normalisation = Literal["unit_jump", "unit_peak", "unit_area"]
Constant = float | Float[Array, "*units"]

NORMALISATIONS = ("unit_jump", "unit_peak", "unit_area")


def check(kind: str, normalisation: str, **positive_ms: Constant) -> None:
    """Raise a `ValueError` for an unknown normalisation or a number that is not positive."""
    one_of(kind, "normalisation", normalisation, NORMALISATIONS)
    positive(kind, **positive_ms)


def exp(x: Constant) -> Constant:
    """A number stays a number, so that it takes the precision of what it meets."""
    return math.exp(x) if isinstance(x, (int, float)) else jnp.exp(x)


class Delta(Kinetics):
    r"""Whatever arrives acts for one step and is gone: the kernel $1$ at the arrival, $0$ after.

    The charge that a spike of weight $w$ carries is $w\,\Delta t$.

    Example:
        >>> import jax.numpy as jnp
        >>> course = Delta()
        >>> course.current(course.step(course.init(jnp.zeros(1)), jnp.ones(1)), None)
        Array([1.], dtype=float32)
    """

    @property
    def memoryless(self) -> bool:
        """Nothing is carried from step to step."""
        return True

    def init(self, like: Float[Array, "..."]) -> Float[Array, "..."]:
        """Nothing has arrived."""
        return jnp.zeros_like(like)

    def step(self, state: Array, arriving: Float[Array, "..."]) -> Float[Array, "..."]:
        """What arrives now."""
        return jnp.zeros_like(state) + arriving

    def current(self, state: Array, v: Array | None) -> Float[Array, "..."]:
        """What has arrived in this step."""
        return state


class Exponential(Kinetics):
    r"""A jump that decays exponentially: the kernel $k(t) = c\, e^{-t/\tau}$.

    $$s_t = e^{-\Delta t/\tau} s_{t-1} + c\, a_t$$

    with $a$ what arrives. The scale $c$ is 1 for `"unit_jump"` and for `"unit_peak"`, which are
    the same here, and $1/\tau$ for `"unit_area"`.

    Args:
        tau_ms: $\tau$; a float stays, an array `[*units]` learns.
        time_step_ms: $\Delta t$.
        normalisation: what is one about the kernel.

    Raises:
        ValueError: a constant or a step that is not positive, or an unknown normalisation.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 3.1.

    Example:
        >>> import jax.numpy as jnp
        >>> course = Exponential(5.0, time_step_ms=1.0)
        >>> state = course.step(course.init(jnp.zeros(1)), jnp.ones(1))
        >>> course.current(course.step(state, jnp.zeros(1)), None)
        Array([0.8187308], dtype=float32)
    """

    tau_ms: Constant
    time_step_ms: float
    normalisation: Normalisation = eqx.field(static=True)

    def __init__(
        self,
        tau_ms: Constant,
        *,
        time_step_ms: float = 1.0,
        normalisation: Normalisation = "unit_jump",
    ) -> None:
        check("Exponential", normalisation, tau_ms=tau_ms, time_step_ms=time_step_ms)
        self.tau_ms = tau_ms
        self.time_step_ms = float(time_step_ms)
        self.normalisation = normalisation

    @property
    def scale(self) -> Constant:
        r"""$c$."""
        return 1 / self.tau_ms if self.normalisation == "unit_area" else 1.0

    def init(self, like: Float[Array, "..."]) -> Float[Array, "..."]:
        """Nothing has arrived."""
        return jnp.zeros_like(like)

    def step(self, state: Array, arriving: Float[Array, "..."]) -> Float[Array, "..."]:
        """One step; see the class for the equation."""
        return exp(-self.time_step_ms / self.tau_ms) * state + self.scale * arriving

    def current(self, state: Array, v: Array | None) -> Float[Array, "..."]:
        """$s$."""
        return state
