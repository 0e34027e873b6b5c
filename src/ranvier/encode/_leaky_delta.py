"""Send on delta with a reference that leaks: what a leaky integrator of the spikes knows."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, has_time, numbers_of


def leaky_send_on_delta(
    signal: Float[Array, "time ..."], *, delta: float, tau_ms: float, time_step_ms: float
) -> Float[Array, "time ..."]:
    r"""Send a spike whenever a signal is delta away from a leaky sum of the spikes before.

    $$r \leftarrow e^{-\Delta / \tau}\, r; \qquad x_t \ge r + \delta:\ +1,\ r \leftarrow r + \delta,
    \qquad x_t \le r - \delta:\ -1,\ r \leftarrow r - \delta$$

    repeated until neither holds; $r$ begins at 0, so that the first step sends what it takes to
    reach the signal. As `send_on_delta`, but a spike that is lost is forgotten after a few
    $\tau$, and a receiver may begin to listen at any time. The price is paid at rest: a level
    $\lvert L \rvert > \delta$ costs $1 / \tau \ln \frac{L}{L - \delta}$ spikes per ms, about
    $L / \tau \delta$; below $\delta$ it is silent. Every spike carries one bit, its sign, and what
    its time says.

    Args:
        signal: $x$, `[time, ...]`, every element a signal of its own, around the level 0 at which
            silence is free.
        delta: $\delta$, in units of the signal.
        tau_ms: $\tau$ of the leak.
        time_step_ms: $\Delta$.

    Returns:
        Signed numbers of spikes, `[time, ...]`.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps, or an argument that is not above 0.

    Source: delta modulation with a leaky integrator: Jayant, Noll, Digital Coding of Waveforms,
    Prentice-Hall (1984).

    Example:
        >>> import jax.numpy as jnp
        >>> held = jnp.array([1.0, 1.0, 1.0, 1.0, 0.2])
        >>> leaky_send_on_delta(held, delta=0.25, tau_ms=10.0, time_step_ms=2.0).tolist()
        [4.0, 0.0, 1.0, 0.0, -1.0]
    """
    signal = numbers_of("leaky_send_on_delta", signal)
    has_time("leaky_send_on_delta", signal)
    above_zero("leaky_send_on_delta", delta=delta, tau_ms=tau_ms, time_step_ms=time_step_ms)
    kind = jnp.result_type(signal.dtype, jnp.float32)
    sent = _sent(signal.astype(kind), delta, math.exp(-time_step_ms / tau_ms))
    return sent.astype(signal.dtype)


@jax.jit
def _sent(signal: Array, delta: float, kept: float) -> Array:
    def step(known: Array, x: Array) -> tuple[Array, Array]:
        known = kept * known
        away = x - known
        sent = jnp.sign(away) * jnp.floor(jnp.abs(away) / delta)
        return known + delta * sent, sent

    return jax.lax.scan(step, jnp.zeros_like(signal[0]), signal)[1]


def decode_leaky_send_on_delta(
    trains: Float[Array, "time ..."], *, delta: float, tau_ms: float, time_step_ms: float
) -> Float[Array, "time ..."]:
    r"""A leaky sum of the spikes, which is right to delta: $|\hat x_t - x_t| < \delta$.

    $$\hat x_t = e^{-\Delta / \tau}\, \hat x_{t-1} + \delta y_t$$

    Args:
        trains: signed numbers of spikes, `[time, ...]`.
        delta: $\delta$, in units of the signal.
        tau_ms: $\tau$ of the leak.
        time_step_ms: $\Delta$.

    Raises:
        ValueError: no steps, or an argument that is not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> sent = jnp.array([4.0, 0.0, 1.0])
        >>> known = decode_leaky_send_on_delta(sent, delta=0.25, tau_ms=10.0, time_step_ms=2.0)
        >>> [round(float(x), 3) for x in known]
        [1.0, 0.819, 0.92]
    """
    trains = jnp.asarray(trains)
    has_time("decode_leaky_send_on_delta", trains)
    above_zero("decode_leaky_send_on_delta", delta=delta, tau_ms=tau_ms, time_step_ms=time_step_ms)
    kind = jnp.result_type(trains.dtype, jnp.float32)
    return _known(trains.astype(kind), delta, math.exp(-time_step_ms / tau_ms))


@jax.jit
def _known(trains: Array, delta: float, kept: float) -> Array:
    def step(known: Array, sent: Array) -> tuple[Array, Array]:
        known = kept * known + delta * sent
        return known, known

    return jax.lax.scan(step, jnp.zeros_like(trains[0]), trains)[1]
