"""Decoders that read spikes of any code."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, at_least, has_time, not_below_zero


def spike_counts(trains: Float[Array, "time ..."], *, window: int) -> Float[Array, "windows ..."]:
    r"""Spikes in windows one after another; steps that fill no window at the end are left out.

    $$n_j = \sum_{t = j w}^{(j + 1) w - 1} y_t$$

    Args:
        trains: spikes, `[time, ...]`.
        window: $w$, steps.

    Raises:
        ValueError: no window, or one longer than the trains.

    Example:
        >>> import jax.numpy as jnp
        >>> spike_counts(jnp.array([1.0, 0.0, 1.0, 1.0, 1.0]), window=2).tolist()
        [1.0, 2.0]
    """
    trains = jnp.asarray(trains)
    at_least("spike_counts", "window", window, 1)
    has_time("spike_counts", trains, window)
    whole = trains.shape[0] // window
    return trains[: whole * window].reshape(whole, window, *trains.shape[1:]).sum(1)


def exponential_trace(
    trains: Float[Array, "time ..."], *, tau_ms: float, time_step_ms: float
) -> Float[Array, "time ..."]:
    r"""A rate that every spike raises and that decays between spikes.

    $$r_t = e^{-\Delta / \tau} r_{t-1} + \frac{1 - e^{-\Delta / \tau}}{\Delta}\, y_t$$

    which is $\tau \dot r = -r + \sum_k \delta(t - t_k)$ sampled such that a spike adds exactly one
    spike to the integral of $r$.

    Args:
        trains: spikes, `[time, ...]`.
        tau_ms: $\tau$, in ms.
        time_step_ms: $\Delta$, in ms.

    Returns:
        Rates in Hz.

    Raises:
        ValueError: no steps, or a time that is not above 0.

    Source: Dayan, Abbott, Theoretical Neuroscience (2001), section 1.2.

    Example:
        >>> import jax.numpy as jnp
        >>> trace_hz = exponential_trace(jnp.ones(2000), tau_ms=100.0, time_step_ms=1.0)
        >>> round(float(trace_hz[-1]))
        1000
    """
    trains = jnp.asarray(trains)
    has_time("exponential_trace", trains)
    above_zero("exponential_trace", tau_ms=tau_ms, time_step_ms=time_step_ms)
    kept = math.exp(-time_step_ms / tau_ms)
    kind = jnp.result_type(trains.dtype, jnp.float32)
    return _low_passed(trains.astype(kind), kept, (1 - kept) * 1000 / time_step_ms)


@jax.jit
def _low_passed(trains: Array, kept: float, gain: float) -> Array:
    def step(r: Array, y: Array) -> tuple[Array, Array]:
        r = kept * r + gain * y
        return r, r

    return jax.lax.scan(step, jnp.zeros_like(trains[0]), trains)[1]


class LinearDecoder(NamedTuple):
    """A filter from spikes to signals; `fit_linear_decoder` makes one, `decode_linear` applies it.

    Attributes:
        weights: `[delays, units, signals]`; the first delay is the latest spike that is read.
        offset: `[signals]`.
        look_ahead: how many steps after its own time a signal is read from.

    Example:
        >>> import jax.numpy as jnp
        >>> LinearDecoder(jnp.zeros((3, 2, 1)), jnp.zeros(1), 0).weights.shape
        (3, 2, 1)
    """

    weights: Float[Array, "delays units signals"]
    offset: Float[Array, "signals"]
    look_ahead: int


def fit_linear_decoder(
    trains: Float[Array, "time units"],
    signals: Float[Array, "time signals"],
    *,
    delays: int,
    look_ahead: int = 0,
    ridge: float = 0.0,
) -> LinearDecoder:
    r"""The linear filter that gives signals back from spikes with the least squared error.

    $$\hat x_t = c + \sum_{d=0}^{D-1} \sum_i w_{d i}\, y_{t + a - d}^{(i)}, \qquad
    \min_{w, c} \sum_t |x_t - \hat x_t|^2 + \lambda |w|^2$$

    Args:
        trains: $y$, spikes, `[time, units]`; taken as silent before and after.
        signals: $x$, `[time, signals]`.
        delays: $D$.
        look_ahead: $a$, steps of the future that are read; 0 for a causal filter.
        ridge: $\lambda$, at least 0.

    Raises:
        ValueError: shapes that do not fit, no delays, a look-ahead or a ridge below 0.

    Source: Bialek, Rieke, de Ruyter van Steveninck, Warland, "Reading a neural code", Science 252
    (1991).

    Example:
        >>> import jax, jax.numpy as jnp
        >>> spikes = jax.random.bernoulli(jax.random.key(0), 0.3, (200, 2)).astype(float)
        >>> signal = 2 * spikes[:, :1] + 1
        >>> decoder = fit_linear_decoder(spikes, signal, delays=3)
        >>> bool(jnp.allclose(decode_linear(decoder, spikes), signal, atol=1e-3))
        True
    """
    trains, signals = jnp.asarray(trains), jnp.asarray(signals)
    at_least("fit_linear_decoder", "delays", delays, 1)
    at_least("fit_linear_decoder", "look_ahead", look_ahead, 0)
    not_below_zero("fit_linear_decoder", ridge=ridge)
    if trains.ndim != 2 or signals.ndim != 2 or len(trains) != len(signals):
        raise ValueError(
            f"fit_linear_decoder: the trains have shape {trains.shape} and the signals "
            f"{signals.shape}, expected [time, units] and [time, signals]."
        )
    seen = _delayed(trains, delays, look_ahead)
    mean, offset = seen.mean(0), signals.mean(0)
    centred = seen - mean
    square = centred.T @ centred + ridge * jnp.eye(seen.shape[1], dtype=seen.dtype)
    weights = jnp.linalg.pinv(square, hermitian=True) @ (centred.T @ (signals - offset))
    shaped = weights.reshape(delays, trains.shape[1], signals.shape[1])
    return LinearDecoder(shaped, offset - mean @ weights, look_ahead)


def decode_linear(
    decoder: LinearDecoder, trains: Float[Array, "time units"]
) -> Float[Array, "time signals"]:
    """Signals from spikes, by a filter.

    Args:
        decoder: as `fit_linear_decoder` gives it.
        trains: spikes, `[time, units]`; taken as silent before and after.

    Raises:
        ValueError: another number of units than the decoder has.

    Example:
        See `fit_linear_decoder`.
    """
    trains = jnp.asarray(trains)
    delays, units, signals = decoder.weights.shape
    if trains.ndim != 2 or trains.shape[1] != units:
        raise ValueError(
            f"decode_linear: the trains have shape {trains.shape}, expected [time, {units}]."
        )
    seen = _delayed(trains, delays, decoder.look_ahead)
    return seen @ decoder.weights.reshape(delays * units, signals) + decoder.offset


def _delayed(trains: Array, delays: int, look_ahead: int) -> Array:
    """Every step's spikes of the last steps side by side, `[time, delays * units]`."""
    steps = len(trains)
    kind = jnp.result_type(trains.dtype, jnp.float32)
    padded = jnp.pad(trains.astype(kind), ((delays - 1, look_ahead), (0, 0)))
    first = look_ahead + delays - 1
    return jnp.concatenate([padded[first - d : first - d + steps] for d in range(delays)], 1)
