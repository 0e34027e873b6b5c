"""Non-leaky integrate-and-fire with instantaneous synapses, one spike each, in whole steps."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ranvier.core import positive
from ranvier.nets.single_spike._arrivals import Arrivals, arrivals

AT_ONCE = 16
"""Arrivals that one turn of a loop takes: with fewer, what a turn costs by itself shows."""

READ_BEFORE = 3
"""How many steps before the last one a silent output layer is read."""


def first_crossings(
    rows: Float[Array, "inputs units"],
    arriving: Arrivals,
    threshold: float | Float[Array, ""],
    last: int,
) -> Int[Array, " units"]:
    r"""When each unit fires, of one example: one step after its potential first exceeds threshold.

    $$V_j(t) = \sum_{i:\, t_i \le t} w_{ji}, \qquad t_j = 1 + \min \{t : V_j(t) > \theta\}$$

    The potential is compared at the end of a step, when all that arrives in it has been added. The
    loop takes spikes in order, and ends where none is left that could still matter.

    Args:
        rows: $w$, one row per input.
        arriving: of the example, sorted.
        threshold: $\theta$.
        last: in which stand those that do not fire before it.

    Example:
        >>> rows = jnp.array([[70.0, 101.0], [70.0, 0.0]])
        >>> first_crossings(rows, arrivals(jnp.array([3, 5]), 9), 100.0, 9)
        Array([6, 4], dtype=int32)
    """
    order, times = in_turns(arriving, last)
    following = jnp.concatenate([times[1:], jnp.full(1, last, times.dtype)])
    # Only the last of those that arrive together decides.
    fires = jnp.where(following != times, jnp.minimum(times + 1, last), last)
    units, dtype = rows.shape[1], rows.dtype

    def turn(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        at, potential, first = carry
        taken = jax.lax.dynamic_slice_in_dim(order, at, AT_ONCE)
        step = jax.lax.dynamic_slice_in_dim(fires, at, AT_ONCE)
        weights = rows[taken]
        for which in range(AT_ONCE):
            potential = potential + weights[which]
            first = jnp.minimum(first, jnp.where(potential > threshold, step[which], last))
        return at + AT_ONCE, potential, first

    def more(carry: tuple[Array, Array, Array]) -> Array:
        return (carry[0] < len(order)) & (times[carry[0]] < last - 1)

    start = (jnp.zeros((), jnp.int32), jnp.zeros(units, dtype), jnp.full(units, last, jnp.int32))
    return jax.lax.while_loop(more, turn, start)[2]


def in_turns(arriving: Arrivals, last: int) -> Arrivals:
    """Arrivals of an example in whole turns of a loop; what fills up the last one never fires.

    Args:
        arriving: sorted.
        last: the last step.
    """
    missing = -len(arriving.times) % AT_ONCE
    return Arrivals(
        jnp.pad(arriving.order, (0, missing)),
        jnp.pad(arriving.times, (0, missing), constant_values=last),
    )


class S4NNLayer(eqx.Module):
    r"""Units that integrate without a leak what arrives at once, and fire at most one spike.

    $$V_j(t) = \sum_{i:\, t_i \le t} w_{ji}, \qquad t_j = 1 + \min \{t : V_j(t) > \theta\}$$

    Discretisation: none; times are whole steps $0..T$. A spike acts from its own step on, and
    leaves its unit one step after the crossing. Threshold: strict, tested when all spikes of a
    step have been added. Who would fire at $T$ or later stays silent, which is written as $t_j = T$
    (the "fake spike"): no spike, and nothing that a unit behind it hears.

    Step by step, the same unit is `Refractory(IF(units, threshold=...), period_ms=T)`, with a
    delay of one step between layers: see [`clocked`][ranvier.nets.single_spike.clocked]. Here all
    inputs are sorted once, and the first crossing of their running sum is found. There is no
    derivative: [`S4NN`][ranvier.learn.single_spike.S4NN] is the rule.

    Args:
        weight: $w$, `[units, inputs]`.
        threshold: $\theta$.
        last: $T$.

    Raises:
        ValueError: a weight that is no matrix, a threshold that is not above 0, or fewer than 4
            steps.

    Source: Kheradpisheh, Masquelier, Int. J. Neural Syst. 30 (2020), section 2; the step from a
        crossing to its spike, and what is read of silent outputs, are those of the authors' code.

    Example:
        Two inputs are needed for the first unit, one for the second.

        >>> layer = S4NNLayer(jnp.array([[60.0, 60.0], [0.0, 120.0]]), threshold=100.0, last=256)
        >>> layer(jnp.array([3, 7])).tolist(), layer(jnp.array([3, 256])).tolist()
        ([8, 8], [256, 256])
    """

    weight: Float[Array, "units inputs"]
    threshold: float
    last: int = eqx.field(static=True)

    def __init__(
        self, weight: Float[Array, "units inputs"], *, threshold: float = 100.0, last: int = 256
    ) -> None:
        if jnp.ndim(weight) != 2:
            raise ValueError(
                f"S4NNLayer: the weight has shape {jnp.shape(weight)}, expected [units, inputs]."
            )
        positive("S4NNLayer", threshold=threshold)
        if last <= READ_BEFORE:
            raise ValueError(f"S4NNLayer: last is {last}, expected more than {READ_BEFORE} steps.")
        self.weight = weight
        self.threshold = float(threshold)
        self.last = int(last)

    @classmethod
    def random(
        cls,
        in_size: int,
        units: int,
        *,
        key: PRNGKeyArray,
        high: float,
        threshold: float = 100.0,
        last: int = 256,
    ) -> "S4NNLayer":
        r"""Draw the weights: $w \sim U(0, b)$.

        Args:
            in_size, units: widths before and after.
            key: draws the weights.
            high: $b$.
            threshold: $\theta$.
            last: $T$.
        """
        weight = jr.uniform(key, (units, in_size), maxval=high)
        return cls(weight, threshold=threshold, last=last)

    @property
    def in_size(self) -> int:
        """Width of what is heard."""
        return self.weight.shape[1]

    @property
    def units(self) -> int:
        """How many units there are."""
        return self.weight.shape[0]

    def __call__(self, times: Int[Array, "... inputs"]) -> Int[Array, "... units"]:
        """When each unit fires, in steps; `last` where it does not."""
        arriving = arrivals(times.reshape(-1, self.in_size), self.last)
        rows = self.weight.T

        def of_one(one: Arrivals) -> Array:
            return first_crossings(rows, one, self.threshold, self.last)

        return jax.lax.map(of_one, arriving).reshape(*times.shape[:-1], self.units)

    def fired(self, times: Int[Array, "..."]) -> Array:
        """Which of these times, of inputs or of units, are real spikes."""
        return times < self.last

    def potential(self, times: Int[Array, "... inputs"], at: int) -> Float[Array, "... units"]:
        """$V$ at the end of a step, of units that have not been reset: all that has arrived.

        Args:
            times: of the inputs.
            at: the step.
        """
        return (times <= at).astype(self.weight.dtype) @ self.weight.T

    def decide(
        self, before: Int[Array, "... inputs"], times: Int[Array, "... units"]
    ) -> Int[Array, "..."]:
        """The unit that fires first, the lower number of a tie.

        If none does, the one with the highest potential three steps before the last.

        Args:
            before: times of the inputs.
            times: of these units.
        """
        silent = ~self.fired(times).any(-1)
        highest = jnp.argmax(self.potential(before, self.last - READ_BEFORE), -1)
        return jnp.where(silent, highest, jnp.argmin(times, -1))
