"""Currents that take time to rise: the alpha function and the difference of two exponentials."""

import math
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import Kinetics
from ranvier.synapses._kinetics import Constant, Normalisation, check, exp


def _expm1_ratio(x: Constant) -> Constant:
    """$(e^x - 1) / x$, and its limit 1 at 0, with finite derivatives."""
    if isinstance(x, (int, float)):
        return math.expm1(x) / x if x else 1.0
    small = jnp.abs(x) < 1e-3
    apart = jnp.where(small, 1.0, x)
    # Three terms of the series: below 1e-3 the next one is under 1e-13.
    series = 1 + x / 2 * (1 + x / 3 * (1 + x / 4))
    return jnp.where(small, series, jnp.expm1(apart) / apart)


def _log1p_ratio(x: Constant) -> Constant:
    r"""$\ln(1 + x) / x$, and its limit 1 at 0, with finite derivatives."""
    if isinstance(x, (int, float)):
        return math.log1p(x) / x if x else 1.0
    small = jnp.abs(x) < 1e-3
    apart = jnp.where(small, 1.0, x)
    series = 1 - x * (1 / 2 - x * (1 / 3 - x * (1 / 4 - x / 5)))
    return jnp.where(small, series, jnp.log1p(apart) / apart)


class RisingState(NamedTuple):
    """What drives a rising and falling current, `x`, and the current or conductance `s` itself.

    Each is `[..., *units]`, in the unit of what arrives.

    Example:
        >>> import jax.numpy as jnp
        >>> Alpha(5.0).init(jnp.zeros(3)).s.shape
        (3,)
    """

    x: Float[Array, "..."]
    s: Float[Array, "..."]


class DoubleExponential(Kinetics):
    r"""A current that rises with one time constant and decays with another.

    $$\tau_r \dot x = -x, \quad \tau_d \dot s = -s + \frac{\tau_d}{\tau_r} x, \quad
    x \leftarrow x + c\, a$$

    with $a$ what arrives, solved exactly over a step, so that the kernel is

    $$k(t) = c\, \frac{\tau_d}{\tau_d - \tau_r} \left(e^{-t/\tau_d} - e^{-t/\tau_r}\right), \qquad
    t_{peak} = \frac{\tau_r \tau_d}{\tau_d - \tau_r} \ln\frac{\tau_d}{\tau_r}$$

    Equal constants give the alpha function, and nearly equal ones lose no digits. The scale $c$
    is 1 for `"unit_jump"` (of $x$; the area is then $\tau_d$),
    $(\tau_d/\tau_r)^{\tau_r/(\tau_d - \tau_r)}$ for `"unit_peak"`, and $1/\tau_d$ for
    `"unit_area"`.

    Args:
        rise_ms: $\tau_r$; a float stays, an array `[*units]` learns.
        decay_ms: $\tau_d$, at least $\tau_r$; a float stays, an array learns.
        time_step_ms: $\Delta t$.
        normalisation: what is one about the kernel.

    Raises:
        ValueError: a constant or a step that is not positive, a rise slower than the decay, or an
            unknown normalisation.

    Source: Dayan, Abbott, Theoretical Neuroscience (2001), chapter 5.

    Example:
        >>> import jax.numpy as jnp
        >>> course = DoubleExponential(1.0, 4.0, time_step_ms=0.5)
        >>> state, seen = course.step(course.init(jnp.zeros(1)), jnp.ones(1)), []
        >>> for _ in range(8):
        ...     state = course.step(state, jnp.zeros(1))
        ...     seen.append(round(float(state.s[0]), 2))
        >>> seen  # the peak is at 1.85 ms
        [0.58, 0.87, 0.98, 1.0, 0.96, 0.89, 0.82, 0.74]
    """

    rise_ms: Constant
    decay_ms: Constant
    time_step_ms: float
    normalisation: Normalisation = eqx.field(static=True)

    def __init__(
        self,
        rise_ms: Constant,
        decay_ms: Constant,
        *,
        time_step_ms: float = 1.0,
        normalisation: Normalisation = "unit_peak",
    ) -> None:
        kind = "DoubleExponential"
        check(kind, normalisation, rise_ms=rise_ms, decay_ms=decay_ms, time_step_ms=time_step_ms)
        numbers = isinstance(rise_ms, (int, float)) and isinstance(decay_ms, (int, float))
        if numbers and rise_ms > decay_ms:
            raise ValueError(
                f"{kind}: rise_ms is {rise_ms}, longer than decay_ms = {decay_ms}. Exchange them: "
                "the shorter constant governs the rise."
            )
        self.rise_ms = rise_ms
        self.decay_ms = decay_ms
        self.time_step_ms = float(time_step_ms)
        self.normalisation = normalisation

    @property
    def scale(self) -> Constant:
        r"""$c$."""
        if self.normalisation == "unit_peak":
            return exp(_log1p_ratio(self.decay_ms / self.rise_ms - 1))
        return 1 / self.decay_ms if self.normalisation == "unit_area" else 1.0

    @property
    def peak_ms(self) -> Constant:
        """How long after its arrival a spike's current is largest."""
        return self.decay_ms * _log1p_ratio(self.decay_ms / self.rise_ms - 1)

    def init(self, like: Float[Array, "..."]) -> RisingState:
        """Nothing has arrived."""
        return RisingState(jnp.zeros_like(like), jnp.zeros_like(like))

    def step(self, state: RisingState, arriving: Float[Array, "..."]) -> RisingState:
        """One step; see the class for the equation."""
        step = self.time_step_ms
        left = exp(-step / self.decay_ms)
        passed = left * _expm1_ratio(step / self.decay_ms - step / self.rise_ms)
        s = left * state.s + step / self.rise_ms * passed * state.x
        return RisingState(exp(-step / self.rise_ms) * state.x + self.scale * arriving, s)

    def current(self, state: RisingState, v: Array | None) -> Float[Array, "..."]:
        """$s$."""
        return state.s


