"""Backpropagation through time, cut into windows."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import at_rest
from ranvier.learn._asked import asked
from ranvier.learn._types import Rule
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
        steps = len(batch.x)
        whole = steps // window * window
        keys = None if key is None else jax.random.split(key, steps)
        scale = average(batch.mask)
        learning, rest = eqx.partition(model, eqx.is_inexact_array)

        def piece(state, at):
            """The loss and gradient of one window, and the state behind it."""
            x, target, mask, step_keys = at

            def total(learning):
                model = eqx.combine(learning, rest)
                after, ys = model.over_time(state, x, keys=step_keys)
                return (loss(ys, asked(target, mask)) * mask).sum() * scale, after

            (value, after), gradient = jax.value_and_grad(total, has_aux=True)(learning)
            return after, (value, gradient)

        def pieces(array: Array) -> Array:
            return array[:whole].reshape(-1, window, *array.shape[1:])

        given = (batch.x, batch.target, batch.mask, keys)
        start = at_rest(model, batch.x)
        found = []
        if whole:
            start, (values, gradients) = jax.lax.scan(piece, start, jax.tree.map(pieces, given))
            found.append((values.sum(), jax.tree.map(lambda g: g.sum(0), gradients)))
        if whole < steps:
            found.append(piece(start, jax.tree.map(lambda a: jnp.asarray(a)[whole:], given))[1])
        return jax.tree.map(lambda *parts: sum(parts[1:], parts[0]), *found)

    return rule
