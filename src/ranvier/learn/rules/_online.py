"""Online rules: an eligibility times a learning signal, forward in time."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr

from ranvier.learn._moment import as_chain, at_start, pass_moment, pass_stretch, per_layer
from ranvier.learn._types import Rule
from ranvier.learn._windows import over_windows
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
    chunk: int = 1,
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
        chunk: steps that are credited together, after the last of them; the gradient is the same.
            Traces are touched once in so many steps, matrix products do the rest, and the states
            of one chunk are kept: about 30 is fastest. For `local` only.

    Returns:
        A rule, `(model, batch, key) -> (loss, gradients)`, for a layer or a chain of layers.

    Raises:
        TypeError: a cell that is not a layer, a layer that the eligibility cannot follow, or an
            eligibility that goes step by step, with chunks of more than one.
        ValueError: not as many eligibilities as layers, or a chunk below one step.

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

    if chunk < 1:
        raise ValueError(f"online: chunk is {chunk}, expected at least one step.")

    def rule(model, batch, key=None):
        chain = as_chain(model)
        temporal = per_layer(eligibility, chain)
        _check_chunks(chain, temporal, chunk)
        layers: Any = chain.layers
        examples = batch.x.shape[1 : batch.x.ndim - len(layers[0].in_shape)]
        scale = average(batch.mask)
        steps = len(batch.x)

        def step(carry, at):
            x, target, mask, step_key = at
            keys = chain.split(step_key) if model is chain else [step_key]
            return added(carry, pass_moment, x, target, mask * scale, keys), None

        def stretch(carry, at):
            x, target, mask, step_keys = at
            keys = chain.split_over_time(step_keys) if model is chain else [step_keys]
            return added(carry, pass_stretch, x, target, mask * scale, keys)

        def added(carry, passed, *given):
            moving, gradients, total = carry
            moving, value, found = passed(chain, temporal, signal, loss, moving, *given)
            return moving, jax.tree.map(jnp.add, gradients, found), total + value

        nothing = jax.tree.map(jnp.zeros_like, eqx.filter(layers, eqx.is_inexact_array))
        total = jnp.zeros((), jax.tree.leaves(nothing)[0].dtype)
        given = (batch.x, batch.target, batch.mask, None if key is None else jr.split(key, steps))
        given = jax.tree.map(jnp.asarray, given)
        carry = (at_start(chain, temporal, examples), nothing, total)
        if chunk == steps == 1:
            # Not a loop of one turn: on CPUs, convolutions in loops take ten times as long.
            carry, _ = step(carry, jax.tree.map(lambda leaf: leaf[0], given))
        elif chunk == 1:
            carry, _ = jax.lax.scan(step, carry, given)
        else:
            carry = over_windows(stretch, carry, given, chunk)
        _, gradients, total = carry
        if model is not chain:
            return total, gradients[0]
        return total, eqx.tree_at(lambda c: c.layers, model, gradients)

    return rule


def _check_chunks(chain: Any, temporal: list[Eligibility], chunk: int) -> None:
    """Raise a `TypeError` if a layer's traces go step by step where chunks are asked for."""
    for layer, rule_of in zip(chain.layers, temporal, strict=True):
        if chunk > 1 and rule_of.along is None:
            raise TypeError(
                f"{layer.name}: chunk is {chunk}, but the traces of this eligibility go step by "
                "step. Leave out the chunk, or use the eligibility `local`."
            )