class Alpha(Kinetics):
    r"""The alpha function: a current that rises and decays with one time constant.

    $$k(t) = c\, \frac{t}{\tau} e^{-t/\tau}, \qquad t_{peak} = \tau$$

    solved exactly over a step. The scale $c$ is 1 for `"unit_jump"` (the area is then $\tau$),
    $e$ for `"unit_peak"` (area $e\,\tau$), and $1/\tau$ for `"unit_area"`.

    Args:
        tau_ms: $\tau$; a float stays, an array `[*units]` learns.
        time_step_ms: $\Delta t$.
        normalisation: what is one about the kernel.

    Raises:
        ValueError: a constant or a step that is not positive, or an unknown normalisation.

    Source: Rall, J. Neurophysiol. 30 (1967); Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics
    (2014), section 3.1.

    Example:
        >>> import jax.numpy as jnp
        >>> course = Alpha(2.0, time_step_ms=1.0)
        >>> state, seen = course.step(course.init(jnp.zeros(1)), jnp.ones(1)), []
        >>> for _ in range(4):
        ...     state = course.step(state, jnp.zeros(1))
        ...     seen.append(round(float(state.s[0]), 3))
        >>> seen
        [0.824, 1.0, 0.91, 0.736]
    """

    tau_ms: Constant
    time_step_ms: float
    normalisation: Normalisation = eqx.field(static=True)

    def __init__(
        self,
        tau_ms: Constant,
        *,
        time_step_ms: float = 1.0,
        normalisation: Normalisation = "unit_peak",
    ) -> None:
        check("Alpha", normalisation, tau_ms=tau_ms, time_step_ms=time_step_ms)
        self.tau_ms = tau_ms
        self.time_step_ms = float(time_step_ms)
        self.normalisation = normalisation

    @property
    def scale(self) -> Constant:
        r"""$c$."""
        return {"unit_jump": 1.0, "unit_peak": math.e, "unit_area": 1 / self.tau_ms}[
            self.normalisation
        ]

    def init(self, like: Float[Array, "..."]) -> RisingState:
        """Nothing has arrived."""
        return RisingState(jnp.zeros_like(like), jnp.zeros_like(like))

    def step(self, state: RisingState, arriving: Float[Array, "..."]) -> RisingState:
        """One step; see the class for the equation."""
        ratio = self.time_step_ms / self.tau_ms
        left = exp(-ratio)
        return RisingState(
            left * state.x + self.scale * arriving, left * (state.s + ratio * state.x)
        )

    def current(self, state: RisingState, v: Array | None) -> Float[Array, "..."]:
        """$s$."""
        return state.s
