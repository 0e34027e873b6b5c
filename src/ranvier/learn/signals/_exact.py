"""The exact learning signal: one backward pass through this instant."""

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.signals._instant import Instant


def exact(now: Instant) -> tuple[Array, list[Array]]:
    r"""$L^t_l = \partial E^t / \partial y^t_l$ through the layers above, at this instant only.

    $$L_l^t = \frac{dE^t}{dy_k^t} \prod_{m=k}^{l+1} \frac{\partial y_m^t}{\partial y_{m-1}^t}$$

    The states that layers carry are constants here: no path runs through an earlier time. With
    one hidden layer under a linear readout, it is e-prop's symmetric signal.

    Args:
        now: the step.

    Returns:
        The loss, and one signal per layer in the shape of its output.

    Source: Bohnstingl et al., IEEE TNNLS 34 (2023), eq. 4.

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> net, x = rv.chain(2, rv.Readout(1), key=jax.random.key(0)), jnp.ones((1, 2))
        >>> now = Instant(net, net.init((1,)), x, x[:, :1], jnp.sum, x[:, 0], [None])
        >>> value, signals = exact(now)
        >>> signals
        [Array([[1.]], dtype=float32)]
    """

    def instant(nudges: list[Array]) -> Array:
        y = now.x
        for layer, state, nudge, key in zip(
            now.chain.layers, now.states, nudges, now.keys, strict=True
        ):
            _, y = layer(state, y, key=key)
            y = y + nudge
        return now.error(y)

    return jax.value_and_grad(instant)([jnp.zeros_like(state.y) for state in now.states])
