"""How pulsed devices differ from each other, and each from one pulse to the next."""

import math
from typing import Protocol

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive, positive_or_infinite


class Spread(Protocol):
    """Factors, one per device.

    Example:
        >>> spread: Spread = NormalSpread(0.3)
    """

    def __call__(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> Float[Array, "..."]: ...


class NormalSpread(eqx.Module):
    r"""Factors $1 + s\,\xi$ of mean 1.

    Args:
        relative: $s$.

    Example:
        >>> import jax
        >>> NormalSpread(0.0)((2,), key=jax.random.key(0)).tolist()
        [1.0, 1.0]
    """

    relative: float

    def __call__(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> Float[Array, "..."]:
        """The factors."""
        return 1 + self.relative * jr.normal(key, shape)


class LogNormalSpread(eqx.Module):
    r"""Factors $e^{s\,\xi}$ of median 1 and mean $e^{s^2/2}$.

    Args:
        logarithmic: $s$.

    Example:
        >>> import jax
        >>> LogNormalSpread(0.0)((2,), key=jax.random.key(0)).tolist()
        [1.0, 1.0]
    """

    logarithmic: float

    def __call__(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> Float[Array, "..."]:
        """The factors."""
        return jnp.exp(self.logarithmic * jr.normal(key, shape))


class Spreads(eqx.Module):
    r"""Between devices: relative standard deviations, drawn once for the life of a device.

    Args:
        step: of the step, the same for both directions; alike if not given.
        balance: of the half difference of the steps up and down, in units of the mean step.
        high, low: of the two bounds.
        lifetime: of the lifetime.

    Example:
        >>> Spreads(balance=0.01).high
        0.0
    """

    step: Spread = NormalSpread(0.0)
    balance: float = 0.0
    high: float = 0.0
    low: float = 0.0
    lifetime: float = 0.0


class CycleNoise(eqx.Module):
    r"""From pulse to pulse: the standard deviation of one step.

    $$\sigma = s_1 |\Delta w| + s_2 \Delta w_0 + s_3 + s_4 |w|$$

    with the step $\Delta w$ that the law gives at this weight, and the device's own step
    $\Delta w_0$ in this direction.

    Args:
        relative: $s_1$.
        of_step: $s_2$.
        absolute: $s_3$, in units of weight.
        of_weight: $s_4$.

    Example:
        >>> import jax.numpy as jnp
        >>> CycleNoise(0.5, absolute=1.0)(jnp.array([2.0]), 4.0, 0.0).tolist()
        [2.0]
    """

    relative: float = 0.0
    of_step: float = eqx.field(kw_only=True, default=0.0)
    absolute: float = eqx.field(kw_only=True, default=0.0)
    of_weight: float = eqx.field(kw_only=True, default=0.0)

    def __call__(
        self, change: Float[Array, "..."], step: Array | float, weight: Array | float
    ) -> Float[Array, "..."]:
        """The standard deviation, in units of weight."""
        own = self.relative * jnp.abs(change) + self.of_step * step
        return own + self.absolute + self.of_weight * jnp.abs(weight)


class Corruption(eqx.Module):
    """A share of the devices never moves from where it is found.

    Args:
        share: of all devices, 0 to 1.
        within: they are found evenly between minus and plus this weight, and within their bounds.

    Raises:
        ValueError: a share outside 0 to 1, or a negative range.

    Example:
        >>> Corruption(0.098, within=0.01).share
        0.098
    """

    share: float
    within: float

    def __init__(self, share: float, *, within: float) -> None:
        if not 0 <= share <= 1 or not within >= 0:
            raise ValueError(
                f"Corruption: share is {share} and within {within}, expected a share of 0 to 1 and "
                "a range that is not negative."
            )
        self.share, self.within = float(share), float(within)


class Reset(eqx.Module):
    r"""Where a device is after it was reset: $w = r + s_d\,\xi_d + s_c\,\xi_c$.

    Args:
        level: $r$, in units of weight.
        device_spread: $s_d$; $\xi_d$ is drawn once per device.
        cycle_spread: $s_c$; $\xi_c$ is drawn at every reset.

    Example:
        >>> Reset(0.01).cycle_spread
        0.0
    """

    level: float = 0.0
    device_spread: float = 0.0
    cycle_spread: float = 0.0


class Endurance(eqx.Module):
    r"""How many pulses devices bear before they stay where they are: a Weibull distribution.

    $$P(\text{worn out after } n \text{ pulses}) = 1 - e^{-(n / n_0)^k}$$

    Args:
        pulses: $n_0$, after which 63 % are worn out; endless if not given. There is no sourced
            value for it here.
        shape: $k$.

    Raises:
        ValueError: a number that is not positive.

    Example:
        >>> import jax
        >>> borne = Endurance(1000.0)((100_000,), key=jax.random.key(0))
        >>> round(float((borne < 1000.0).mean()), 2)
        0.63
    """

    pulses: float
    shape: float

    def __init__(self, pulses: float = math.inf, *, shape: float = 1.0) -> None:
        positive_or_infinite("Endurance", pulses=pulses)
        positive("Endurance", shape=shape)
        self.pulses, self.shape = float(pulses), float(shape)

    def __call__(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> Float[Array, "..."]:
        """Whole pulses, one number per device."""
        if math.isinf(self.pulses):
            return jnp.full(shape, math.inf)
        drawn = jr.exponential(key, shape) ** (1 / self.shape)
        return jnp.floor(self.pulses * drawn)
