"""When outputs should have fired, by when they did."""

import jax.numpy as jnp
from jaxtyping import Array, Int


def relative_targets(
    times: Int[Array, "... classes"], label: Int[Array, "..."], *, last: int, margin: int
) -> Int[Array, "... classes"]:
    r"""Targets of S4NN: the true class as early as the first output, those close behind it later.

    With $\tau = \min_k t_k < T$,

    $$T_c = \tau, \qquad T_k = \min(\tau + \gamma, T) \text{ if } t_k - \tau < \gamma,
    \qquad T_k = t_k \text{ otherwise;}$$

    where no output fires, $T_c = T - \gamma$ and $T_k = T$. A class that leads by $\gamma$ steps
    leaves nothing to learn.

    Args:
        times: $t_k$ of the outputs, in steps.
        label: $c$, the true class.
        last: $T$, in which stand those that do not fire.
        margin: $\gamma$, in steps.

    Source: Kheradpisheh, Masquelier, Int. J. Neural Syst. 30 (2020), section 2.4.

    Example:
        >>> relative_targets(jnp.array([20, 21, 90]), jnp.array(1), last=256, margin=3).tolist()
        [23, 20, 90]
    """
    first = times.min(-1, keepdims=True)
    true = jnp.arange(times.shape[-1]) == label[..., None]
    close = times - first < margin
    fired = jnp.where(close, jnp.minimum(first + margin, last), times)
    fired = jnp.where(true, first, fired)
    return jnp.where(first < last, fired, jnp.where(true, last - margin, last))
