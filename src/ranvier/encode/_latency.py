"""Latency coding: a number becomes the time of a unit's only spike."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, at_least, has_time, numbers_of


def latency(values: Float[Array, "..."], *, window_ms: float) -> Float[Array, "..."]:
    r"""Time to first spike, linear: the larger the value, the earlier its only spike.

    $$t = T (1 - x)$$

    The value 0 never spikes, which is the same as a spike at the end: `decode_latency` takes both
    as 0. As a train of $M$ steps by `spikes_at`, a unit carries $\log_2 M$ bits, $\log_2(M + 1)$
    with silence.

    Args:
        values: $x$, within 0..1; what lies outside is taken as the nearer end.
        window_ms: $T$, in ms.

    Returns:
        Times in ms, infinite where there is no spike, of the values' shape.

    Raises:
        TypeError: values that are whole numbers.
        ValueError: a window that is not above 0.

    Source: Thorpe, "Spike arrival times: a highly efficient coding scheme for neural networks"
    (1990); the linear form as in Stanojevic et al., Nat. Commun. 15:6793 (2024).

    Example:
        >>> import jax.numpy as jnp
        >>> latency(jnp.array([1.0, 0.25, 0.0]), window_ms=20.0).tolist()
        [0.0, 15.0, inf]
    """
    values = numbers_of("latency", values, hint="Divide pixels by 255.")
    above_zero("latency", window_ms=window_ms)
    clipped = jnp.clip(values, 0, 1)
    return jnp.where(clipped > 0, window_ms * (1 - clipped), jnp.inf)


def decode_latency(times_ms: Float[Array, "..."], *, window_ms: float) -> Float[Array, "..."]:
    r"""The values whose linear latencies these are; 0 where there is no spike.

    $$\hat x = \max(0, 1 - t / T)$$

    An error $\delta$ of the time is an error $\delta / T$ of the value: of a train with steps of
    $\Delta$ at most $\Delta / 2 T$.

    Args:
        times_ms: $t$, infinite where there is no spike.
        window_ms: $T$, in ms.

    Raises:
        ValueError: a window that is not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> decode_latency(jnp.array([0.0, 15.0, jnp.inf]), window_ms=20.0).tolist()
        [1.0, 0.25, 0.0]
    """
    above_zero("decode_latency", window_ms=window_ms)
    return jnp.maximum(0.0, 1 - jnp.asarray(times_ms) / window_ms)


def charging_latency(
    currents: Float[Array, "..."], *, threshold: float = 1.0, tau_ms: float
) -> Float[Array, "..."]:
    r"""When a leaky integrator that charges from rest reaches its threshold.

    $$t = \tau \ln \frac{I}{I - \theta}$$

    Logarithmic: strong inputs are told apart coarsely, weak ones finely. Currents of at most
    $\theta$ never spike. As a train of $M$ steps, a unit carries $\log_2(M + 1)$ bits.

    Args:
        currents: $I$, in units of the threshold's.
        threshold: $\theta$.
        tau_ms: $\tau$, in ms.

    Returns:
        Times in ms, infinite where there is no spike.

    Raises:
        TypeError: currents that are whole numbers.
        ValueError: a threshold or time constant that is not above 0.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 1.3.

    Example:
        >>> import jax.numpy as jnp
        >>> [round(float(t), 3) for t in charging_latency(jnp.array([2.0, 1.0]), tau_ms=10.0)]
        [6.931, inf]
    """
    currents = numbers_of("charging_latency", currents)
    above_zero("charging_latency", threshold=threshold, tau_ms=tau_ms)
    fires = currents > threshold
    safe = jnp.where(fires, currents, 2 * threshold)
    return jnp.where(fires, -tau_ms * jnp.log1p(-threshold / safe), jnp.inf)


def decode_charging_latency(
    times_ms: Float[Array, "..."], *, threshold: float = 1.0, tau_ms: float
) -> Float[Array, "..."]:
    r"""The currents that charge a leaky integrator to its threshold in these times.

    $$\hat I = \frac{\theta}{1 - e^{-t / \tau}}$$

    An error $\delta$ of the time is an error of about $\hat I (\hat I - \theta) \delta / \theta
    \tau$.

    Args:
        times_ms: $t$, above 0, infinite where there is no spike.
        threshold: $\theta$; decoded where there is no spike, as the largest current that has none.
        tau_ms: $\tau$, in ms.

    Raises:
        ValueError: a threshold or time constant that is not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> times_ms = charging_latency(jnp.array([2.0, 0.5]), tau_ms=10.0)
        >>> [round(float(x), 4) for x in decode_charging_latency(times_ms, tau_ms=10.0)]
        [2.0, 1.0]
    """
    above_zero("decode_charging_latency", threshold=threshold, tau_ms=tau_ms)
    return -threshold / jnp.expm1(-jnp.asarray(times_ms) / tau_ms)


def spikes_at(
    times_ms: Float[Array, "..."], steps: int, *, time_step_ms: float
) -> Float[Array, "time ..."]:
    r"""Spike trains with one spike each, in the step nearest to its time.

    $$x_k = 1 \iff k = \lfloor t / \Delta + 1/2 \rfloor$$

    Step $k$ stands for the time $k \Delta$, so that no time within the window moves by more than
    $\Delta / 2$. Later times, and infinite ones, have no spike.

    Args:
        times_ms: $t$, at least 0.
        steps: $N$.
        time_step_ms: $\Delta$, in ms.

    Returns:
        0 and 1, `[N, *times.shape]`.

    Raises:
        TypeError: times that are whole numbers.
        ValueError: no steps, or a time step that is not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> spikes_at(jnp.array([0.0, 2.4, jnp.inf]), 4, time_step_ms=1.0).sum(0).tolist()
        [1.0, 1.0, 0.0]
    """
    times = numbers_of("spikes_at", times_ms)
    at_least("spikes_at", "steps", steps, 1)
    above_zero("spikes_at", time_step_ms=time_step_ms)
    nearest = jnp.floor(times / time_step_ms + 0.5)
    at = jnp.arange(steps).reshape(-1, *(1,) * times.ndim)
    return (nearest == at).astype(times.dtype)


def first_spike(trains: Float[Array, "time ..."], *, time_step_ms: float) -> Float[Array, "..."]:
    r"""When each unit spikes first, infinite where it never does.

    Args:
        trains: spikes are what is above 0, `[N, ...]`.
        time_step_ms: of a step, in ms; step $k$ stands for the time $k \Delta$.

    Returns:
        Times in ms.

    Raises:
        ValueError: no steps, or a time step that is not above 0.

    Example:
        >>> import jax.numpy as jnp
        >>> first_spike(jnp.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]), time_step_ms=5.0).tolist()
        [5.0, inf]
    """
    trains = jnp.asarray(trains)
    has_time("first_spike", trains)
    above_zero("first_spike", time_step_ms=time_step_ms)
    fired = trains > 0
    return jnp.where(fired.any(0), time_step_ms * jnp.argmax(fired, 0), math.inf)
