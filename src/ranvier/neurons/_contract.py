"""A check for neurons of one's own: is this what every rule, runner and export relies on?"""

import itertools

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array

from ranvier.core import Neuron, NeuronState

_EXAMPLES, _STEPS = 8, 4
_DISTURBANCES = (0.7, -3.0, 20.0)


def check_contract(neuron: Neuron) -> None:
    """Raise an error that says how a neuron breaks the contract of elementwise dynamics.

    A neuron has no cross-talk: what one unit of one example receives moves that unit in that
    example and no other. Its state holds the output, starts finite, takes any leading axes, and
    keeps its shapes and precisions from step to step.

    Args:
        neuron: of two units or more, so that there is a neighbour to disturb.

    Raises:
        TypeError: no output `y` in the state, or an array whose shape or precision a step changes.
        ValueError: a single unit, a start that is not finite, or a unit or an example that is
            moved by another; the state variable is named.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import SNU
        >>> check_contract(SNU(3))
        >>> class Shy(SNU):
        ...     def step(self, state, dendrite, *, key=None):
        ...         return super().step(state, dendrite - dendrite.mean(-1, keepdims=True))
        >>> check_contract(Shy(3))
        Traceback (most recent call last):
        ...
        ValueError: Shy: a current into one unit moves state variable 's' of another unit. ...
    """
    kind, units = type(neuron).__name__, neuron.shape
    if neuron.shape[-1] < 2:
        raise ValueError(
            f"{kind}: has {neuron.shape[-1]} unit along its last axis, expected at least two, so "
            "that there is a neighbour to disturb."
        )
    state = neuron.init((_EXAMPLES,))
    if not isinstance(state, NeuronState):
        raise TypeError(
            f"{kind}: its state is a {type(state).__name__} without the output `y`. Return a "
            "NamedTuple of arrays, one of which is `y`."
        )
    paths = [jax.tree_util.keystr(path).lstrip(".") for path, _ in _leaves(state)]
    for path, (_, leaf) in zip(paths, _leaves(state), strict=True):
        if leaf.shape != (_EXAMPLES, *units):
            raise TypeError(
                f"{kind}: init gives state variable {path!r} of shape {leaf.shape} for "
                f"{_EXAMPLES} examples, expected {(_EXAMPLES, *units)}."
            )
        if not bool(jnp.isfinite(leaf).all()):
            raise ValueError(f"{kind}: state variable {path!r} does not start finite.")

    currents = [
        jr.uniform(key, (_EXAMPLES, *units), state.y.dtype, -0.5, 1.5)
        for key in jr.split(jr.key(0), len(neuron.ports))
    ]
    after = neuron.step(state, *currents)
    if jax.tree.structure(after) != jax.tree.structure(state):
        raise TypeError(
            f"{kind}: a step gives a state of structure {jax.tree.structure(after)}, expected "
            f"that of init, {jax.tree.structure(state)}."
        )
    for path, (_, old), (_, new) in zip(paths, _leaves(state), _leaves(after), strict=True):
        if (old.shape, old.dtype) != (jnp.shape(new), jnp.result_type(new)):
            raise TypeError(
                f"{kind}: a step turns state variable {path!r} from {old.dtype}{list(old.shape)} "
                f"into {jnp.result_type(new)}{list(jnp.shape(new))}; both must stay."
            )
    _check_locality(kind, neuron, state, currents, paths)


def _leaves(state: object) -> list[tuple[tuple, Array]]:
    return jax.tree_util.tree_flatten_with_path(state)[0]


def _check_locality(kind: str, neuron: Neuron, state, currents: list[Array], paths: list[str]):
    """Disturb one unit of half of the examples; all other units and examples must stay."""

    def run(currents: list[Array]):
        after, seen = state, []
        for _ in range(_STEPS):
            after = neuron.step(after, *currents)
            seen.extend(_leaves(after))
        return seen

    quiet = run(currents)
    for (index, port), size in itertools.product(enumerate(neuron.ports), _DISTURBANCES):
        pushed = list(currents)
        pushed[index] = pushed[index].at[: _EXAMPLES // 2, ..., 0].add(size)
        for path, (_, before), (_, moved) in zip(paths * _STEPS, quiet, run(pushed), strict=True):
            differs = before != moved
            if bool(differs[_EXAMPLES // 2 :].any()):
                where = "another example"
            elif bool(differs[..., 1:].any()):
                where = "another unit"
            else:
                continue
            raise ValueError(
                f"{kind}: a current into one unit moves state variable {path!r} of {where}. A step "
                "may use no sum, mean, maximum or product over units or examples; put what "
                f"connects units into a synapse onto port {port!r}."
            )
