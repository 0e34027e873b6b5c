"""What becomes of a programmed conductance while nobody touches it."""

import itertools
import math
from typing import Any, Protocol

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.hardware.devices._curves import Curve


class Retention(Protocol):
    """Traits that every device draws once, and where these lead it.

    Example:
        >>> way: Retention = Permanent()
    """

    def draw(
        self,
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        maximum_uS: float,
        *,
        key: PRNGKeyArray,
    ) -> Float[Array, "..."]:
        """One number per device, kept for its life."""
        ...

    def after(
        self,
        programmed_uS: Float[Array, "..."],
        traits: Float[Array, "..."],
        elapsed: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The conductance in uS when `elapsed` times the reference time has passed."""
        ...


class Permanent(eqx.Module):
    """A conductance that stays.

    Example:
        >>> import jax.numpy as jnp
        >>> Permanent().after(jnp.ones(1), jnp.zeros(1), 1e9, 25.0)
        Array([1.], dtype=float32)
    """

    def draw(
        self,
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        maximum_uS: float,
        *,
        key: PRNGKeyArray,
    ) -> Float[Array, "..."]:
        """Nothing to tell devices apart."""
        return jnp.zeros_like(target_uS)

    def after(
        self,
        programmed_uS: Float[Array, "..."],
        traits: Float[Array, "..."],
        elapsed: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """What was programmed."""
        return programmed_uS


class PowerLawDrift(eqx.Module):
    r"""Structural relaxation of the amorphous phase: a straight line in log-log.

    $$g(t) = g_{prog} \left(\frac{t}{t_0}\right)^{-\nu}, \qquad
    \nu = |\mu(r) + s(r)\, \xi|, \quad \xi \sim N(0, 1) \text{ once per device}$$

    with $r$ of the *target*.

    Args:
        mean: $\mu$ over $r$.
        spread: $s$ over $r$.

    Source: Nandakumar et al., ICECS 2019, as fitted there.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware.devices import Polynomial
        >>> drift = PowerLawDrift(Polynomial((0.05,)), Polynomial((0.0,)))
        >>> nu = drift.draw(jnp.ones(1), jnp.ones(1), 25.0, key=jax.random.key(0))
        >>> drift.after(jnp.full(1, 10.0), nu, 1e4, 25.0).round(2)
        Array([6.31], dtype=float32)
    """

    mean: Curve
    spread: Curve

    def draw(
        self,
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        maximum_uS: float,
        *,
        key: PRNGKeyArray,
    ) -> Float[Array, "..."]:
        """The drift exponents."""
        r = target_uS / maximum_uS
        return jnp.abs(self.mean(r) + self.spread(r) * jr.normal(key, r.shape, r.dtype))

    def after(
        self,
        programmed_uS: Float[Array, "..."],
        traits: Float[Array, "..."],
        elapsed: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The drifted conductance in uS."""
        return programmed_uS * jnp.asarray(elapsed, programmed_uS.dtype) ** -traits


class Relaxation(eqx.Module):
    r"""Conductances that spread: their error at later times has another width than at first.

    $$g(t) = \max\Big(0,\; g_{prog} + m \ln\frac{t}{t_0} +
    \xi \sqrt{\max(0, \sigma^2(r, t) - \sigma^2(r, t_0))}\Big), \quad
    \xi \sim N(0, 1) \text{ once per device}$$

    $\sigma$ is given at some times; between them it is interpolated over $\ln t$, after the last
    the last width stays. $r$ is that of the programmed conductance. That each
    device relaxes in one direction is a choice: only the widths are measured.

    Args:
        elapsed: times at which $\sigma$ is given, in units of $t_0$, the first being 1.
        spreads_uS: $\sigma$ over $r$ in uS, one curve per time.
        shift_uS: $m$, shift of the mean per unit of $\ln t$.

    Raises:
        ValueError: times that do not rise from 1, or another number of curves.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.hardware.devices import Polynomial
        >>> wider = Relaxation((1.0, 100.0), (Polynomial((3.0,)), Polynomial((5.0,))))
        >>> wider.after(jnp.full(1, 10.0), jnp.ones(1), 100.0, 25.0).round(2)
        Array([14.], dtype=float32)
    """

    elapsed: tuple[float, ...]
    spreads_uS: tuple[Curve, ...]
    shift_uS: float

    def __init__(
        self,
        elapsed: tuple[float, ...],
        spreads_uS: tuple[Curve, ...],
        *,
        shift_uS: float = 0.0,
    ) -> None:
        rising = all(a < b for a, b in itertools.pairwise(elapsed))
        if len(elapsed) != len(spreads_uS) or len(elapsed) < 2 or elapsed[0] != 1 or not rising:
            raise ValueError(
                f"Relaxation: got times {elapsed} and {len(spreads_uS)} curves; expected at least "
                "two times that rise from 1, and one curve for each."
            )
        self.elapsed = tuple(float(time) for time in elapsed)
        self.spreads_uS = tuple(spreads_uS)
        self.shift_uS = float(shift_uS)

    def draw(
        self,
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        maximum_uS: float,
        *,
        key: PRNGKeyArray,
    ) -> Float[Array, "..."]:
        """Which way, and how far in units of the width, each device relaxes."""
        return jr.normal(key, target_uS.shape, target_uS.dtype)

    def after(
        self,
        programmed_uS: Float[Array, "..."],
        traits: Float[Array, "..."],
        elapsed: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The relaxed conductance in uS."""
        r = programmed_uS / maximum_uS
        now = jnp.log(jnp.asarray(elapsed, programmed_uS.dtype))
        logs = [math.log(time) for time in self.elapsed]
        widths = [curve(r) for curve in self.spreads_uS]
        width = widths[0]
        for index in range(1, len(logs)):
            part = (now - logs[index - 1]) / (logs[index] - logs[index - 1])
            width = width + jnp.clip(part, 0.0, 1.0) * (widths[index] - widths[index - 1])
        more = jnp.sqrt(jnp.maximum(width**2 - widths[0] ** 2, 0.0))
        return jnp.maximum(programmed_uS + self.shift_uS * now + more * traits, 0.0)
