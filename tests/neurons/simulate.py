"""A neuron over time, for tests that look at what it does by itself."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np


@eqx.filter_jit
def simulate(unit, currents):
    """Every state on the way from rest, under currents `[T, *units]`."""

    def body(state, current):
        state = unit.step(state, current)
        return state, state

    return jax.lax.scan(body, unit.init(), currents)[1]


def held(unit, current, duration_ms):
    """The states under a current that does not change."""
    steps = round(duration_ms / unit.time_step_ms)
    level = jnp.asarray(current, float) * jnp.ones(unit.shape)
    return simulate(unit, jnp.broadcast_to(level, (steps, *unit.shape)))


def spike_times(unit, states, index=0):
    """Starts of the steps in which one unit fired, ms."""
    return np.flatnonzero(np.asarray(states.y)[:, index]) * unit.time_step_ms


def slopes_through_time(unit, currents):
    """How the spikes of all time change with each current, in reverse and in forward mode."""

    def total(currents):
        return simulate(unit, currents).y.sum()

    def both(currents):
        along = jax.jvp(total, (currents,), (jnp.ones_like(currents),))[1]
        return jax.grad(total)(currents), along

    return eqx.filter_jit(both)(currents)
