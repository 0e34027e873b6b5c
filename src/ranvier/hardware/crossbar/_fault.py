"""Faults into the arrays of a network."""

from typing import TypeVar

import equinox as eqx
from jaxtyping import PRNGKeyArray

from ranvier.hardware.crossbar._crossbar import Crossbar
from ranvier.hardware.crossbar._program import over_arrays
from ranvier.hardware.devices import Fault

Network = TypeVar("Network")


def fault(model: Network, kind: Fault, *, key: PRNGKeyArray) -> Network:
    """The network with faults in every array.

    What the arrays show afterwards is a reading without noise at the time where they are; `drift`
    draws one with noise. Programming again leaves faulty devices where they are.

    Args:
        model: a network on arrays.
        kind: of fault.
        key: draws which devices are hit.

    Raises:
        ValueError: a network without an array.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware import devices, fault, program
        >>> layer = rv.layer(4, rv.SNU(3), key=jax.random.key(0))
        >>> fresh = program(layer, devices.ideal(), key=jax.random.key(1))
        >>> dead = fault(fresh, devices.StuckAt(1.0, 0.0), key=jax.random.key(2))
        >>> bool(abs(dead.synapses["dendrite"].synapse.weight).max() < 1e-6)
        True
    """

    return over_arrays("fault", model, _hit, key, kind)


def _hit(array: Crossbar, key: PRNGKeyArray, kind: Fault) -> Crossbar:
    stored = kind(array.stored, array.device, key=key)
    return eqx.tree_at(lambda one: one.stored, array, stored).at(array.seconds)
