"""What a step of a neuron costs, counted in the program that its `step` is."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.core import Neuron

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
