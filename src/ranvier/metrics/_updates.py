"""What neurons do: how often their states change, and what that costs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.nets import Observed, ObservedNeurons
from ranvier.neurons import step_operations


def membrane_updates(observed: Observed) -> dict[str, float]:
    """How many entries of the neurons' states change in a step, per example over all steps.

    An entry counts in a step if it is not what it was in the step before; in the first step, if it
    is not what it was at rest. Outputs do not count.

    Args:
        observed: what happened, as `observe` gives it; steps behind the mask's zeros do not count.

    Returns:
        State variable, as `layer.variable`, to its updates; the membrane of most neurons is `v`,
        of a spiking neural unit `s`.

    Source: after Yik et al., Nat. Commun. 16 (2025), NeuroBench, "membrane updates".

    Example:
        A membrane is driven in one of three steps, and decays in the next.

        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.nets import Layer, observe
        >>> from ranvier.synapses import OneToOne
        >>> layer = Layer(rv.LIF(1), {"dendrite": OneToOne(1)}, name="hidden")
        >>> membrane_updates(observe(layer, jnp.array([[0.0], [0.5], [0.0]])))
        {'hidden.v': 2.0}
    """
    return {
        f"{part.name}.{name}": int(changed[observed.mask].sum()) / observed.examples
        for part in observed.neurons
        for name, changed in _changes(part).items()
    }


class NeuronOperations(NamedTuple):
    """Operations of the neurons per example, over all of its steps.

    Attributes:
        effective: of those units and steps in which the state changed.
        dense: of all units in all steps.

    Example:
        >>> NeuronOperations(effective=10.0, dense=40.0).dense
        40.0
    """

    effective: float
    dense: float


def neuron_operations(observed: Observed) -> NeuronOperations:
    """Count what the neurons compute, as their own `step` says.

    A unit's step costs what `step_operations` counts; a step that changes none of its state
    variables costs nothing effectively.

    Args:
        observed: what happened, as `observe` gives it.

    Source: after Yik et al., Nat. Commun. 16 (2025), NeuroBench, "neuron operations", whose table
    holds four neurons.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.nets import observe
        >>> net = rv.chain(4, rv.LIF(3), key=jax.random.key(0))
        >>> neuron_operations(observe(net, jnp.zeros((10, 5, 4)))).effective
        0.0
    """
    effective = dense = 0.0
    for part in observed.neurons:
        cost = step_operations(part.neuron)
        changed = list(_changes(part).values())
        units = int(np.prod(part.neuron.shape))
        # A neuron that keeps nothing computes its output anew in every step.
        moved = np.logical_or.reduce(changed) if changed else np.ones_like(part.outputs, bool)
        effective += cost * int(moved[observed.mask].sum())
        dense += cost * units * int(observed.mask.sum())
    return NeuronOperations(effective / observed.examples, dense / observed.examples)


def _changes(part: ObservedNeurons) -> dict[str, NDArray[np.bool_]]:
    """State variable to where it changed, `[T, B, *units]`."""
    return {
        name: np.concatenate([part.rest[name][None], after[:-1]]) != after
        for name, after in part.states.items()
    }
