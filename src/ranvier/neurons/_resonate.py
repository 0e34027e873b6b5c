"""The resonate-and-fire neuron."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, broken, positive, zeros
from ranvier.neurons._parameters import Parameter
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class ResonateAndFireState(NamedTuple):
    """Current-like `x`, voltage-like `v` and last output `y`, each `[..., *units]`.

    Example:
        >>> ResonateAndFire(2).init((5,)).x.shape
        (5, 2)
    """

    x: Float[Array, "..."]
    v: Float[Array, "..."]
    y: Float[Array, "..."]


class ResonateAndFire(Neuron):
    r"""Resonate-and-fire neuron: a damped oscillation that pulses in phase drive to a spike.

    $$\dot z = (b + i\omega) z + I, \qquad z = x + i v, \qquad \text{spike when } v > \theta$$

    with $b = -1/\tau$ and $\omega = 2\pi/T$. Discretisation: exact. The current of a step is a
    pulse at its start, which moves $x$; then $z \leftarrow e^{(b + i\omega)\Delta t} (z + I)$,
    a rotation and a decay, stable for any step. The input is not scaled. Threshold test:
    strict. Reset: to $z = i\theta$, which is at the threshold and not above, in the step of
    the spike; the state shows what the reset left. The output is $h(v - \theta)$.

    Two pulses one period apart add up; half a period apart they cancel.

    Args:
        shape: number of units, or their axes.
        period_ms: $T$, the eigenperiod; a float stays, an array learns.
        tau_ms: $\tau$, in which the oscillation decays; a float stays, an array learns.
        threshold: $\theta$; a float stays, an array learns.
        time_step_ms: $\Delta t$.
        h: surrogate spike.

    Raises:
        ValueError: a value that must be positive and is not, or a step of half a period or more,
            which cannot show the oscillation.

    Source: Izhikevich, Neural Networks 14 (2001), "Resonate-and-fire neurons".

    Example:
        >>> import jax, jax.numpy as jnp
        >>> unit = ResonateAndFire(1, period_ms=20.0, tau_ms=50.0)
        >>> def fires(interval):
        ...     pulses = jnp.zeros((60, 1)).at[jnp.array([0, interval])].set(0.8)
        ...     body = lambda state, pulse: (unit.step(state, pulse),) * 2
        ...     return bool(jax.lax.scan(body, unit.init(), pulses)[1].y.any())
        >>> fires(20), fires(10)
        (True, False)
    """

    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    period_ms: Parameter
    tau_ms: Parameter
    threshold: Parameter
    time_step_ms: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        period_ms: Parameter = 20.0,
        tau_ms: Parameter = 20.0,
        threshold: Parameter = 1.0,
        time_step_ms: float = 1.0,
        h: Spike | None = None,
    ) -> None:
        positive(
            "ResonateAndFire",
            period_ms=period_ms,
            tau_ms=tau_ms,
            threshold=threshold,
            time_step_ms=time_step_ms,
        )
        if found := broken(lambda period_ms: time_step_ms < period_ms / 2, period_ms):
            raise ValueError(
                f"ResonateAndFire: time_step_ms is {time_step_ms}, expected less than half of "
                f"period_ms{found[0].at} = {found[0].value}; a longer step cannot show the "
                "oscillation."
            )
        self.shape = as_shape(shape)
        self.period_ms = period_ms
        self.tau_ms = tau_ms
        self.threshold = threshold
        self.time_step_ms = float(time_step_ms)
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> ResonateAndFireState:
        """At rest, no oscillation, no spike."""
        return ResonateAndFireState(*(zeros(self, batch) for _ in range(3)))

    def step(
        self, state: ResonateAndFireState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> ResonateAndFireState:
        """One step; see the class for the equation."""
        angle = 2 * jnp.pi * self.time_step_ms / self.period_ms
        decay = jnp.exp(-self.time_step_ms / self.tau_ms)
        cosine, sine = decay * jnp.cos(angle), decay * jnp.sin(angle)
        pushed = state.x + dendrite
        x = cosine * pushed - sine * state.v
        v = sine * pushed + cosine * state.v
        y = self.h(v - self.threshold)
        return ResonateAndFireState(x * (1 - y), v * (1 - y) + self.threshold * y, y)
