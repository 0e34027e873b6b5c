"""How far one pulse moves a device: the laws by which technologies are told apart."""

import math
from typing import Any, Protocol

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from ranvier.core import positive


class Law(Protocol):
    """The size of a step over the weight, in units of the device's own step.

    Example:
        >>> law: Law = ConstantStep()
    """

    def draw(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> Any:
        """What tells devices apart in this law, drawn once."""
        ...

    def __call__(
        self,
        weight: Float[Array, "..."],
        rising: Bool[Array, "..."],
        low: Float[Array, "..."],
        high: Float[Array, "..."],
        drawn: Any,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        """The relative size of a step, upwards where `rising`, downwards elsewhere.

        `key` draws what only chance decides; `None` is the mean.
        """
        ...


class ConstantStep(eqx.Module):
    r"""Every step is the same: $\Delta w = \pm \Delta w_0$.

    Source: Gokmen, Vlasov, Front. Neurosci. 10 (2016).

    Example:
        >>> import jax.numpy as jnp
        >>> ConstantStep()(jnp.array([0.5]), True, -1.0, 1.0, ()).tolist()
        [1.0]
    """

    def draw(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> tuple[()]:
        """Nothing."""
        return ()

    def __call__(
        self,
        weight: Float[Array, "..."],
        rising: Any,
        low: Any,
        high: Any,
        drawn: Any,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        """One."""
        return jnp.ones_like(weight)


class SoftBounds(eqx.Module):
    r"""Steps that vanish at the bound that they lead to.

    $$\Delta w_\uparrow = \Delta w_0 \left(1 - \frac{w}{w_{max}}\right), \qquad
    \Delta w_\downarrow = -\Delta w_0 \left(1 - \frac{w}{w_{min}}\right)$$

    with the bounds of each device, $w_{min} < 0 < w_{max}$.

    Source: Fusi, Abbott, Nat. Neurosci. 10 (2007), "soft bounds"; as device model, Rasch et al.,
    arXiv:2104.02184 (2021).

    Example:
        >>> import jax.numpy as jnp
        >>> SoftBounds()(jnp.array([0.5]), True, -1.0, 1.0, ()).tolist()
        [0.5]
    """

    def draw(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> tuple[()]:
        """Nothing."""
        return ()

    def __call__(
        self,
        weight: Float[Array, "..."],
        rising: Any,
        low: Any,
        high: Any,
        drawn: Any,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        """How much of the way to the bound is left."""
        bound = jnp.where(rising, high, low)
        # A stuck device has both bounds at one place, which may be zero.
        return jnp.where(bound == 0, 0.0, 1 - weight / jnp.where(bound == 0, 1.0, bound))


class LinearStep(eqx.Module):
    r"""Steps that shrink with the weight, each direction by a slope of its own.

    $$\Delta w_\uparrow = \Delta w_0 (1 - \gamma_\uparrow w), \qquad
    \Delta w_\downarrow = -\Delta w_0 (1 + \gamma_\downarrow w), \qquad
    \gamma = |\bar\gamma + s\,\xi| \text{ once per device}$$

    Args:
        up, down: mean slopes $\bar\gamma_\uparrow$, $\bar\gamma_\downarrow$, per unit of weight.
        up_spread, down_spread: $s$, of the slopes.

    Source: Rasch et al., arXiv:2104.02184 (2021), "LinearStep".

    Example:
        >>> import jax, jax.numpy as jnp
        >>> law = LinearStep(0.5, 0.25)
        >>> drawn = law.draw((1,), key=jax.random.key(0))
        >>> law(jnp.array([1.0]), False, -1.0, 1.0, drawn).tolist()
        [1.25]
    """

    up: float
    down: float
    up_spread: float = 0.0
    down_spread: float = 0.0

    def draw(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> tuple[Array, Array]:
        """The slopes."""
        up, down = jr.normal(key, (2, *shape))
        return jnp.abs(self.up + self.up_spread * up), jnp.abs(self.down + self.down_spread * down)

    def __call__(
        self,
        weight: Float[Array, "..."],
        rising: Any,
        low: Any,
        high: Any,
        drawn: Any,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        """One, less what the slope takes."""
        up, down = drawn
        return jnp.where(rising, 1 - up * weight, 1 + down * weight)


class ExponentialStep(eqx.Module):
    r"""Steps that shrink exponentially, as filaments and crystals grow.

    $$\Delta w_d = d\, \Delta w_0 \max\left(0,\; 1 - A_d\, e^{d \gamma_d z}\right), \qquad
    z = \frac{2 a w}{w_{max} - w_{min}} + b, \qquad d = \pm 1$$

    Args:
        up, down: $A_\uparrow$, $A_\downarrow$.
        up_rate, down_rate: $\gamma_\uparrow$, $\gamma_\downarrow$.
        slope: $a$.
        offset: $b$.

    Source: Rasch et al., arXiv:2104.02184 (2021), "ExpStep".

    Example:
        >>> import jax.numpy as jnp
        >>> law = ExponentialStep(-1.0, -1.0, up_rate=1.0, down_rate=1.0, slope=-1.0)
        >>> law(jnp.array([0.0]), True, -1.0, 1.0, ()).tolist()
        [2.0]
    """

    up: float
    down: float
    up_rate: float = eqx.field(kw_only=True)
    down_rate: float = eqx.field(kw_only=True)
    slope: float = eqx.field(kw_only=True)
    offset: float = eqx.field(kw_only=True, default=0.0)

    def draw(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> tuple[()]:
        """Nothing."""
        return ()

    def __call__(
        self,
        weight: Float[Array, "..."],
        rising: Any,
        low: Any,
        high: Any,
        drawn: Any,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        """The exponential, no less than zero."""
        span = jnp.where(high > low, high - low, 1.0)
        z = 2 * self.slope * weight / span + self.offset
        up = 1 - self.up * jnp.exp(self.up_rate * z)
        down = 1 - self.down * jnp.exp(-self.down_rate * z)
        return jnp.maximum(jnp.where(rising, up, down), 0.0)


class PulseCurve(eqx.Module):
    r"""The weight as a curve over the number of pulses, along which every pulse goes on by one.

    $$w_\uparrow(p) = B\,(1 - e^{-p/A}) + w_{min}, \qquad
    B = \frac{w_{max} - w_{min}}{1 - e^{-P/A}}, \qquad A = P\, a(NL)$$

    and downwards mirrored, $w_\downarrow(p) = w_{max} - B\,(1 - e^{(p - P)/A})$, with a number of
    pulses and a nonlinearity of its own. Steps are in units of `step`, the mean over both ways.

    Args:
        up_pulses, down_pulses: $P$, from end to end.
        up_nonlinearity, down_nonlinearity: $NL$, as `curve_constant` takes them.

    Raises:
        ValueError: pulses that are not positive, or a nonlinearity outside the table.

    Source: Chen, Peng, Yu, IEDM 2017 (NeuroSim).

    Example:
        >>> import jax.numpy as jnp
        >>> curve = PulseCurve(97, 100, up_nonlinearity=2.4, down_nonlinearity=4.88)
        >>> half = curve.weight(jnp.array(48.5), True, -1.0, 1.0)
        >>> round(float(half), 2), round(float(curve.pulses(half, True, -1.0, 1.0)), 1)
        (0.46, 48.5)
    """

    up_pulses: float
    down_pulses: float
    up_scale: float
    down_scale: float

    def __init__(
        self,
        up_pulses: float,
        down_pulses: float,
        *,
        up_nonlinearity: float,
        down_nonlinearity: float,
    ) -> None:
        positive("PulseCurve", up_pulses=up_pulses, down_pulses=down_pulses)
        self.up_pulses, self.down_pulses = float(up_pulses), float(down_pulses)
        self.up_scale = up_pulses * curve_constant(up_nonlinearity)
        self.down_scale = down_pulses * curve_constant(down_nonlinearity)

    def step(self, low: float, high: float) -> float:
        """The mean step over both ways, which a device of this law must have."""
        return 2 * (high - low) / (self.up_pulses + self.down_pulses)

    def weight(self, pulses: Any, rising: Any, low: Any, high: Any) -> Float[Array, "..."]:
        """The weight where the curve has come after so many pulses from the low end."""
        up = low + self._reach(True, low, high) * -jnp.expm1(-pulses / self.up_scale)
        back = jnp.expm1((pulses - self.down_pulses) / self.down_scale)
        down = high + self._reach(False, low, high) * back
        return jnp.where(rising, up, down)

    def pulses(self, weight: Any, rising: Any, low: Any, high: Any) -> Float[Array, "..."]:
        """The number of pulses from the low end at which the curve has this weight."""
        up = -self.up_scale * jnp.log1p(-(weight - low) / self._reach(True, low, high))
        back = jnp.log1p((weight - high) / self._reach(False, low, high))
        return jnp.where(rising, up, self.down_pulses + self.down_scale * back)

    def draw(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> tuple[()]:
        """Nothing."""
        return ()

    def __call__(
        self,
        weight: Float[Array, "..."],
        rising: Any,
        low: Any,
        high: Any,
        drawn: Any,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        """From where the weight is on its curve to one pulse further, in mean steps."""
        # w(p + 1) - w(p) of an exponential is a part of what is left to its asymptote.
        left_up = low + self._reach(True, low, high) - weight
        left_down = weight - high + self._reach(False, low, high)
        up = left_up * -math.expm1(-1 / self.up_scale)
        down = left_down * -math.expm1(-1 / self.down_scale)
        step = jnp.where(high > low, self.step(low, high), 1.0)
        return jnp.where(rising, up, down) / step

    def _reach(self, rising: bool, low: Any, high: Any) -> Any:
        """B, how far the exponential would go."""
        pulses, scale = (
            (self.up_pulses, self.up_scale) if rising else (self.down_pulses, self.down_scale)
        )
        return (high - low) / -math.expm1(-pulses / scale)


_CONSTANTS = {
    0.5: 2.520,
    1.0: 1.252,
    2.0: 0.609,
    2.4: 0.499,
    3.0: 0.387,
    4.0: 0.269,
    4.88: 0.200,
    5.0: 0.192,
    6.0: 0.136,
    8.0: 0.0528,
}


def curve_constant(nonlinearity: float) -> float:
    """The constant $a$ of a `PulseCurve`, over its nonlinearity: 0.5 is almost straight.

    Between the entries of the table it is interpolated along straight lines.

    Args:
        nonlinearity: 0.5 to 8.

    Raises:
        ValueError: a nonlinearity outside the table.

    Source: ten entries of the table that comes with NeuroSim (Chen, Peng, Yu, IEDM 2017).

    Example:
        >>> curve_constant(2.4), round(curve_constant(1.5), 4)
        (0.499, 0.9305)
    """
    known = sorted(_CONSTANTS)
    if not known[0] <= nonlinearity <= known[-1]:
        raise ValueError(
            f"curve_constant: nonlinearity is {nonlinearity}, expected {known[0]} to {known[-1]}. "
            "For a curve as good as straight take `ConstantStep`."
        )
    below = max(n for n in known if n <= nonlinearity)
    above = min(n for n in known if n >= nonlinearity)
    part = (nonlinearity - below) / (above - below) if above > below else 0.0
    return _CONSTANTS[below] + part * (_CONSTANTS[above] - _CONSTANTS[below])
