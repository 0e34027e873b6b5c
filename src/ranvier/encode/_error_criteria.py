"""Sampling when an error has grown: its integral, or its energy, since the last sample."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, has_time, numbers_of

Grown = Callable[[Array, Array], Array]


class _Sampling(NamedTuple):
    """The sum of what was sent, the signal one step ago, and the error since the last spike."""

    known: Array
    before: Array
    error: Array


def send_on_area(
    signal: Float[Array, "time ..."], *, area: float, time_step_ms: float
) -> Float[Array, "time ..."]:
    r"""Send how far a signal has moved when the integral of its distance from the last value sent
    is large enough: the integral criterion.

    $$\int_{t_i}^{t} \lvert x(s) - x(t_i) \rvert\, ds \ge \theta: \qquad y_t = x_t - r,\quad
    r \leftarrow x_t,\quad t_{i+1} = t$$

    where $x$ is a straight line from step to step, and $r$ begins at $x_0$. A small error
    that lasts is sent in the end, which `send_on_delta` never does; a short spike of noise is
    not. A spike here carries a number, not a sign. They come at a rate of
    $E \sqrt{\lvert \dot x \rvert} / \sqrt{2 \theta}$ for small $\theta$; on a ramp of slope $a$,
    every $\sqrt{2 \theta / a}$.

    Args:
        signal: $x$, `[time, ...]`, every element a signal of its own.
        area: $\theta$, in units of the signal times ms.
        time_step_ms: from step to step.

    Returns:
        Graded spikes, `[time, ...]`; 0 where none is sent, and at the first step.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps, or an argument that is not above 0.

    Source: Miskowicz, "Asymptotic effectiveness of the event-based sampling according to the
    integral criterion", Sensors 7 (2007).

    Example:
        >>> import jax.numpy as jnp
        >>> ramp = jnp.arange(7.0)
        >>> send_on_area(ramp, area=2.0, time_step_ms=1.0).tolist()
        [0.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0]
    """
    return _sampled("send_on_area", signal, _area, "area", area, time_step_ms)


def send_on_energy(
    signal: Float[Array, "time ..."], *, energy: float, time_step_ms: float
) -> Float[Array, "time ..."]:
    r"""Send how far a signal has moved when the energy of its distance from the last value sent is
    large enough: the energy criterion.

    $$\int_{t_i}^{t} \big(x(s) - x(t_i)\big)^2 ds \ge \theta: \qquad y_t = x_t - r,\quad
    r \leftarrow x_t,\quad t_{i+1} = t$$

    where $x$ is a straight line from step to step, and $r$ begins at $x_0$. Between
    `send_on_delta` and `send_on_area`: large errors count for more than lasting ones. A spike
    carries a number. They come at a rate of $E \lvert \dot x \rvert^{2/3} / (3 \theta)^{1/3}$ for
    small $\theta$; on a ramp of slope $a$, every $(3 \theta / a^2)^{1/3}$.

    Args:
        signal: $x$, `[time, ...]`, every element a signal of its own.
        energy: $\theta$, in squared units of the signal times ms.
        time_step_ms: from step to step.

    Returns:
        Graded spikes, `[time, ...]`; 0 where none is sent, and at the first step.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps, or an argument that is not above 0.

    Source: Miskowicz, "Efficiency of event-based sampling according to error energy criterion",
    Sensors 10 (2010).

    Example:
        >>> import jax.numpy as jnp
        >>> ramp = jnp.arange(7.0)
        >>> send_on_energy(ramp, energy=8 / 3, time_step_ms=1.0).tolist()
        [0.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0]
    """
    return _sampled("send_on_energy", signal, _energy, "energy", energy, time_step_ms)


def decode_graded(
    trains: Float[Array, "time ..."], *, start: float | Float[Array, "..."] = 0.0
) -> Float[Array, "time ..."]:
    r"""What is known of a signal from graded spikes: their sum.

    $$\hat x_t = x_0 + \sum_{s \le t} y_s$$

    From one spike to the step before the next, the area or the energy of $\hat x - x$ is below
    that of `send_on_area` or `send_on_energy`.

    Args:
        trains: graded spikes, `[time, ...]`.
        start: $x_0$, broadcast with the signals.

    Raises:
        ValueError: no steps.

    Example:
        >>> import jax.numpy as jnp
        >>> decode_graded(jnp.array([0.0, 0.0, 2.0, 0.0, -0.5]), start=1.0).tolist()
        [1.0, 1.0, 3.0, 3.0, 2.5]
    """
    trains = jnp.asarray(trains)
    has_time("decode_graded", trains)
    kind = jnp.result_type(trains.dtype, jnp.float32)
    first = jnp.broadcast_to(jnp.asarray(start, kind), trains.shape[1:])
    return _summed(trains.astype(kind), first)


@jax.jit
def _summed(trains: Array, start: Array) -> Array:
    # One after the other, as the encoder has done it: errors of rounding are the same, and it has
    # taken them into account.
    def step(known: Array, sent: Array) -> tuple[Array, Array]:
        return known + sent, known + sent

    return jax.lax.scan(step, start, trains)[1]


def _area(before: Array, now: Array) -> Array:
    """Integral of the size of a straight line from one value to the other, over one step."""
    crosses = before * now < 0
    # Where the line crosses zero, two triangles.
    apart = jnp.where(crosses, jnp.abs(now - before), 1)
    return jnp.where(
        crosses, (before**2 + now**2) / (2 * apart), (jnp.abs(before) + jnp.abs(now)) / 2
    )


def _energy(before: Array, now: Array) -> Array:
    """Integral of the square of a straight line from one value to the other, over one step."""
    return (before**2 + before * now + now**2) / 3


def _sampled(
    owner: str, signal: Array, grown: Grown, name: str, most: float, time_step_ms: float
) -> Array:
    signal = numbers_of(owner, signal)
    has_time(owner, signal)
    above_zero(owner, **{name: most, "time_step_ms": time_step_ms})
    return _sent(signal, grown, most / time_step_ms)


@functools.partial(jax.jit, static_argnames="grown")
def _sent(signal: Array, grown: Grown, most: float) -> Array:
    values = signal.astype(jnp.result_type(signal.dtype, jnp.float32))

    def step(state: _Sampling, x: Array) -> tuple[_Sampling, Array]:
        error = state.error + grown(state.before - state.known, x - state.known)
        reached = error >= most
        sent = jnp.where(reached, x - state.known, 0).astype(signal.dtype)
        return _Sampling(state.known + sent, x, jnp.where(reached, 0, error)), sent

    start = _Sampling(values[0], values[0], jnp.zeros_like(values[0]))
    return jax.lax.scan(step, start, values)[1]
