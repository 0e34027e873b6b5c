"""Burst coding: every further spike of a burst is worth more."""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, at_least, has_time, numbers_of


def burst(
    values: Float[Array, "..."], steps: int, *, threshold: float = 0.125, growth: float = 2.0
) -> Float[Array, "time ..."]:
    r"""An integrator whose threshold grows with every spike of a burst, and falls back after it.

    $$v_t = v_{t-1} + x - g_t \theta y_t, \qquad
    y_t = 1\ \text{if}\ v_{t-1} + x \ge g_t \theta, \qquad
    g_{t+1} = \beta g_t\ \text{if}\ y_t = 1,\ \text{else}\ 1$$

    A large value leaves in a few spikes, each of which takes $\beta$ times as much as the one
    before. $N$ steps carry at most $N$ bits.

    Args:
        values: $x$ per step, at least 0; what lies below is taken as 0.
        steps: $N$.
        threshold: $\theta$ of the first spike of a burst.
        growth: $\beta$, at least 1; 1 is a rate code.

    Returns:
        0 and 1, `[N, *values.shape]`.

    Raises:
        TypeError: values that are whole numbers.
        ValueError: no steps, a threshold that is not above 0, or a growth below 1.

    Source: Park, Kim, Choe, Yoon, "Fast and efficient information transmission with burst spikes
    in deep spiking neural networks", DAC (2019).

    Example:
        >>> import jax.numpy as jnp
        >>> burst(jnp.array(0.5), 6).tolist()
        [1.0, 1.0, 1.0, 1.0, 0.0, 1.0]
    """
    values = numbers_of("burst", values)
    at_least("burst", "steps", steps, 1)
    _checked("burst", threshold, growth)
    return _bursts(jnp.maximum(values, 0), steps, threshold, growth)


@functools.partial(jax.jit, static_argnums=1)
def _bursts(drive: Array, steps: int, threshold: float, growth: float) -> Array:
    def step(carry: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], Array]:
        v, g = carry
        v = v + drive
        fired = v >= g * threshold
        after = jnp.where(fired, g * growth, 1.0).astype(v.dtype)
        return (jnp.where(fired, v - g * threshold, v), after), fired.astype(drive.dtype)

    start = jnp.zeros_like(drive), jnp.ones_like(drive)
    return jax.lax.scan(step, start, None, steps)[1]


def decode_burst(
    trains: Float[Array, "time ..."], *, threshold: float = 0.125, growth: float = 2.0
) -> Float[Array, "..."]:
    r"""What the spikes of `burst` took out of the integrator, per step.

    $$\hat x = \frac{\theta}{N} \sum_t g_t y_t$$

    with $g_t$ as in `burst`, which follows from the spikes alone. Never too much: $x - \hat x =
    v_N / N \ge 0$, which is what has not left yet.

    Args:
        trains: 0 and 1, `[N, ...]`.
        threshold: $\theta$.
        growth: $\beta$.

    Raises:
        ValueError: no steps, a threshold that is not above 0, or a growth below 1.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(decode_burst(burst(jnp.array(0.5), 100))), 3)
        0.486
    """
    trains = jnp.asarray(trains)
    has_time("decode_burst", trains)
    _checked("decode_burst", threshold, growth)
    return threshold * _weights(trains, growth).mean(0)


@jax.jit
def _weights(trains: Array, growth: float) -> Array:
    def step(g: Array, fired: Array) -> tuple[Array, Array]:
        return jnp.where(fired > 0, g * growth, 1.0), g * (fired > 0)

    return jax.lax.scan(step, jnp.ones(trains.shape[1:]), trains)[1]


def _checked(owner: str, threshold: float, growth: float) -> None:
    above_zero(owner, threshold=threshold, growth=growth)
    if growth < 1:
        raise ValueError(f"{owner}: growth is {growth}, expected at least 1.")
