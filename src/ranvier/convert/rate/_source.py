"""Source networks whose units are rectified, but not plainly."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp

from ranvier.core import Neuron
from ranvier.nets import Graph
from ranvier.nets.ttfs import ReLUNetwork
from ranvier.neurons import ReLU


def rectified(network: Graph, units: Mapping[str, Neuron]) -> Graph:
    """With rectified units in place of others, which fold alike.

    Args:
        network: the source.
        units: name to those others.
    """
    if not units:
        return network
    plain = {name: ReLU(unit.shape) for name, unit in units.items()}
    return Graph(network.nodes | plain, network.edges)


def with_arrays(form: ReLUNetwork) -> ReLUNetwork:
    """A normal form in the precision that JAX runs in.

    Args:
        form: with weights of double precision.
    """
    return jax.tree.map(lambda a: jnp.asarray(a) if eqx.is_inexact_array_like(a) else a, form)


def check_units(form: ReLUNetwork, units: Mapping[str, Neuron]) -> None:
    """Raise if the rectified units of a network are not those that were replaced.

    Args:
        form: of what `rectified` gave.
        units: name to those that were replaced, all of one kind.

    Raises:
        ValueError: a unit that is not on its own, or one that was not replaced; it is named.
    """
    kind = type(next(iter(units.values()))).__name__
    for name in units:
        if name not in form.units:
            raise ValueError(
                f"node {name!r} is a {kind} that rectifies nothing of its own: it stands behind a "
                "maximum or another rectified unit. Put it in front of that."
            )
    for name in form.units:
        if name not in units:
            raise ValueError(
                f"{name!r} is a plain rectified unit, but {sorted(units)} are {kind}. Make all of "
                f"them {kind}, or none."
            )
