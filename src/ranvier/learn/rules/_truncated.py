"""Backpropagation through time, cut into windows."""

import equinox as eqx
import jax
import jax.numpy as jnp

from ranvier.core import at_rest, precision
from ranvier.learn._asked import asked
from ranvier.learn._types import Rule
from ranvier.learn._windows import over_windows
from ranvier.learn.losses import Average, Loss, per_step


def truncated_bptt(loss: Loss, *, window: int = 20, average: Average = per_step) -> Rule:
    r"""Backpropagation through time within windows; the state crosses them, derivatives do not.

    $$\frac{\partial z^{t}}{\partial z^{t-1}} \to 0 \text{ where a window begins}$$

    Exact for what happens within a window, blind to what an earlier one did. Memory is that of
    one window.

    Args:
        loss: one number per step, from output and target.
        window: steps; the sequence's length or more is `bptt`.
        average: how steps are put together.

    Raises:
        ValueError: a window of less than one step.

    Source: Williams, Peng, Neural Comput. 2 (1990).

    Example:
        >>> import ranvier as rv
        >>> rule = truncated_bptt(rv.losses.bernoulli, window=20)
    """
    if window < 1:
        raise ValueError(f"truncated_bptt: window is {window}, expected at least 1 step.")

    def rule(model, batch, key=None):
        keys = None if key is None else jax.random.split(key, len(batch.x))
        scale = average(batch.mask)
        learning, rest = eqx.partition(model, eqx.is_inexact_array)

        def piece(carry, at):
            """Add the loss and the gradient of one window, and go on from the state behind it."""
            state, value, gradients = carry
            x, target, mask, step_keys = at

            def total(learning):
                model = eqx.combine(learning, rest)
                after, ys = model.over_time(state, x, keys=step_keys)
                return (loss(ys, asked(target, mask)) * mask).sum() * scale, after

            (error, state), found = jax.value_and_grad(total, has_aux=True)(learning)
            return state, value + error, jax.tree.map(jnp.add, gradients, found)

        nothing = jax.tree.map(jnp.zeros_like, learning)
        carry = (at_rest(model, batch.x), jnp.zeros((), precision(model)), nothing)
        given = (batch.x, batch.target, batch.mask, keys)
        _, value, gradients = over_windows(piece, carry, given, window)
        return value, gradients

    return rule
