"""Backpropagation through time."""

from collections.abc import Callable
from typing import Any

import equinox as eqx

from ranvier.core import Cell
from ranvier.learn._asked import asked
from ranvier.learn._types import Rule
from ranvier.learn.losses import ActivityCost, Average, Decoding, Loss, every_step, per_step
from ranvier.nets import record, run


def unchanged(model: Any) -> Any:
    """The model as it is."""
    return model


def bptt(
    loss: Loss,
    *,
    decoding: Decoding = every_step,
    average: Average = per_step,
    keep_every: int | None = None,
    activity: ActivityCost | None = None,
    through: Callable[[Cell], Cell] = unchanged,
) -> Rule:
    r"""Backpropagation through time: the exact gradient, by unrolling the whole sequence.

    $$\frac{dE}{d\theta} = \sum_t \frac{\partial E^t}{\partial y^t} \frac{d y^t}{d\theta}$$

    taken in reverse. Memory grows with the length of the sequence, or with its square root where
    only every $\sqrt{T}$-th state is kept and the rest is computed again; nothing is learned
    before the sequence ends. Spikes use their surrogate's pseudo-derivative.

    Args:
        loss: one number per step, from output and target.
        decoding: what is judged: every step, or one answer per sequence (`mean_over_time`), whose
            target is `[1, B, width]`.
        average: how steps are put together.
        keep_every: keep the state of every so many steps, and compute those between again on the
            way back (about a third more work); `None` keeps all.
        activity: what the units' activity costs on top of the loss, such as `losses.rate_cost`.
        through: another form of the model that derivatives are taken of, with respect to the
            model itself: some paths detached, say, or quantised weights.

    Returns:
        A rule, `(model, batch, key) -> (loss, gradients)`.

    Raises:
        ValueError: a cost of activity together with `keep_every`: it needs every state.

    Source: Werbos, Proc. IEEE 78 (1990); kept states: Chen, Xu, Zhang, Guestrin,
    arXiv:1604.06174 (2016), section 4.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> batch = Batch(jnp.ones((5, 1, 4)), jnp.zeros((5, 1, 2)), jnp.ones((5, 1)))
        >>> value, gradients = bptt(rv.losses.squared_error)(net, batch, None)
        >>> gradients.layers[0].neuron.bias.shape
        (3,)
    """

    if activity is not None and keep_every is not None:
        raise ValueError(
            "bptt: a cost of activity needs every state, and keep_every is "
            f"{keep_every}. Give one of them."
        )

    def rule(model, batch, key=None):
        @eqx.filter_value_and_grad
        def total(model):
            form, cost = through(model), 0.0
            if activity is None:
                _, ys = run(
                    form, batch.x, key=key, chunk=keep_every, rematerialise=keep_every is not None
                )
            else:
                states = record(form, batch.x, key=key)
                ys, cost = states[-1].y, activity(states)
            judged, mask = decoding(ys, batch.mask)
            return (loss(judged, asked(batch.target, mask)) * mask).sum() * average(mask) + cost

        return total(model)

    return rule
