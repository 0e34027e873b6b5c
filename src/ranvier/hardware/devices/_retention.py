"""What becomes of a programmed conductance while nobody touches it."""

import itertools
import math
from typing import Any, Protocol

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jax.scipy.special import ndtr, ndtri
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
        target_uS: Float[Array, "..."],
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
        >>> Permanent().after(jnp.ones(1), jnp.ones(1), jnp.zeros(1), 1e9, 25.0)
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
        target_uS: Float[Array, "..."],
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
        >>> drift.after(jnp.ones(1), jnp.full(1, 10.0), nu, 1e4, 25.0).round(2)
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
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        traits: Float[Array, "..."],
        elapsed: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The drifted conductance in uS."""
        # One logarithm for all devices: a power of each would take ten times as long.
        logarithm = jnp.log(jnp.asarray(elapsed, programmed_uS.dtype))
        return programmed_uS * jnp.exp(-traits * logarithm)


class Relaxation(eqx.Module):
    r"""Conductances that spread: their error at later times has another width than at first.

    $$g(t) = \max\big(0,\; g_T + \sigma(r, t)\, z\big), \qquad
    z = \frac{\sigma(r, t_0)}{\sigma(r, t_1)}\, z_0 +
    \sqrt{1 - \frac{\sigma(r, t_0)^2}{\sigma(r, t_1)^2}}\; \xi, \quad
    \xi \sim N(0, 1) \text{ once per device}$$

    from the second time $t_1$ on, $z_0$ being the error of programming in units of its width and
    $r$ that of the *target*. $\sigma$ is given at some times; between them it is interpolated over
    $\ln t$, after the last the last width stays. Between the first two times a device moves
    straight from the one error to the other, as far as the interpolated width asks. Only the
    widths are measured: that a device adds to its first error and then keeps its place among
    all is a choice.

    Args:
        elapsed: times at which $\sigma$ is given, in units of $t_0$, the first being 1.
        spreads_uS: $\sigma$ over $r$ in uS, one curve per time, the first that of programming.

    Raises:
        ValueError: times that do not rise from 1, or another number of curves.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.hardware.devices import Polynomial
        >>> wider = Relaxation((1.0, 100.0), (Polynomial((3.0,)), Polynomial((5.0,))))
        >>> wider.after(jnp.full(1, 10.0), jnp.full(1, 13.0), jnp.ones(1), 100.0, 25.0).round(2)
        Array([15.], dtype=float32)
    """

    elapsed: tuple[float, ...]
    spreads_uS: tuple[Curve, ...]

    def __init__(self, elapsed: tuple[float, ...], spreads_uS: tuple[Curve, ...]) -> None:
        rising = all(a < b for a, b in itertools.pairwise(elapsed))
        if len(elapsed) != len(spreads_uS) or len(elapsed) < 2 or elapsed[0] != 1 or not rising:
            raise ValueError(
                f"Relaxation: got times {elapsed} and {len(spreads_uS)} curves; expected at least "
                "two times that rise from 1, and one curve for each."
            )
        self.elapsed = tuple(float(time) for time in elapsed)
        self.spreads_uS = tuple(spreads_uS)

    def draw(
        self,
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        maximum_uS: float,
        *,
        key: PRNGKeyArray,
    ) -> Float[Array, "..."]:
        """Where each device will stand among all, in units of the width."""
        below_key, fresh_key = jr.split(key)
        r = target_uS / maximum_uS
        first, second = (jnp.maximum(curve(r), 1e-12) for curve in self.spreads_uS[:2])
        # Of a device that stopped at zero it is not known how far below its error would have led.
        lowest = ndtr(-target_uS / first)
        chance = lowest * jr.uniform(below_key, r.shape, r.dtype, minval=1e-6)
        error = (programmed_uS - target_uS) / first
        error = jnp.where(programmed_uS > 0, error, ndtri(jnp.maximum(chance, 1e-30)))
        kept = jnp.minimum(first / second, 1.0)
        fresh = jr.normal(fresh_key, r.shape, r.dtype)
        return kept * error + jnp.sqrt(1 - kept**2) * fresh

    def after(
        self,
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        traits: Float[Array, "..."],
        elapsed: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The relaxed conductance in uS."""
        r = target_uS / maximum_uS
        now = jnp.log(jnp.asarray(elapsed, programmed_uS.dtype))
        logs = [math.log(time) for time in self.elapsed]
        widths = [curve(r) for curve in self.spreads_uS]
        width = widths[0]
        for index in range(1, len(logs)):
            part = (now - logs[index - 1]) / (logs[index] - logs[index - 1])
            width = width + jnp.clip(part, 0.0, 1.0) * (widths[index] - widths[index - 1])
        more = jnp.maximum(width**2 - widths[0] ** 2, 0.0)
        most = jnp.maximum(widths[1] ** 2 - widths[0] ** 2, 1e-12)
        moved = jnp.where(now >= logs[1], 1.0, jnp.sqrt(jnp.minimum(more / most, 1.0)))
        late = jnp.where(now >= logs[1], width, widths[1]) * traits
        error = (1 - moved) * (programmed_uS - target_uS) + moved * late
        return jnp.maximum(target_uS + error, 0.0)


class LogarithmicRelaxation(eqx.Module):
    r"""Conductances whose mean moves and whose width grows with the logarithm of time.

    $$g(t) = g_{prog} + m \ln\frac{t}{t_0} + \Big(\sigma + s \ln\frac{t}{t_0}\Big)\, \xi,
    \quad \xi \sim N(0, 1) \text{ once per device}$$

    That each device relaxes in one direction is a choice: only mean and width are measured.

    Args:
        shift_uS: $m$, of the mean per unit of $\ln t$.
        width_uS: $\sigma$ at the reference time, beyond the error of programming.
        growth_uS: $s$, of the width per unit of $\ln t$.

    Raises:
        ValueError: a negative width or growth.

    Source: Falcone et al., as fitted in IBM's analog hardware acceleration kit, for CMO/HfOx.

    Example:
        >>> import jax.numpy as jnp
        >>> relaxed = LogarithmicRelaxation(shift_uS=-0.1, width_uS=0.4, growth_uS=0.05)
        >>> relaxed.after(jnp.ones(1), jnp.full(1, 50.0), jnp.zeros(1), 22026.4658, 88.2).round(2)
        Array([49.], dtype=float32)
    """

    shift_uS: float
    width_uS: float
    growth_uS: float

    def __init__(self, *, shift_uS: float, width_uS: float, growth_uS: float) -> None:
        if width_uS < 0 or growth_uS < 0:
            raise ValueError(
                f"LogarithmicRelaxation: width_uS is {width_uS} and growth_uS {growth_uS}, "
                "expected at least 0."
            )
        self.shift_uS = float(shift_uS)
        self.width_uS = float(width_uS)
        self.growth_uS = float(growth_uS)

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
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        traits: Float[Array, "..."],
        elapsed: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The relaxed conductance in uS."""
        now = jnp.log(jnp.asarray(elapsed, programmed_uS.dtype))
        width = self.width_uS + self.growth_uS * now
        return programmed_uS + self.shift_uS * now + width * traits
