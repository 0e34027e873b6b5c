"""What a network does per time step: how often it fires, and what that costs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ranvier.nets import Observed


class Operations(NamedTuple):
    """Synaptic operations per time step and example.

    Attributes:
        dense: every connection is worked on, multiply and add.
        event: only connections whose presynaptic activity is not zero; an addition for a spike.

    Example:
        >>> found = Operations(dense=100.0, event=10.0)
        >>> found.dense / found.event
        10.0
    """

    dense: float
    event: float


def firing_rate(outputs: ArrayLike, mask: ArrayLike) -> float:
    """Mean output per unit and step: for spikes, the fraction of steps in which a unit fires.

    Args:
        outputs: `[T, B, units]`.
        mask: `[T, B]`, 1 where a step counts.

    Raises:
        ValueError: no valid step, or shapes that do not fit.

    Example:
        >>> firing_rate([[[1, 0]], [[1, 1]]], [[1], [0]])
        0.5
    """
    values, valid = _checked(outputs, mask)
    return float(values[valid].mean())


def synaptic_operations(presynaptic: ArrayLike, mask: ArrayLike, fan_out: ArrayLike) -> Operations:
    """Count the operations of a full set of connections, per step and example.

    Args:
        presynaptic: activity that enters the connections, `[T, B, n_in]`.
        mask: `[T, B]`, 1 where a step counts.
        fan_out: connections that leave each presynaptic unit: one number, or `[n_in]`.

    Raises:
        ValueError: no valid step, shapes that do not fit, or a negative fan-out.

    Example:
        One of two units is active, and reaches three others.

        >>> synaptic_operations([[[0.0, 1.0]]], [[1]], 3)
        Operations(dense=6.0, event=3.0)
    """
    values, valid = _checked(presynaptic, mask)
    reached = np.asarray(fan_out, np.float64)
    if (reached < 0).any():
        raise ValueError(f"fan_out is {fan_out}, expected 0 or more connections.")
    if reached.shape not in ((), values.shape[-1:]):
        raise ValueError(
            f"fan_out has shape {reached.shape}, expected one number or one for each of "
            f"{values.shape[-1]} units."
        )
    active = (values[valid] != 0).mean(0)
    each = np.broadcast_to(reached, active.shape)
    return Operations(float(each.sum()), float(active @ each))


def activation_sparsity(observed: Observed) -> float:
    """Share of the outputs of all neurons that are zero, over units, steps and examples.

    Args:
        observed: what happened, as `observe` gives it; steps behind the mask's zeros do not count.

    Raises:
        ValueError: a network without neurons.

    Source: Yik et al., Nat. Commun. 16 (2025), NeuroBench, "activation sparsity".

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.nets import observe
        >>> net = rv.chain(4, rv.LIF(3), key=jax.random.key(0))
        >>> activation_sparsity(observe(net, jnp.zeros((10, 5, 4))))
        1.0
    """
    silent = total = 0
    for part in observed.neurons:
        outputs = part.outputs[observed.mask]
        silent += int((outputs == 0).sum())
        total += outputs.size
    if not total:
        raise ValueError("the network has no neurons whose outputs could be sparse.")
    return silent / total


def _checked(values: ArrayLike, mask: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    array, valid = np.asarray(values), np.asarray(mask) > 0
    if array.ndim != 3 or array.shape[:2] != valid.shape:
        raise ValueError(
            f"activity has shape {array.shape} and mask {valid.shape}, expected [T, B, units] "
            "and [T, B]."
        )
    if not valid.any():
        raise ValueError("no step is valid: the mask is zero everywhere.")
    return array, valid
