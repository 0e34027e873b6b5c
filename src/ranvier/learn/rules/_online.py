"""Online rules: an eligibility times a learning signal, forward in time."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr

from ranvier.learn._moment import as_chain, at_start, pass_moment, per_layer
from ranvier.learn._types import Rule
from ranvier.learn.eligibility import Eligibility
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.learn.signals import Signal
from ranvier.learn.signals import exact as exact_signal


def online(
    loss: Loss,
    *,
    eligibility: Eligibility | Sequence[Eligibility] | None = None,
    signal: Signal = exact_signal,
    average: Average = per_step,
) -> Rule:
    r"""Learning forward in time: what happened here, times what it is worth now.

    $$\frac{dE}{d\theta_l} = \sum_t L_l^t\, e_l^t$$

    with the eligibility $e$ the temporal half (`local`: OSTL for feed-forward layers, OSTL
    without $H$ for recurrent ones; `exact`: full OSTL) and the learning signal $L$ the spatial
    half. Memory does not grow with the length of the sequence. The gradient is that of `bptt`
    for one stateful layer followed by memoryless ones; for deeper stacks, paths that leave a
    layer and travel through time in a higher one are dropped.

    Args:
        loss: one number per step, from output and target.
        eligibility: the temporal half; `local()` if not given; one for all layers, or one each.
        signal: the spatial half.
        average: how steps are put together.

    Returns:
        A rule, `(model, batch, key) -> (loss, gradients)`, for a layer or a chain of layers.

    Raises:
        TypeError: a cell that is not a layer, or a layer that the eligibility cannot follow.
        ValueError: not as many eligibilities as layers.

    Source: Bohnstingl, Woźniak, Pantazi, Eleftheriou, IEEE TNNLS 34 (2023).

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> batch = Batch(jnp.ones((5, 1, 4)), jnp.zeros((5, 1, 2)), jnp.ones((5, 1)))
        >>> one, two = (r(rv.losses.squared_error)(net, batch, None) for r in (online, rv.bptt))
        >>> bool(jnp.allclose(one[1].layers[0].neuron.bias, two[1].layers[0].neuron.bias))
        True
    """

    def rule(model, batch, key=None):
        chain = as_chain(model)
        temporal = per_layer(eligibility, chain)
        layers: Any = chain.layers
        examples = batch.x.shape[1 : batch.x.ndim - len(layers[0].in_shape)]
        scale = average(batch.mask)

        def body(carry, at):
            moving, gradients, total = carry
            x, target, mask, step_key = at
            # A lone layer takes the step's key whole, as `run` gives it.
            keys = chain.split(step_key) if model is chain else [step_key]
            moving, value, found = pass_moment(
                chain, temporal, signal, loss, moving, x, target, mask * scale, keys
            )
            return (moving, jax.tree.map(jnp.add, gradients, found), total + value), None

        nothing = jax.tree.map(jnp.zeros_like, eqx.filter(layers, eqx.is_inexact_array))
        total = jnp.zeros((), jax.tree.leaves(nothing)[0].dtype)
        keys = None if key is None else jr.split(key, len(batch.x))
        carry = (at_start(chain, temporal, examples), nothing, total)
        (_, gradients, total), _ = jax.lax.scan(
            body, carry, (batch.x, batch.target, batch.mask, keys)
        )
        if model is not chain:
            return total, gradients[0]
        return total, eqx.tree_at(lambda c: c.layers, model, gradients)

    return rule
