"""Rate coding: a number becomes how often a unit spikes."""

import math

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.encode._checks import above_zero, at_least, has_time, numbers_of, within


def rate(
    values: Float[Array, "..."], steps: int, *, spikes: float, key: PRNGKeyArray
) -> Float[Array, "time ..."]:
    r"""Draw a spike train per value: in every step, a spike with a probability that it sets.

    $$P(x_t = 1) = v K / N, \qquad t = 1 \dots N$$

    independent from step to step. The number of spikes in $N$ steps has mean $v K$ and variance
    $v K (1 - v K / N)$; `decode_rate` takes the value back from it. A count of $N$ steps carries at
    most $\log_2(N + 1)$ bits.

    Args:
        values: $v$, within 0..1; what lies outside is taken as the nearer end.
        steps: $N$.
        spikes: $K$, mean number of spikes of the value 1, within 0..N.
        key: draws the spikes.

    Returns:
        0 and 1, `[N, *values.shape]`, in the precision of the values.

    Raises:
        TypeError: values that are whole numbers, such as pixels of 0..255.
        ValueError: no steps, or more spikes than steps.

    Source: the rate-coded images of Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell.
    2 (2020), as in IBM's neuroaikit.

    Example:
        Half of the full value, at most 6 spikes in 20 steps: 3 spikes on average.

        >>> import jax, jax.numpy as jnp
        >>> trains = rate(jnp.full(10_000, 0.5), 20, spikes=6, key=jax.random.key(0))
        >>> trains.shape, round(float(trains.sum(0).mean()), 1)
        ((20, 10000), 3.0)
    """
    values = jnp.asarray(values)
    if not jnp.issubdtype(values.dtype, jnp.floating):
        raise TypeError(
            f"rate: the values are of type {values.dtype}; expected floating-point numbers within "
            "0..1. Divide pixels by 255."
        )
    if steps < 1:
        raise ValueError(f"rate: steps is {steps}, expected at least 1.")
    if not 0 <= spikes <= steps:
        raise ValueError(
            f"rate: spikes is {spikes} in {steps} steps; expected 0 to {steps}, at most one in "
            "every step. Take more steps."
        )
    probability = jnp.clip(values, 0, 1) * (spikes / steps)
    drawn = jr.uniform(key, (steps, *values.shape), jnp.result_type(values.dtype, jnp.float32))
    return (drawn < probability).astype(values.dtype)


def decode_rate(trains: Float[Array, "time ..."], *, spikes: float) -> Float[Array, "..."]:
    r"""The values whose rate codes these are: the count over the count of the value 1.

    $$\hat v = \frac{1}{K} \sum_t x_t$$

    Unbiased for `rate`, with the standard deviation $\sqrt{v (1 - v K / N) / K}$; for
    `regular_rate`, where $K$ is the number of steps, $|\hat v - v| < 1 / N$.

    Args:
        trains: 0 and 1, `[N, ...]`.
        spikes: $K$, mean number of spikes of the value 1, above 0.

    Raises:
        ValueError: no steps, or `spikes` not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> float(decode_rate(jnp.array([1.0, 0.0, 1.0, 1.0]), spikes=4))
        0.75
    """
    trains = jnp.asarray(trains)
    has_time("decode_rate", trains)
    above_zero("decode_rate", spikes=spikes)
    return trains.sum(0) / spikes


