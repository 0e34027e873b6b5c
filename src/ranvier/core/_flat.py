"""A neuron's step on flat arrays, as what traces and differentiates it wants to have it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
from jaxtyping import Array, PRNGKeyArray

from ranvier.core._protocol import Neuron


class FlatStep(NamedTuple):
    """A step without structure, and what it starts from.

    Attributes:
        step: `(*parameters, *state, *currents) -> new state`.
        parameters: the neuron's learning arrays, in tree order.
        state: the state's arrays, in tree order.

    Example:
        See `flat_step`.
    """

    step: Callable[..., list[Array]]
    parameters: list[Array]
    state: list[Array]

    @property
    def counts(self) -> tuple[int, int]:
        """How many parameters, how many state variables."""
        return len(self.parameters), len(self.state)


def flat_step(
    neuron: Neuron, state: Any, ports: Sequence[str], key: PRNGKeyArray | None = None
) -> FlatStep:
    """Take a neuron's step apart into arrays.

    Args:
        neuron: any neuron.
        state: gives the structure, and the arrays to start from.
        ports: those that a current reaches, in the order of the step's last arguments; all others
            get zero.
        key: the noise of the step, if any.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import SNU
        >>> unit = SNU.soft(1)
        >>> flat = flat_step(unit, unit.init(), ["dendrite"])
        >>> flat.counts, flat.step(*flat.parameters, *flat.state, jnp.ones(1))[0]
        ((1, 2), Array([1.], dtype=float32))
    """
    learned, static = eqx.partition(neuron, eqx.is_inexact_array)
    parameters, parameter_tree = jax.tree.flatten(learned)
    start, state_tree = jax.tree.flatten(state)
    first, last = len(parameters), len(parameters) + len(start)

    def step(*flat: Array) -> list[Array]:
        unit = eqx.combine(jax.tree.unflatten(parameter_tree, flat[:first]), static)
        before = jax.tree.unflatten(state_tree, flat[first:last])
        given = dict(zip(ports, flat[last:], strict=True))
        currents = (given.get(port, 0.0) for port in neuron.ports)
        return jax.tree.leaves(unit.step(before, *currents, key=key))

    return FlatStep(step, parameters, start)
