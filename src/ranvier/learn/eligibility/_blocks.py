"""Small Jacobians of elementwise neurons: one number per unit and pair of state variables.

A neuron's step maps (parameters, state, currents) to a new state, unit by unit. So the Jacobian
of the whole layer is known from one forward-mode product per input variable, for all units and
examples at once; which of these are zero for every input is read off the traced step, so that
memoryless variables carry no trace.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import Neuron, dependence, flat_step


class Blocks(NamedTuple):
    """The new state and its derivatives, `[..., *units]` each, `None` where always zero.

    Attributes:
        state: the new state.
        by_state: `[from][to]`, derivative of new state variable `to` by old one `from`.
        by_current: port to `[to]`.
        by_parameter: per learning array of the neuron (in tree order), `[to]`.

    Example:
        See `blocks`.
    """

    state: Any
    by_state: list[list[Array | None]]
    by_current: dict[str, list[Array | None]]
    by_parameter: list[list[Array | None]]


def blocks(neuron: Neuron, state: Any, currents: dict[str, Array], key: Any = None) -> Blocks:
    """Differentiate one step of a neuron, unit by unit.

    Args:
        neuron: any elementwise neuron.
        state: before the step, `[..., *units]`.
        currents: one per driven port, `[..., *units]`.
        key: the noise of this step, if any.

    Example:
        The soft unit's membrane after its first step responds one to one to its current.

        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import SNU
        >>> unit = SNU.soft(1)
        >>> found = blocks(unit, unit.init(), {"dendrite": jnp.array([0.3])})
        >>> found.by_current["dendrite"][0]
        Array([1.], dtype=float32)
    """
    made = flat_step(neuron, state, list(currents), key)
    step, sizes = made.step, made.counts
    flat = [*made.parameters, *made.state, *currents.values()]
    depends = dependence(step, flat)
    new, linear = jax.linearize(step, *flat)
    rows: list[list[Array | None]] = []
    for index in range(len(flat)):
        if not any(depends[index]):
            rows.append([None] * len(new))
            continue
        tangents = [
            jnp.ones_like(a) if i == index else jnp.zeros_like(a) for i, a in enumerate(flat)
        ]
        moved = linear(*tangents)
        rows.append([m if d else None for m, d in zip(moved, depends[index], strict=True)])
    return Blocks(
        jax.tree.unflatten(jax.tree.structure(state), new),
        rows[sizes[0] : sum(sizes)],
        dict(zip(currents, rows[sum(sizes) :], strict=True)),
        rows[: sizes[0]],
    )