def poisson(
    rates_hz: Float[Array, "..."], steps: int, *, time_step_ms: float, key: PRNGKeyArray
) -> Float[Array, "time ..."]:
    r"""Draw Poisson spike trains: a step has a spike if at least one of the process falls in it.

    $$P(x_t = 1) = 1 - e^{-\lambda \Delta}$$

    $\lambda \Delta$ itself would be too large, and above 1 for high rates; this never is. At best a
    rate known from a time $T$ has the relative error $1 / \sqrt{\lambda T}$: 1 % takes 10,000
    spikes. A count of $N$ steps carries at most $\log_2(N + 1)$ bits.

    Args:
        rates_hz: $\lambda$, at least 0, of any shape.
        steps: $N$.
        time_step_ms: $\Delta$, in ms.
        key: draws the spikes.

    Returns:
        0 and 1, `[N, *rates.shape]`.

    Raises:
        TypeError: rates that are whole numbers.
        ValueError: no steps, a time step that is not above 0, a rate below 0 or not finite.

    Source: Dayan, Abbott, Theoretical Neuroscience (2001), section 1.4.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> trains = poisson(jnp.array([0.0, 1e9]), 3, time_step_ms=1.0, key=jax.random.key(0))
        >>> trains.sum(0).tolist()
        [0.0, 3.0]
    """
    rates = numbers_of("poisson", rates_hz)
    at_least("poisson", "steps", steps, 1)
    above_zero("poisson", time_step_ms=time_step_ms)
    within("poisson", "rates_hz", rates, 0, math.inf, "A rate is a number of spikes per second.")
    probability = -jnp.expm1(-rates * (time_step_ms / 1000))
    drawn = jr.uniform(key, (steps, *rates.shape), jnp.result_type(rates.dtype, jnp.float32))
    return (drawn < probability).astype(rates.dtype)


def decode_poisson(trains: Float[Array, "time ..."], *, time_step_ms: float) -> Float[Array, "..."]:
    r"""The rates that make these Poisson trains most likely.

    $$\hat\lambda = -\frac{1}{\Delta} \ln\Big(1 - \frac{1}{N} \sum_t x_t\Big)$$

    It undoes that a step cannot hold two spikes. Infinite where every step has one.

    Args:
        trains: 0 and 1, `[N, ...]`.
        time_step_ms: $\Delta$, in ms.

    Returns:
        Rates in Hz.

    Raises:
        ValueError: no steps, or a time step that is not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> rate_hz = decode_poisson(jnp.array([1.0, 0.0, 0.0, 0.0]), time_step_ms=1.0)
        >>> round(float(rate_hz), 2)
        287.68
    """
    trains = jnp.asarray(trains)
    has_time("decode_poisson", trains)
    above_zero("decode_poisson", time_step_ms=time_step_ms)
    return -jnp.log1p(-trains.mean(0)) / (time_step_ms / 1000)


def regular_rate(
    values: Float[Array, "..."], steps: int, *, start: float | Float[Array, "..."] = 0.0
) -> Float[Array, "time ..."]:
    r"""Evenly spaced spikes without chance: an integrator that spikes at 1 and keeps the rest.

    $$v_t = v_{t-1} + x - y_{t-1}, \qquad y_t = 1\ \text{if}\ v_t \ge 1,\ \text{else}\ 0$$

    computed as $y_t = \lfloor v_0 + t x \rfloor - \lfloor v_0 + (t - 1) x \rfloor$. Read by
    `decode_rate` with `spikes=steps`: $|\hat x - x| < 1 / N$, where `rate` has a standard deviation
    of $\sqrt{x (1 - x) / N}$. A count of $N$ steps carries $\log_2(N + 1)$ bits.

    Args:
        values: $x$, within 0..1; what lies outside is taken as the nearer end.
        steps: $N$.
        start: $v_0$, within 0..1, broadcast with the values; drawn evenly, it makes the mean of the
            count exact.

    Returns:
        0 and 1, `[N, *values.shape]`.

    Raises:
        TypeError: values that are whole numbers.
        ValueError: no steps, or a start outside 0..1.

    Example:
        >>> import jax.numpy as jnp
        >>> regular_rate(jnp.array(0.5), 6).tolist()
        [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    """
    values = numbers_of("regular_rate", values, hint="Divide pixels by 255.")
    at_least("regular_rate", "steps", steps, 1)
    within("regular_rate", "start", jnp.asarray(start), 0, 1, "It is the membrane before.")
    at = jnp.arange(steps + 1, dtype=jnp.result_type(values.dtype, jnp.float32))
    grown = jnp.floor(
        jnp.asarray(start) + at.reshape(-1, *(1,) * values.ndim) * jnp.clip(values, 0, 1)
    )
    return jnp.diff(grown, axis=0).astype(values.dtype)
