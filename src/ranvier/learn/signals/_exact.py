"""The exact learning signal: one backward pass through this instant."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.nets import Chain

Signal = Callable[..., tuple[Array, list[Array]]]
"""`(chain, states, x, error, keys) -> (loss, [dE/dy per layer])`, `error` mapping y to the loss."""


def exact(
    chain: Chain,
    states: tuple[Any, ...],
    x: Array,
    error: Callable[[Array], Array],
    keys: list[Any],
) -> tuple[Array, list[Array]]:
    r"""$L^t_l = \partial E^t / \partial y^t_l$ through the layers above, at this instant only.

    $$L_l^t = \frac{dE^t}{dy_k^t} \prod_{m=k}^{l+1} \frac{\partial y_m^t}{\partial y_{m-1}^t}$$

    The states that layers carry are constants here: no path runs through an earlier time.

    Args:
        chain: the model.
        states: of every layer, before the step.
        x: input of the step, `[batch, width]`.
        error: from the chain's output to the loss of this step, a scalar.
        keys: one per layer.

    Returns:
        The loss, and one signal per layer in the shape of its output.

    Source: Bohnstingl et al., IEEE TNNLS 34 (2023), eq. 4.

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(2, rv.Readout(1), key=jax.random.key(0))
        >>> value, signals = exact(net, net.init((1,)), jnp.ones((1, 2)), jnp.sum, [None])
        >>> signals
        [Array([[1.]], dtype=float32)]
    """

    def instant(nudges: list[Array]) -> Array:
        y = x
        for layer, state, nudge, key in zip(chain.layers, states, nudges, keys, strict=True):
            _, y = layer(state, y, key=key)
            y = y + nudge
        return error(y)

    return jax.value_and_grad(instant)([jnp.zeros_like(state.y) for state in states])
