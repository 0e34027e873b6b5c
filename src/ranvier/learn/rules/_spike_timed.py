r"""A current-based LIF neuron whose derivatives are those of its spikes' times.

A spike of step $t$ is worth $\bar y_t$ to the loss, one step later it would be worth
$\bar y_{t+1}$: their difference over $\Delta$ is what moving it is worth. On the way back that
needs the worth of the step after, so the state has two more variables, zero throughout, whose
derivatives carry it.
"""

import copy
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Around
from ranvier.neurons import CurrentLIF


class SpikeTimedState(NamedTuple):
    """The state of the neuron, and two zeros, `[..., *units]`.

    Attributes:
        neuron: of the neuron within.
        ahead: its derivative is the worth of a spike one step later.
        known: its derivative is one where there is a step later.

    Example:
        >>> SpikeTimed(CurrentLIF(3)).init((2,)).ahead.shape
        (2, 3)
    """

    neuron: Any
    ahead: Float[Array, "..."]
    known: Float[Array, "..."]

    @property
    def y(self) -> Array:
        """The last output."""
        return self.neuron.y


class SpikeTimed(Around):
    r"""The neuron as it is, in reverse mode with the derivatives of EventProp.

    $$\frac{dL}{dt_k} = \frac{\bar y_{k+1} - \bar y_k}{\Delta} - \bar v_k
    \left(\dot v + \frac{v_{th} - v_r}{\tau}\right), \qquad
    \bar v_k^- = -\frac{1}{\dot v} \frac{dL}{dt_k}$$

    at a spike, with $\dot v$ the slope of the membrane over the step that crossed the threshold;
    everywhere else the transpose of the neuron's own step. A constant of the neuron that is an
    array learns, too.

    Args:
        neuron: within, a `CurrentLIF`.

    Example:
        >>> unit = SpikeTimed(CurrentLIF(1))
        >>> unit.ports
        ('excitatory', 'inhibitory')
    """

    neuron: CurrentLIF

    def __init__(self, neuron: CurrentLIF) -> None:
        self.neuron = neuron

    @property
    def memoryless(self) -> bool:
        """It has a membrane."""
        return False

    def init(self, batch: tuple[int, ...] = ()) -> SpikeTimedState:
        """The neuron at rest."""
        state = self.neuron.init(batch)
        return SpikeTimedState(state, jnp.zeros_like(state.y), jnp.zeros_like(state.y))

    def step(
        self, state: SpikeTimedState, *currents: Array, key: PRNGKeyArray | None = None
    ) -> SpikeTimedState:
        """One step of the neuron."""
        learned, constant = eqx.partition(self.neuron, eqx.is_inexact_array)

        @jax.custom_vjp
        def advance(learned, state, currents):
            new = eqx.combine(learned, constant).step(state.neuron, *currents)
            return SpikeTimedState(new, jnp.zeros_like(new.y), jnp.zeros_like(new.y))

        def forwards(learned, state, currents):
            new = advance(learned, state, currents)
            return new, (learned, state.neuron, currents, new.y)

        def backwards(kept, worth):
            learned, before, currents, y = kept
            return _pulled(constant, learned, before, currents, y, worth)

        advance.defvjp(forwards, backwards)
        return advance(learned, state, currents)

    def states_over_time(self, state: SpikeTimedState, *currents: Any) -> SpikeTimedState:
        """All steps from `state`, one after another: a scan that reverse mode can turn around."""
        steps = max(len(c) for c in currents if jnp.ndim(c))

        def body(state: SpikeTimedState, step: Array) -> tuple[SpikeTimedState, SpikeTimedState]:
            state = self.step(state, *(c[step] if jnp.ndim(c) else c for c in currents))
            return state, state

        return jax.lax.scan(body, state, jnp.arange(steps))[1]


def _pulled(
    constant: CurrentLIF,
    learned: CurrentLIF,
    before: Any,
    currents: tuple[Array, ...],
    y: Array,
    worth: SpikeTimedState,
) -> tuple[Any, SpikeTimedState, tuple[Array, ...]]:
    """What parameters, the state before and the currents of a step are worth."""

    def free(learned, before, currents):
        new = _without_spikes(eqx.combine(learned, constant)).step(before, *currents)
        return new.v, new.excitatory, new.inhibitory

    neuron = eqx.combine(learned, constant)
    (v, *_), pull = jax.vjp(free, learned, before, currents)
    after, dt = worth.neuron, neuron.time_step_ms
    rise = (v - before.v) / dt
    fall = neuron.threshold - neuron.reset_potential
    moved = jnp.where(worth.known > 0, (worth.ahead - after.y) / dt, 0.0)
    time = moved - after.v * (rise + fall / neuron.tau_membrane_ms)
    # A reset by subtraction may leave a membrane above the threshold: no crossing, no time.
    fired, crossed = y > 0, (y > 0) & (rise > 0)
    earlier = jnp.where(crossed, time / jnp.where(crossed, rise, 1.0), 0.0)
    v_worth = jnp.where(fired, -earlier, after.v)
    found, state, given = pull((v_worth, after.excitatory, after.inhibitory))
    found = _added(found, learned, "threshold", earlier)
    found = _added(found, learned, "reset_potential", jnp.where(fired, after.v, 0.0))
    known = jnp.ones_like(worth.known)
    return found, SpikeTimedState(state, after.y, known), given


def _without_spikes(neuron: CurrentLIF) -> CurrentLIF:
    other = copy.copy(neuron)
    object.__setattr__(other, "h", jnp.zeros_like)
    return other


def _added(found: CurrentLIF, learned: CurrentLIF, name: str, worth: Array) -> CurrentLIF:
    """The derivatives with those of one parameter added, if that learns."""
    parameter = getattr(learned, name)
    if not eqx.is_array(parameter):
        return found
    summed = jnp.broadcast_shapes(parameter.shape, worth.shape)
    leading = tuple(range(len(summed) - parameter.ndim))
    total = jnp.broadcast_to(worth, summed).sum(leading)
    return eqx.tree_at(lambda n: getattr(n, name), found, getattr(found, name) + total)
