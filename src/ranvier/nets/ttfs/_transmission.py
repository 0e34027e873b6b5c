"""What happens to the time of a spike between the neuron that fires and those it reaches."""

from typing import Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray


class Transmission(Protocol):
    """From times within a window to times within it.

    Example:
        >>> sent: Transmission = TimeSteps(bits=4)
    """

    def __call__(
        self, times: Float[Array, "..."], window: Array, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]: ...


class Exact(eqx.Module):
    """Every spike arrives when it was sent.

    Example:
        >>> Exact()(jnp.array([0.25]), jnp.array(1.0))
        Array([0.25], dtype=float32)
    """

    def __call__(
        self, times: Float[Array, "..."], window: Array, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The times as they are."""
        return times


class Jitter(eqx.Module):
    r"""Every spike arrives a little early or late: $t' = t + N(0, \sigma)$, within the window.

    Neurons that do not spike, at the end of the window, are not touched; without a key nothing is.

    Args:
        deviation: $\sigma$, in units of the time constant, as the windows are.

    Raises:
        ValueError: a negative deviation.

    Source: Stanojevic et al., Nat. Commun. 15:6793 (2024), methods, "Fine-tuning for hardware".

    Example:
        >>> jitter = Jitter(0.1)
        >>> jitter(jnp.array([0.5, 1.0]), jnp.array(1.0), key=jr.key(0))[1]
        Array(1., dtype=float32)
    """

    deviation: float

    def __post_init__(self) -> None:
        if self.deviation < 0:
            raise ValueError(f"Jitter: deviation is {self.deviation}, expected at least 0.")

    def __call__(
        self, times: Float[Array, "..."], window: Array, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The times with noise."""
        if key is None:
            return times
        moved = times + self.deviation * jr.normal(key, times.shape, times.dtype)
        return jnp.where(times < window, jnp.clip(moved, 0, window), times)


class TimeSteps(eqx.Module):
    r"""Spikes at the nearest of $2^b$ moments of their window: a clock with $b$ bits.

    $$t' = \Delta \,\mathrm{round}(t / \Delta), \qquad \Delta = \frac{B}{2^b - 1}$$

    so that a value is wrong by $\Delta / 2$ at most; the derivative is that of $t' = t$.

    Args:
        bits: $b$.

    Raises:
        ValueError: fewer than one bit.

    Source: Stanojevic et al., Nat. Commun. 15:6793 (2024), methods, "Fine-tuning for hardware".

    Example:
        >>> TimeSteps(bits=1)(jnp.array([0.2, 0.7]), jnp.array(1.0)).tolist()
        [0.0, 1.0]
    """

    bits: int | Array

    def __post_init__(self) -> None:
        if self.bits < 1:
            raise ValueError(f"TimeSteps: bits is {self.bits}, expected at least 1.")

    def __call__(
        self, times: Float[Array, "..."], window: Array, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The times of the clock."""
        step = window / (2**self.bits - 1)
        return times + jax.lax.stop_gradient(step * jnp.round(times / step) - times)
