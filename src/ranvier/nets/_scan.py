r"""The time loop of a neuron, with a derivative that is itself a short loop.

Differentiating a scan step by step replays every operation of the neuron in reverse, one small
array after another. But a neuron is elementwise, and most carry one number per unit from step to
step. Its tangent then obeys

$$\dot c_t = A_t\, \dot c_{t-1} + b_t$$

where $A_t$ and $b_t$ follow from one linearisation of the neuron's own step over all of time at
once, in large parallel operations. Only this recurrence is scanned. Autodiff turns it around for
reverse mode, so both modes work, and the numbers are those of the plain scan up to rounding.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import Neuron, ParallelInTime, flat_step, single_carry
from ranvier.nets._fused import obstacle, walk


def neuron_scan(neuron: Neuron, state: Any, currents: dict[str, Array]) -> Any:
    """Run a neuron over time on currents that are known beforehand, without noise.

    A neuron that knows its states over all of time gives them. All others are scanned, or, on a
    single GPU, run in one kernel where nothing stands against it.

    Args:
        neuron: any elementwise neuron.
        state: where it starts, `[..., *units]`.
        currents: port to current, `[T, ..., *units]`.

    Returns:
        Its states, `[T, ..., *units]` each.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import LeakyIntegrator
        >>> unit = LeakyIntegrator(1, decay=0.5)
        >>> neuron_scan(unit, unit.init(), {"dendrite": jnp.ones((3, 1))}).y[:, 0]
        Array([1.  , 1.5 , 1.75], dtype=float32)
    """
    if isinstance(neuron, ParallelInTime):
        return neuron.states_over_time(state, *(currents.get(port, 0.0) for port in neuron.ports))
    # XLA cannot cut a kernel of ours over devices: it would gather all currents on each.
    lone_gpu = jax.default_backend() == "gpu" and jax.device_count() == 1
    if lone_gpu and obstacle(neuron, state, currents) is None:
        return walk(neuron, state, currents)
    return scanned(neuron, state, currents)


def scanned(neuron: Neuron, state: Any, currents: dict[str, Array]) -> Any:
    """Run a neuron over time as a scan, without noise; its derivative is a short scan, too.

    Args:
        neuron: any elementwise neuron.
        state: where it starts, `[..., *units]`.
        currents: port to current, `[T, ..., *units]`.

    Returns:
        Its states, `[T, ..., *units]` each.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import LeakyIntegrator
        >>> unit = LeakyIntegrator(1, decay=0.5)
        >>> scanned(unit, unit.init(), {"dendrite": jnp.ones((3, 1))}).y[:, 0]
        Array([1.  , 1.5 , 1.75], dtype=float32)
    """
    ports, state_tree = list(currents), jax.tree.structure(state)
    flat = flat_step(neuron, state, ports)
    step, parameters, start = flat

    def scan(p: list[Array], start: list[Array], c: list[Array]) -> list[Array]:
        def body(s, at):
            s = step(*p, *s, *at)
            return s, s

        return jax.lax.scan(body, start, c)[1]

    given = [currents[port] for port in ports]
    carry = single_carry(step, [*parameters, *start, *(c[0] for c in given)], flat.counts)
    if carry is None:
        return jax.tree.unflatten(state_tree, scan(parameters, start, given))

    solve = jax.custom_jvp(scan)

    @solve.defjvp
    def _(primals, tangents):
        p, start, c = primals
        states = solve(p, start, c)
        carried = states[carry.index]

        def step_from(p: list[Array], before: Array, start: list[Array], c: list[Array]):
            """All steps at once, each from the carried variable of the step before."""
            previous = []
            for index, first in enumerate(start):
                if index == carry.index:
                    previous.append(before)
                elif index in carry.derived:
                    rest = jax.vmap(lambda b, index=index: carry.derived[index](*p, b))(before[1:])
                    previous.append(jnp.concatenate([first[None], rest]))
                else:
                    # No step reads it.
                    previous.append(jnp.zeros_like(states[index]))
            return jax.vmap(lambda s, x: step(*p, *s, *x))(previous, c)

        before = jnp.concatenate([start[carry.index][None], carried[:-1]])
        d_p, d_start, d_c = tangents
        slope = jax.jvp(
            lambda before: step_from(p, before, start, c)[carry.index],
            (before,),
            (jnp.ones_like(before),),
        )[1]
        push = jax.jvp(
            lambda p, start, c: step_from(p, before, start, c)[carry.index],
            (p, start, c),
            (d_p, d_start, d_c),
        )[1]

        def body(moved, at):
            moved = at[0] * moved + at[1]
            return moved, moved

        d_carried = jax.lax.scan(body, d_start[carry.index], (slope, push))[1]
        d_before = jnp.concatenate([d_start[carry.index][None], d_carried[:-1]])
        d_states = list(jax.jvp(step_from, (p, before, start, c), (d_p, d_before, d_start, d_c))[1])
        d_states[carry.index] = d_carried
        for index, derived in carry.derived.items():
            d_states[index] = jax.jvp(
                lambda p, s, derived=derived: jax.vmap(lambda s: derived(*p, s))(s),
                (p, carried),
                (d_p, d_carried),
            )[1]
        return states, d_states

    return jax.tree.unflatten(state_tree, solve(parameters, start, given))
