"""Noise of a reading."""

import math
from typing import Any, Protocol

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import positive
from ranvier.hardware.devices._curves import Curve


class Reading(Protocol):
    """Standard deviation of one reading, in uS.

    Example:
        >>> way: Reading = Noiseless()
    """

    def __call__(
        self,
        conductance_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        seconds: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]: ...


class Noiseless(eqx.Module):
    """Readings without noise.

    Example:
        >>> import jax.numpy as jnp
        >>> Noiseless()(jnp.ones(1), jnp.ones(1), 20.0, 25.0)
        Array([0.], dtype=float32)
    """

    def __call__(
        self,
        conductance_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        seconds: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """Nothing."""
        return jnp.zeros_like(conductance_uS)


class RelativeNoise(eqx.Module):
    r"""White noise in proportion to the conductance: $\sigma_r = q\, g$.

    Args:
        fraction: $q$.

    Example:
        >>> import jax.numpy as jnp
        >>> RelativeNoise(0.01)(jnp.full(1, 20.0), jnp.ones(1), 1.0, 40.0).round(3)
        Array([0.2], dtype=float32)
    """

    fraction: float

    def __call__(
        self,
        conductance_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        seconds: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The standard deviation in uS."""
        return self.fraction * conductance_uS


class FlickerNoise(eqx.Module):
    r"""1/f noise, gathered since programming.

    $$\sigma_r = g(t)\, Q(r_{prog}) \sqrt{\ln\frac{t + t_{read}}{2\, t_{read}}}$$

    $t$ counts from the beginning of programming, in seconds; $r_{prog}$ is that of the programmed
    conductance.

    Args:
        strength: $Q$ over $r$.
        read_seconds: $t_{read}$, how long a reading takes.

    Raises:
        ValueError: a reading that takes no time.

    Source: Nandakumar et al., ICECS 2019.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.hardware.devices import Polynomial
        >>> noise = FlickerNoise(Polynomial((0.01,)), read_seconds=250e-9)
        >>> noise(jnp.full(1, 25.0), jnp.full(1, 25.0), 20.0, 25.0).round(2)
        Array([1.05], dtype=float32)
    """

    strength: Curve
    read_seconds: float

    def __init__(self, strength: Curve, *, read_seconds: float) -> None:
        positive("FlickerNoise", read_seconds=read_seconds)
        self.strength = strength
        self.read_seconds = float(read_seconds)

    def __call__(
        self,
        conductance_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        seconds: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The standard deviation in uS."""
        gathered = _gathered(jnp.asarray(seconds, conductance_uS.dtype), self.read_seconds)
        return conductance_uS * self.strength(programmed_uS / maximum_uS) * gathered


class LogarithmicNoise(eqx.Module):
    r"""1/f noise that grows with the logarithm of the conductance.

    $$\sigma_r = K \log_{10}\frac{g(t)}{1\,\text{uS}}
    \sqrt{\ln\frac{t + t_{read}}{2\, t_{read}}}$$

    and none below 1 uS.

    Args:
        strength_uS: $K$.
        read_seconds: $t_{read}$, how long a reading takes.

    Raises:
        ValueError: a reading that takes no time.

    Source: Lombardo et al., DRC 2024, as fitted in IBM's analog hardware acceleration kit.

    Example:
        >>> import jax.numpy as jnp
        >>> noise = LogarithmicNoise(0.03, read_seconds=1e-6)
        >>> noise(jnp.full(1, 10.0), jnp.full(1, 10.0), 1.0, 88.2).round(2)
        Array([0.11], dtype=float32)
    """

    strength_uS: float
    read_seconds: float

    def __init__(self, strength_uS: float, *, read_seconds: float) -> None:
        positive("LogarithmicNoise", read_seconds=read_seconds)
        self.strength_uS = float(strength_uS)
        self.read_seconds = float(read_seconds)

    def __call__(
        self,
        conductance_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        seconds: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The standard deviation in uS."""
        gathered = _gathered(jnp.asarray(seconds, conductance_uS.dtype), self.read_seconds)
        return self.strength_uS * jnp.log10(jnp.maximum(conductance_uS, 1.0)) * gathered


def _gathered(seconds: Array, read_seconds: float) -> Array:
    # ln(t + t_read) of 32 bits would lose t_read; the quotient keeps it.
    return jnp.sqrt(jnp.maximum(jnp.log1p(seconds / read_seconds) - math.log(2), 0.0))
