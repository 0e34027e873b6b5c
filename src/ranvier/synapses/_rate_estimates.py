"""How often units have fired so far: what a gate between them goes by."""

import abc
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float


class RateEstimate(eqx.Module):
    """From spikes, one step after another, to an estimate of how often each unit fires.

    Example:
        >>> issubclass(SpikeCount, RateEstimate)
        True
    """

    @abc.abstractmethod
    def init(self, like: Float[Array, "..."]) -> Any:
        """Nothing has been seen; arrays with the leading axes and the precision of `like`."""

    @abc.abstractmethod
    def step(self, memory: Any, spikes: Float[Array, "..."]) -> tuple[Any, Float[Array, "..."]]:
        """The new memory, and the estimate, `[..., *units]`."""


class SpikeCount(RateEstimate):
    r"""All spikes so far: $\hat r_t = \sum_{s \le t} z_s$.

    Example:
        >>> count = SpikeCount()
        >>> memory, _ = count.step(count.init(jnp.zeros(2)), jnp.array([1.0, 0.0]))
        >>> count.step(memory, jnp.array([1.0, 1.0]))[1]
        Array([2., 1.], dtype=float32)
    """

    def init(self, like: Float[Array, "..."]) -> Float[Array, "..."]:
        """No spike."""
        return jnp.zeros_like(like)

    def step(self, memory: Array, spikes: Float[Array, "..."]) -> tuple[Array, Array]:
        """One spike more or not."""
        memory = memory + spikes
        return memory, memory


class ExponentialAverage(RateEstimate):
    r"""Spikes that fade: $\hat r_t = (1 - 1/\tau)\, \hat r_{t-1} + z_t / \tau$.

    Args:
        tau_steps: $\tau$, above 1.

    Raises:
        ValueError: a time constant of one step or less.

    Example:
        >>> average = ExponentialAverage(2.0)
        >>> memory, _ = average.step(average.init(jnp.zeros(1)), jnp.ones(1))
        >>> average.step(memory, jnp.zeros(1))[1]
        Array([0.25], dtype=float32)
    """

    tau_steps: float = eqx.field(static=True)

    def __init__(self, tau_steps: float = 20.0) -> None:
        if not tau_steps > 1:
            raise ValueError(f"ExponentialAverage: tau_steps is {tau_steps}, expected more than 1.")
        self.tau_steps = float(tau_steps)

    def init(self, like: Float[Array, "..."]) -> Float[Array, "..."]:
        """No spike."""
        return jnp.zeros_like(like)

    def step(self, memory: Array, spikes: Float[Array, "..."]) -> tuple[Array, Array]:
        """The average, moved towards what arrives."""
        memory = memory + (spikes - memory) / self.tau_steps
        return memory, memory


class FiniteAverage(RateEstimate):
    r"""The spikes of the last steps: $\hat r_t = \frac{1}{n} \sum_{k < n} z_{t-k}$.

    Args:
        steps: $n$.

    Raises:
        ValueError: fewer than one step.

    Example:
        >>> average = FiniteAverage(2)
        >>> memory, _ = average.step(average.init(jnp.zeros(1)), jnp.ones(1))
        >>> average.step(memory, jnp.zeros(1))[1]
        Array([0.5], dtype=float32)
    """

    steps: int = eqx.field(static=True)

    def __init__(self, steps: int = 20) -> None:
        if steps != int(steps) or steps < 1:
            raise ValueError(f"FiniteAverage: steps is {steps}, expected at least 1, and whole.")
        self.steps = int(steps)

    def init(self, like: Float[Array, "..."]) -> tuple[Float[Array, "..."], ...]:
        """No spike in any step."""
        return (jnp.zeros_like(like),) * self.steps

    def step(self, memory: Any, spikes: Float[Array, "..."]) -> tuple[Any, Array]:
        """The oldest step forgotten, the newest added."""
        memory = (*memory[1:], spikes)
        return memory, jnp.stack(memory).sum(0) / self.steps
