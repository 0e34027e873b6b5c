"""Fixed delays on the way from a presynaptic unit."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ranvier.core import Synapse, precision
from ranvier.synapses._around import Around


def delay_steps(delay_ms: Any, *, time_step_ms: float) -> Any:
    """A delay in whole time steps, rounded to the nearest one, halves up.

    Args:
        delay_ms: one delay, or an array of them.
        time_step_ms: length of a step.

    Returns:
        An `int` for a number, an integer array for an array.

    Raises:
        ValueError: a delay that is negative or not finite, or a step that is not positive.

    Example:
        >>> delay_steps(1.5, time_step_ms=0.1), delay_steps([0.24, 0.25], time_step_ms=0.1)
        (15, array([2, 3]))
    """
    if not time_step_ms > 0:
        raise ValueError(f"delay_steps: time_step_ms is {time_step_ms}, expected more than 0.")
    given = np.asarray(delay_ms, np.float64)
    if not (np.isfinite(given) & (given >= 0)).all():
        raise ValueError(f"delay_steps: delay_ms is {delay_ms}, expected 0 or more everywhere.")
    # A quotient such as 0.25 / 0.1 may fall short of its half by rounding alone.
    steps = np.floor(given / time_step_ms * (1 + 1e-12) + 0.5).astype(int)
    return int(steps) if steps.ndim == 0 else steps


class DelayedState(NamedTuple):
    """What a delayed synapse remembers.

    Attributes:
        activity: of the last steps, oldest first, `[..., longest delay, fan_in]`, all units in one
            row.
        synapse: the memory of the connections behind the delay, `None` if they have none.

    Example:
        >>> from ranvier.synapses import OneToOne
        >>> Delayed(OneToOne(4), 3).init((2,)).activity.shape
        (2, 3, 4)
    """

    activity: Float[Array, "... past fan_in"]
    synapse: Any


class Delayed(Around):
    r"""Activity that arrives later: $I_t = W z_{t - d}$, one delay per presynaptic unit.

    The delay is on the axon: everything that a unit reaches hears of it at the same time. Before
    the first step nothing was sent. On a recurrent synapse it comes on top of the one step that
    feedback takes anyway.

    Args:
        synapse: the connections behind the delay.
        steps: the delay in time steps, one for all units or `[*in_shape]`; it does not learn. See
            `delay_steps` for delays in milliseconds, `LearnedDelay` for delays that learn.

    Raises:
        TypeError: delays that are not whole numbers.
        ValueError: a negative delay, or another number of delays than presynaptic units.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import OneToOne
        >>> synapse = Delayed(OneToOne(2), [0, 1])
        >>> memory, current = synapse.advance(synapse.init(), jnp.array([1.0, 1.0]))
        >>> memory, later = synapse.advance(memory, jnp.array([0.0, 0.0]))
        >>> current, later
        (Array([1., 0.], dtype=float32), Array([0., 1.], dtype=float32))
    """

    synapse: Synapse
    steps: Int[Array, " fan_in"]
    longest: int = eqx.field(static=True)

    def __init__(self, synapse: Synapse, steps: Any) -> None:
        given = np.asarray(steps)
        if not np.issubdtype(given.dtype, np.integer):
            raise TypeError(
                f"Delayed: the delays are of type {given.dtype}, expected whole numbers of steps. "
                "Convert milliseconds with `delay_steps`."
            )
        if given.shape not in ((), synapse.in_shape):
            raise ValueError(
                f"Delayed: got delays of shape {given.shape}, expected one number or one per "
                f"presynaptic unit, {synapse.in_shape}."
            )
        if given.min() < 0:
            raise ValueError(f"Delayed: the shortest delay is {given.min()}, expected 0 or more.")
        self.synapse = synapse
        self.steps = jnp.asarray(np.broadcast_to(given, synapse.in_shape).ravel(), jnp.int32)
        self.longest = int(given.max())

    def _row(self, z: Array, memory: DelayedState) -> Array:
        """The activity as it is remembered: in its precision, all units in one row."""
        leading = z.shape[: z.ndim - len(self.in_shape)]
        return jnp.asarray(z, memory.activity.dtype).reshape(*leading, self.in_size)

    def _axes(self, row: Array) -> Array:
        """A row of units in the axes that the connections expect."""
        return row.reshape(*row.shape[:-1], *self.in_shape)

    def init(self, batch: tuple[int, ...] = ()) -> DelayedState:
        """Silence."""
        past = jnp.zeros((*batch, self.longest, self.in_size), precision(self.synapse))
        return DelayedState(past, self.synapse.init(batch))

    def advance(
        self,
        memory: DelayedState,
        z: Float[Array, "... fan_in"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[DelayedState, Float[Array, "..."]]:
        """The current of every unit, from what was sent one delay ago."""
        known = jnp.concatenate([memory.activity, self._row(z, memory)[..., None, :]], axis=-2)
        arriving = known[..., self.longest - self.steps, jnp.arange(self.in_size)]
        inner, current = self.synapse.advance(memory.synapse, self._axes(arriving), key=key)
        return DelayedState(known[..., 1:, :], inner), current

    def over_time(
        self,
        memory: DelayedState,
        zs: Float[Array, "time ... fan_in"],
        *,
        keys: Array | None = None,
    ) -> tuple[DelayedState, Float[Array, "time ..."]]:
        """Many steps: every unit's history, shifted."""
        before = jnp.moveaxis(memory.activity, -2, 0)
        known = jnp.concatenate([before, self._row(zs, memory)])
        times = jnp.arange(len(zs))[:, None] + self.longest - self.steps
        # Two index arrays around slices: their common axes come first, the examples last.
        units = jnp.arange(self.in_size)
        arriving = jnp.moveaxis(known[times, ..., units], 1, -1)
        inner, currents = self.synapse.over_time(memory.synapse, self._axes(arriving), keys=keys)
        kept = jnp.moveaxis(known[len(zs) :], 0, -2)
        return DelayedState(kept, inner), currents
