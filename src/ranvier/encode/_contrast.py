"""Temporal contrast: at most one signed spike per step when a signal leaves a baseline."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, at_least, has_time, numbers_of


def step_forward(signal: Float[Array, "time ..."], *, threshold: float) -> Float[Array, "time ..."]:
    r"""Spike when a signal is more than a threshold from a baseline, which moves by one threshold.

    $$y_t = \pm 1\ \text{if}\ \pm (x_t - B) > \theta, \qquad B \leftarrow B + \theta y_t,
    \qquad B_0 = x_0$$

    As `send_on_delta`, but with at most one spike per step: where the signal moves by no more than
    $\theta$ per step, `decode_step_forward` is right to $\theta$; where it moves faster, the
    baseline lags behind. A step carries at most $\log_2 3$ bits.

    Args:
        signal: $x$, `[time, ...]`.
        threshold: $\theta$, in units of the signal.

    Returns:
        -1, 0 and 1, `[time, ...]`.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps, or a threshold that is not above 0.

    Source: Petro, Kasabov, Kiss, "Selection and optimization of temporal spike encoding methods
    for spiking neural networks", IEEE Trans. Neural Netw. Learn. Syst. 31 (2020).

    Example:
        >>> import jax.numpy as jnp
        >>> step_forward(jnp.array([0.0, 0.6, 2.2, 2.2, 1.1]), threshold=0.5).tolist()
        [0.0, 1.0, 1.0, 1.0, 0.0]
    """
    signal = numbers_of("step_forward", signal)
    has_time("step_forward", signal)
    above_zero("step_forward", threshold=threshold)
    return _followed(signal - signal[0], threshold).astype(signal.dtype)


@jax.jit
def _followed(from_start: Array, threshold: float) -> Array:
    def step(level: Array, x: Array) -> tuple[Array, Array]:
        away = x - threshold * level
        sent = jnp.where(jnp.abs(away) > threshold, jnp.sign(away), 0).astype(jnp.int32)
        return level + sent, sent

    level = jnp.zeros(from_start.shape[1:], jnp.int32)
    return jax.lax.scan(step, level, from_start)[1]


def moving_window(
    signal: Float[Array, "time ..."], *, window: int, threshold: float
) -> Float[Array, "time ..."]:
    r"""Spike when a signal is more than a threshold from its own mean over the last steps.

    $$y_t = \pm 1\ \text{if}\ \pm (x_t - B_t) > \theta, \qquad
    B_t = \frac{1}{w} \sum_{k=1}^{w} x_{t-k}$$

    Slow drifts are lost, and noise shorter than the window is held out of the baseline. The
    publication decodes it as `step_forward`, for which no bound holds. A step carries at most
    $\log_2 3$ bits.

    Args:
        signal: $x$, `[time, ...]`; before its beginning it is taken as its first value.
        window: $w$, steps.
        threshold: $\theta$, in units of the signal.

    Returns:
        -1, 0 and 1, `[time, ...]`.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps, no window, or a threshold that is not above 0.

    Source: Petro, Kasabov, Kiss, "Selection and optimization of temporal spike encoding methods
    for spiking neural networks", IEEE Trans. Neural Netw. Learn. Syst. 31 (2020).

    Example:
        >>> import jax.numpy as jnp
        >>> moving_window(jnp.array([0.0, 1.0, 1.0, 1.0]), window=2, threshold=0.4).tolist()
        [0.0, 1.0, 1.0, 0.0]
    """
    signal = numbers_of("moving_window", signal)
    has_time("moving_window", signal)
    at_least("moving_window", "window", window, 1)
    above_zero("moving_window", threshold=threshold)
    steps = signal.shape[0]
    before = jnp.repeat(signal[:1], window, 0)
    long = jnp.concatenate([before, signal])
    baseline = sum(long[at : at + steps] for at in range(window)) / window
    away = signal - baseline
    return jnp.where(jnp.abs(away) > threshold, jnp.sign(away), 0).astype(signal.dtype)


def decode_step_forward(
    trains: Float[Array, "time ..."], *, threshold: float, start: float | Float[Array, "..."] = 0.0
) -> Float[Array, "time ..."]:
    r"""The baseline that the spikes have moved.

    $$\hat x_t = x_0 + \theta \sum_{s \le t} y_s$$

    Args:
        trains: -1, 0 and 1, `[time, ...]`.
        threshold: $\theta$.
        start: $x_0$, broadcast with the signals.

    Raises:
        ValueError: no steps, or a threshold that is not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> decode_step_forward(jnp.array([0.0, 1.0, 1.0, -1.0]), threshold=0.5).tolist()
        [0.0, 0.5, 1.0, 0.5]
    """
    trains = jnp.asarray(trains)
    has_time("decode_step_forward", trains)
    above_zero("decode_step_forward", threshold=threshold)
    return start + threshold * jnp.cumsum(jnp.round(trains).astype(jnp.int32), 0)
