"""Level crossing and send on delta: spikes say that a signal has moved."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, has_time, not_below_zero, numbers_of


class _Levels(NamedTuple):
    """Reference as whole numbers of steps and of reversals, which do not drift; last sign."""

    steps: Array
    reversals: Array
    sign: Array


def send_on_delta(signal: Float[Array, "time ..."], *, delta: float) -> Float[Array, "time ..."]:
    r"""Send a spike whenever a signal has moved by delta since the last one, up or down.

    $$x_t \ge r + \delta:\ +1,\ r \leftarrow r + \delta, \qquad
    x_t \le r - \delta:\ -1,\ r \leftarrow r - \delta, \qquad r_0 = x_0$$

    repeated until neither holds, so that a step may send several. `decode_send_on_delta` is always
    right to less than $\delta$. Spikes per second come to $E|\dot x| / \delta$ for small $\delta$;
    a sine of amplitude $A$ sends $2 \lfloor 2 A / \delta \rfloor$ per period. Every spike carries
    one bit, its sign, and what its time says.

    Args:
        signal: $x$, `[time, ...]`, every element a signal of its own.
        delta: $\delta$, in units of the signal.

    Returns:
        Signed numbers of spikes, `[time, ...]`; the first step has none. `crossing_events` has the
        times between steps.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps, or a delta that is not above 0.

    Source: Miskowicz, "Send-on-delta concept: an event-based data reporting strategy", Sensors 6
    (2006).

    Example:
        >>> import jax.numpy as jnp
        >>> send_on_delta(jnp.array([0.0, 0.6, 2.2, 1.5, 1.1]), delta=0.5).tolist()
        [0.0, 1.0, 3.0, -1.0, 0.0]
    """
    return level_crossing(signal, delta=delta, hysteresis=delta)


def decode_send_on_delta(
    trains: Float[Array, "time ..."], *, delta: float, start: float | Float[Array, "..."] = 0.0
) -> Float[Array, "time ..."]:
    r"""What is known of a signal from its spikes: $|\hat x_t - x_t| < \delta$.

    $$\hat x_t = x_0 + \delta \sum_{s \le t} y_s$$

    Args:
        trains: signed numbers of spikes, `[time, ...]`.
        delta: $\delta$, in units of the signal.
        start: $x_0$, broadcast with the signals.

    Raises:
        ValueError: no steps, or a delta that is not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> decode_send_on_delta(jnp.array([0.0, 1.0, 3.0, -1.0, 0.0]), delta=0.5).tolist()
        [0.0, 0.5, 2.0, 1.5, 1.5]
    """
    trains = jnp.asarray(trains)
    has_time("decode_send_on_delta", trains)
    above_zero("decode_send_on_delta", delta=delta)
    return start + delta * jnp.cumsum(jnp.round(trains).astype(jnp.int32), 0)


def level_crossing(
    signal: Float[Array, "time ..."], *, delta: float, hysteresis: float
) -> Float[Array, "time ..."]:
    r"""Send a spike when a signal crosses the next level, or turns and comes back far enough.

    $$\text{on in the same direction: } r \pm \delta, \qquad
    \text{back: } r \mp h, \qquad r_0 = x_0$$

    where $r$ is the level that was crossed last. With $h = 0$ the levels stand still, and a signal
    that trembles about one of them spikes without end; $h = \delta$ is `send_on_delta`; more than
    that keeps noise of up to $h$ silent at a turn. Every spike carries one bit, its sign, and what
    its time says.

    Args:
        signal: $x$, `[time, ...]`.
        delta: $\delta$ between levels, in units of the signal.
        hysteresis: $h$, at least 0, in units of the signal.

    Returns:
        Signed numbers of spikes, `[time, ...]`; the first step has none.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps, a delta that is not above 0, or a hysteresis below 0.

    Source: Sayiner, Sorensen, Viswanathan, "A level-crossing sampling scheme for A/D conversion",
    IEEE Trans. Circuits Syst. II 43 (1996), for fixed levels.

    Example:
        A signal that trembles about the level 1 is silent only with hysteresis.

        >>> import jax.numpy as jnp
        >>> trembling = jnp.array([0.0, 1.1, 0.9, 1.1, 0.9])
        >>> level_crossing(trembling, delta=1.0, hysteresis=0.0).tolist()
        [0.0, 1.0, -1.0, 1.0, -1.0]
        >>> level_crossing(trembling, delta=1.0, hysteresis=0.5).tolist()
        [0.0, 1.0, 0.0, 0.0, 0.0]
    """
    signal = numbers_of("level_crossing", signal)
    has_time("level_crossing", signal)
    above_zero("level_crossing", delta=delta)
    not_below_zero("level_crossing", hysteresis=hysteresis)
    kind = jnp.result_type(signal.dtype, jnp.float32)
    sent = _crossed((signal - signal[0]).astype(kind), delta, hysteresis)
    return sent.astype(signal.dtype)


@jax.jit
def _crossed(from_start: Array, delta: float, hysteresis: float) -> Array:
    def step(at: _Levels, x: Array) -> tuple[_Levels, Array]:
        away = x - (delta * at.steps + hysteresis * at.reversals)
        sent = _sent(away, at.sign, delta, hysteresis)
        return _moved(at, sent), sent

    return jax.lax.scan(step, _rest(from_start.shape[1:]), from_start)[1]


def decode_level_crossing(
    trains: Float[Array, "time ..."],
    *,
    delta: float,
    hysteresis: float,
    start: float | Float[Array, "..."] = 0.0,
) -> Float[Array, "time ..."]:
    r"""The level that was crossed last: $|\hat x_t - x_t| \le \max(\delta, h)$.

    Args:
        trains: signed numbers of spikes, `[time, ...]`.
        delta: $\delta$ between levels.
        hysteresis: $h$.
        start: $x_0$, broadcast with the signals.

    Raises:
        ValueError: no steps, a delta that is not above 0, or a hysteresis below 0.

    Example:
        >>> import jax.numpy as jnp
        >>> decode_level_crossing(jnp.array([0.0, 2.0, -1.0]), delta=1.0, hysteresis=0.25).tolist()
        [0.0, 2.0, 1.75]
    """
    trains = jnp.asarray(trains)
    has_time("decode_level_crossing", trains)
    above_zero("decode_level_crossing", delta=delta)
    not_below_zero("decode_level_crossing", hysteresis=hysteresis)
    return start + _followed(jnp.round(trains).astype(jnp.int32), delta, hysteresis)


@jax.jit
def _followed(trains: Array, delta: float, hysteresis: float) -> Array:
    def step(at: _Levels, sent: Array) -> tuple[_Levels, Array]:
        at = _moved(at, sent)
        return at, delta * at.steps + hysteresis * at.reversals

    return jax.lax.scan(step, _rest(trains.shape[1:]), trains)[1]


def _rest(shape: tuple[int, ...]) -> _Levels:
    return _Levels(*(jnp.zeros(shape, jnp.int32) for _ in range(3)))


def _sent(away: Array, sign: Array, delta: float, hysteresis: float) -> Array:
    """Spikes for a signal that is `away` from the level it crossed last."""
    on = jnp.floor(jnp.abs(away) / delta).astype(jnp.int32)
    turns = (sign != 0) & (jnp.sign(away) == -sign)
    back = jnp.abs(away) - hysteresis
    after = jnp.where(back >= 0, 1 + jnp.floor(back / delta).astype(jnp.int32), 0)
    return jnp.sign(away).astype(jnp.int32) * jnp.where(turns, after, on)


def _moved(at: _Levels, sent: Array) -> _Levels:
    turned = jnp.where((sent != 0) & (at.sign * sent < 0), jnp.sign(sent), 0)
    sign = jnp.where(sent != 0, jnp.sign(sent), at.sign)
    return _Levels(at.steps + sent - turned, at.reversals + turned, sign)


class Crossings(NamedTuple):
    """Events of signals in the order of time, of equal times in the order of channels.

    Attributes:
        time_ms: when, between steps, `[events]`.
        channel: which signal, `[events]`.
        sign: +1 or -1, `[events]`.

    Example:
        >>> crossing_events(np.array([0.0, 1.0]), delta=0.5, time_step_ms=1.0).sign.tolist()
        [1, 1]
    """

    time_ms: np.ndarray
    channel: np.ndarray
    sign: np.ndarray


def crossing_events(
    signal: np.ndarray,
    *,
    delta: float,
    hysteresis: float | None = None,
    time_step_ms: float,
) -> Crossings:
    r"""The spikes of `level_crossing` as events, at the times when a straight line between steps
    crosses the level.

    $$t = t_k + \Delta \frac{\text{level} - x_k}{x_{k+1} - x_k}$$

    Args:
        signal: $x$, `[time]` or `[time, channels]`, a NumPy array or one of JAX.
        delta: $\delta$ between levels.
        hysteresis: $h$; delta if None, which is `send_on_delta`.
        time_step_ms: $\Delta$, in ms; step $k$ stands for the time $k \Delta$.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: another shape, a delta or time step that is not above 0, a hysteresis below 0.

    Example:
        >>> events = crossing_events(np.array([0.0, 1.0, 0.0]), delta=0.5, time_step_ms=10.0)
        >>> events.time_ms.tolist(), events.sign.tolist()
        ([5.0, 10.0, 15.0, 20.0], [1, 1, -1, -1])
    """
    above_zero("crossing_events", time_step_ms=time_step_ms)
    back = delta if hysteresis is None else hysteresis
    signal = np.asarray(signal)
    if signal.ndim not in (1, 2):
        raise ValueError(
            f"crossing_events: the signal has shape {signal.shape}, expected [time] or [time, "
            "channels]."
        )
    trains = level_crossing(jnp.asarray(signal), delta=delta, hysteresis=back)
    level = decode_level_crossing(trains, delta=delta, hysteresis=back)
    sent = np.asarray(trains, np.int64).reshape(len(signal), -1)
    after = np.asarray(level, np.float64).reshape(sent.shape)
    values = signal.astype(np.float64).reshape(sent.shape)
    step, channel = np.nonzero(sent)
    counts = np.abs(sent[step, channel])
    step, channel = np.repeat(step, counts), np.repeat(channel, counts)
    sign = np.sign(sent[step, channel])
    # How many events of the same step are still to come: levels are counted back from the last.
    ends = np.repeat(np.cumsum(counts), counts)
    left = ends - 1 - np.arange(len(step))
    crossed = values[0, channel] + after[step, channel] - sign * left * delta
    before, now = values[step - 1, channel], values[step, channel]
    # Levels are kept in single precision: one may be crossed by rounding, in a step without slope.
    slope = now - before
    part = np.divide(crossed - before, slope, out=np.ones_like(slope), where=slope != 0)
    part = np.clip(part, 0, 1)
    time = time_step_ms * (step - 1 + part)
    order = np.lexsort((channel, time))
    return Crossings(time[order], channel[order], sign[order].astype(np.int8))
