"""From a network to its synapses and back, each with the name of where it is."""

from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx
import jax

Tree = TypeVar("Tree")


def mapped(tree: Tree, kinds: Any, change: Callable[[Any, str], Any]) -> Tree:
    """The tree with every part of some kinds changed; parts within such a part are not visited.

    Args:
        tree: a network, a layer, a synapse.
        kinds: a class, or several.
        change: from part and name to what takes its place.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.synapses import Dense
        >>> net = rv.chain(2, rv.SNU(3), rv.Readout(1), key=jax.random.key(0))
        >>> names = []
        >>> _ = mapped(net, Dense, lambda part, name: names.append(name))
        >>> names
        ['layers[0].synapses["dendrite"]', 'layers[1].synapses["dendrite"]']
    """
    found, structure = jax.tree_util.tree_flatten_with_path(
        tree, is_leaf=lambda node: isinstance(node, kinds)
    )
    changed = [
        change(leaf, named(path)) if isinstance(leaf, kinds) else leaf for path, leaf in found
    ]
    return jax.tree_util.tree_unflatten(structure, changed)


def named(path: tuple[Any, ...]) -> str:
    """How errors and reports call a place in a network.

    Args:
        path: keys from the root to the place, as JAX gives them.

    Example:
        >>> from jax.tree_util import DictKey, GetAttrKey
        >>> named((GetAttrKey("synapses"), DictKey("dendrite")))
        'synapses["dendrite"]'
    """
    written = ""
    for key in path:
        if isinstance(key, jax.tree_util.GetAttrKey):
            written += f".{key.name}"
        elif isinstance(key, jax.tree_util.DictKey):
            written += f'["{key.key}"]'
        else:
            written += f"[{getattr(key, 'idx', getattr(key, 'key', key))}]"
    return written.removeprefix(".") or "the synapse"


def arrays_in(tree: Any) -> list[jax.Array]:
    """Every array in a tree; one that is there twice is listed once.

    Args:
        tree: a network, a state, or any other tree.

    Example:
        >>> import jax.numpy as jnp
        >>> one = jnp.ones(2)
        >>> len(arrays_in({"a": one, "b": one, "c": jnp.ones(2), "d": 1.0}))
        2
    """
    found = {id(leaf): leaf for leaf in jax.tree.leaves(tree) if eqx.is_array(leaf)}
    return list(found.values())


def learns(array: jax.Array) -> bool:
    """Whether an array is one of numbers that learn: not whole, and not truth values.

    Args:
        array: any array.

    Example:
        >>> import jax.numpy as jnp
        >>> learns(jnp.ones(2)), learns(jnp.arange(2))
        (True, False)
    """
    return eqx.is_inexact_array(array)
