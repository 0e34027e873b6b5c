"""A network in another precision: all of it, or its products alone."""

from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp

from ranvier.core import Synapse

Module = TypeVar("Module")


def cast(module: Module, dtype: Any) -> Module:
    """The same network with every learning array, and so every state, in another precision.

    Neurons whose constants are all numbers (a LIF neuron as it is built) keep single precision.

    Args:
        module: a layer, a chain, a synapse, or anything with arrays.
        dtype: `jnp.bfloat16`, `jnp.float16`, `jnp.float32` or, where it is enabled, `jnp.float64`.

    Raises:
        TypeError: not a type of real numbers.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> cast(net, jnp.bfloat16).init()[0].s.dtype
        dtype(bfloat16)
    """
    if not jnp.issubdtype(dtype, jnp.floating):
        raise TypeError(f"cast: {jnp.dtype(dtype)} is not a type of real numbers.")
    return jax.tree.map(lambda a: a.astype(dtype) if eqx.is_inexact_array(a) else a, module)


def cast_synapses(module: Module, dtype: Any) -> Module:
    """The same network with its weights in another precision, and its neurons as they are.

    With `jnp.bfloat16` a dense product is taken in half precision and summed in single. What is
    presynaptic is rounded too: spikes, zero or one, lose nothing.

    Args:
        module: a layer, a chain, or anything with synapses in it.
        dtype: as for `cast`.

    Raises:
        TypeError: not a type of real numbers.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> light = cast_synapses(net, jnp.bfloat16)
        >>> light.layers[0].synapses["dendrite"].weight.dtype, light.init()[0].s.dtype
        (dtype(bfloat16), dtype('float32'))
    """
    return jax.tree.map(
        lambda part: cast(part, dtype) if isinstance(part, Synapse) else part,
        module,
        is_leaf=lambda part: isinstance(part, Synapse),
    )
