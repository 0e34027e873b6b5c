"""A current that is constant for a while after each spike, and then gone."""

import functools
import operator

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import Kinetics, positive


class Rectangular(Kinetics):
    r"""A current that lasts: the kernel $k(t) = 1$ for $0 \le t < T$, and 0 after.

    $$s_t = \sum_{k=0}^{T/\Delta t - 1} a_{t-k}$$

    with $a$ what arrives. With $T$ the refractory period of the sender it never adds up from one
    of its spikes to the next: the current is the weight while the sender is refractory, which is
    what neural sampling asks for.

    Args:
        duration_ms: $T$, a whole number of steps.
        time_step_ms: $\Delta t$.

    Raises:
        ValueError: a constant that is not positive, or a duration that is not a whole number of
            steps.

    Source: Buesing, Bill, Nessler, Maass, PLoS Comput. Biol. 7 (2011).

    Example:
        >>> import jax.numpy as jnp
        >>> course, spikes = Rectangular(2.0), [1.0, 0.0, 0.0]
        >>> state, found = course.init(jnp.zeros(1)), []
        >>> for spike in spikes:
        ...     state = course.step(state, jnp.array([spike]))
        ...     found.append(float(course.current(state, None)[0]))
        >>> found
        [1.0, 1.0, 0.0]
    """

    duration_ms: float = eqx.field(static=True)
    time_step_ms: float = eqx.field(static=True)

    def __init__(self, duration_ms: float, *, time_step_ms: float = 1.0) -> None:
        positive("Rectangular", duration_ms=duration_ms, time_step_ms=time_step_ms)
        steps = duration_ms / time_step_ms
        if abs(steps - round(steps)) > 1e-6 * steps or round(steps) < 1:
            raise ValueError(
                f"Rectangular: duration_ms is {duration_ms}, expected a whole number of time steps "
                f"of {time_step_ms} ms. Change the duration or the time step."
            )
        self.duration_ms, self.time_step_ms = float(duration_ms), float(time_step_ms)

    def init(self, like: Float[Array, "..."]) -> tuple[Array, ...]:
        """Nothing has arrived."""
        return (jnp.zeros_like(like),) * round(self.duration_ms / self.time_step_ms)

    def step(self, state: tuple[Array, ...], arriving: Float[Array, "..."]) -> tuple[Array, ...]:
        """What has arrived in the last steps, the oldest first."""
        return (*state[1:], jnp.broadcast_to(arriving, state[0].shape))

    def current(self, state: tuple[Array, ...], v: Array | None) -> Float[Array, "..."]:
        """The sum of what has arrived."""
        return functools.reduce(operator.add, state)
