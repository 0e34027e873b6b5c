"""What neurons do: how often their states change, and what a step of theirs costs."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ranvier.core import Neuron, named
from ranvier.metrics._observe import Observed, ObservedNeurons

_FREE = frozenset(
    {
        "broadcast_in_dim",
        "concatenate",
        "convert_element_type",
        "copy",
        "expand_dims",
        "pbroadcast",
        "reshape",
        "select_n",
        "slice",
        "split",
        "squeeze",
        "stop_gradient",
        "transpose",
    }
)


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
        >>> from ranvier.metrics import observe
        >>> from ranvier.nets import Layer
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
        >>> from ranvier.metrics import observe
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
        moved = np.logical_or.reduce(changed) if changed else np.ones_like(part.states.y, bool)
        effective += cost * int(moved[observed.mask].sum())
        dense += cost * units * int(observed.mask.sum())
    return NeuronOperations(effective / observed.examples, dense / observed.examples)


def step_operations(neuron: Neuron) -> float:
    """Arithmetic operations of one unit in one step, counted in the neuron's own `step`.

    Additions, products, comparisons, exponentials and the like count one each; moving, reshaping
    and choosing do not, nor what depends on no unit. Noise is not drawn. Of a choice between ways
    the dearest counts, of a loop whose length is not known in advance one round.

    Args:
        neuron: any neuron.

    Returns:
        Operations per unit; not a whole number where some are shared by a row of units.

    Example:
        Decay, input, reset, and a comparison with the threshold.

        >>> import ranvier as rv
        >>> step_operations(rv.LIF(5)) > 3
        True
    """
    current = jax.ShapeDtypeStruct(neuron.shape, jnp.result_type(float))
    traced = jax.make_jaxpr(lambda state, *currents: neuron.step(state, *currents))(
        jax.eval_shape(neuron.init), *[current] * len(neuron.ports)
    )
    return _operations(traced.jaxpr, int(np.prod(neuron.shape))) / np.prod(neuron.shape).item()


def _operations(jaxpr: Any, units: int) -> int:
    total = 0
    for equation in jaxpr.eqns:
        inner = [
            part
            for value in equation.params.values()
            for part in (value if isinstance(value, tuple) else (value,))
            if hasattr(part, "eqns")
        ]
        if inner:
            # Of a choice between ways the dearest; of a function with a derivative of its own,
            # the function.
            costs = [_operations(getattr(part, "jaxpr", part), units) for part in inner]
            total += max(costs) * equation.params.get("length", 1)
        elif equation.primitive.name not in _FREE:
            made = max(int(np.prod(out.aval.shape)) for out in equation.outvars)
            total += made if made >= units else 0
    return total


def _changes(part: ObservedNeurons) -> dict[str, NDArray[np.bool_]]:
    """State variable to where it changed, `[T, B, *units]`."""
    changes = {}
    before = dict(jax.tree_util.tree_flatten_with_path(part.rest)[0])
    for path, values in jax.tree_util.tree_flatten_with_path(part.states)[0]:
        name, after = named(path), np.asarray(values)
        if name.split(".")[-1] != "y":
            start = np.broadcast_to(np.asarray(before[path])[None], (1, *after.shape[1:]))
            changes[name] = np.concatenate([start, after[:-1]]) != after
    return changes
