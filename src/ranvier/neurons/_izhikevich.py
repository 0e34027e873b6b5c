"""Izhikevich's simple neuron."""

from typing import Any, NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, ascending, concrete, finite, positive, zeros
from ranvier.neurons._parameters import Parameter, stable_step, starting
from ranvier.neurons._peak import fire_at_peak
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class IzhikevichState(NamedTuple):
    """Membrane potential `v`, mV, recovery `u`, mV/ms, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> Izhikevich(2).init((5,)).u.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    u: Float[Array, "..."]
    y: Float[Array, "..."]


class Izhikevich(Neuron):
    r"""Izhikevich's simple neuron: a quadratic upstroke and a slow recovery.

    $$\frac{dv}{dt} = k_2 v^2 + k_1 v + k_0 - u + I, \qquad
    \frac{du}{dt} = a \left( b (v - v_u) - \lambda u \right)$$

    $$\text{spike when } v > v_{peak}: \quad v \leftarrow c, \quad u \leftarrow u + d$$

    The published equation has $k = (0.04, 5, 140)$, $v_u = 0$, $\lambda = 1$; three of its twenty
    published behaviours need other values, see `izhikevich_behaviours`. The author counts
    potentials in mV and time in ms without writing the units, so $a$ is per ms, $c$ is in mV, and
    $d$, $u$ and the current of the port `dendrite` are in mV/ms.

    Discretisation: as published, Euler for $v$, then Euler for $u$ with the **new** $v$, before
    the reset; the current is held over the step. It is stable for $|a \lambda|\,\Delta t \le 1$
    and while $-(2 k_2 v + k_1)\,\Delta t \le 1$, which is asked at the lower of start and reset
    potential. Reset: in the step of the spike; the state shows what the reset left. Threshold
    test: strict. The input is scaled by $\Delta t$. The output is $h((v - v_{peak})/s)$: $s$ sets
    over which distance from the peak the surrogate derivative reaches.

    Args:
        shape: number of units, or their axes.
        a: rate of the recovery; this and each parameter below: a float stays, an array learns.
        b: how strongly the recovery follows the membrane.
        c: potential after a spike.
        d: recovery added by a spike.
        quadratic, linear, constant: $k_2$, $k_1$, $k_0$.
        recovery_offset_mV: $v_u$.
        recovery_leak: $\lambda$.
        peak_mV: $v_{peak}$.
        start_mV: where the membrane starts; a start never learns.
        start_u: where the recovery starts; $b\,v$ of the start if not given.
        time_step_ms: $\Delta t$.
        surrogate_scale_mV: $s$.
        h: surrogate spike.

    Raises:
        ValueError: a value that must be positive and is not, a reset that is not below the peak,
            or a step beyond a stability bound.

    Source: Izhikevich, IEEE Trans. Neural Netw. 14 (2003), eqs. 1-3; variants: IEEE Trans.
    Neural Netw. 15 (2004), figure 1.

    Example:
        >>> import jax
        >>> from ranvier.neurons import izhikevich_behaviours
        >>> behaviour = izhikevich_behaviours["tonic bursting"]
        >>> unit = Izhikevich(1, **behaviour.parameters)
        >>> def body(state, current):
        ...     state = unit.step(state, current)
        ...     return state, state.y
        >>> currents = behaviour.current(behaviour.times_ms)[:, None]
        >>> int(jax.lax.scan(body, unit.init(), currents)[1].sum())
        28
    """

    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    a: Parameter
    b: Parameter
    c: Parameter
    d: Parameter
    quadratic: Parameter
    linear: Parameter
    constant: Parameter
    recovery_offset_mV: Parameter
    recovery_leak: Parameter
    peak_mV: Parameter
    start_mV: Parameter
    start_u: Parameter | None
    time_step_ms: float
    surrogate_scale_mV: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        a: Parameter = 0.02,
        b: Parameter = 0.2,
        c: Parameter = -65.0,
        d: Parameter = 8.0,
        quadratic: Parameter = 0.04,
        linear: Parameter = 5.0,
        constant: Parameter = 140.0,
        recovery_offset_mV: Parameter = 0.0,
        recovery_leak: Parameter = 1.0,
        peak_mV: Parameter = 30.0,
        start_mV: Parameter = -70.0,
        start_u: Parameter | None = None,
        time_step_ms: float = 0.25,
        surrogate_scale_mV: float = 50.0,
        h: Spike | None = None,
    ) -> None:
        positive("Izhikevich", quadratic=quadratic, surrogate_scale_mV=surrogate_scale_mV)
        ascending("Izhikevich", c=c, peak_mV=peak_mV)
        finite("Izhikevich", a=a, recovery_leak=recovery_leak, start_mV=start_mV, linear=linear)
        bounds: dict[str, Any] = {}
        rates = concrete(a, recovery_leak)
        if rates is not None:
            bounds["recovery"] = _slower(np.abs(rates[0] * rates[1]))
        numbers = concrete(c, start_mV, quadratic, linear)
        if numbers is not None:
            low_mV = np.minimum(numbers[0], numbers[1])
            bounds["membrane"] = _slower(-(2 * numbers[2] * low_mV + numbers[3]))
        stable_step("Izhikevich", time_step_ms, **bounds)
        self.shape = as_shape(shape)
        self.a, self.b, self.c, self.d = a, b, c, d
        self.quadratic, self.linear, self.constant = quadratic, linear, constant
        self.recovery_offset_mV = recovery_offset_mV
        self.recovery_leak = recovery_leak
        self.peak_mV = peak_mV
        self.start_mV = start_mV
        self.start_u = start_u
        self.time_step_ms = float(time_step_ms)
        self.surrogate_scale_mV = float(surrogate_scale_mV)
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> IzhikevichState:
        """The start that was given, no spike."""
        u = self.b * self.start_mV if self.start_u is None else self.start_u
        return IzhikevichState(
            starting(self, batch, self.start_mV), starting(self, batch, u), zeros(self, batch)
        )

    def step(
        self, state: IzhikevichState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> IzhikevichState:
        """One step; see the class for the equation."""
        v, u = state.v, state.u
        upstroke = (self.quadratic * v + self.linear) * v + self.constant
        v = v + self.time_step_ms * (upstroke - u + dendrite)
        follow = self.b * (v - self.recovery_offset_mV) - self.recovery_leak * u
        u = u + self.time_step_ms * self.a * follow
        v, y = fire_at_peak(v, self.peak_mV, self.c, self.surrogate_scale_mV, self.h)
        return IzhikevichState(v, u + self.d * y, y)


def _slower(rate_per_ms: Any) -> Any:
    """The longest step that does not overshoot a decay; none is too long where nothing decays."""
    decays = np.asarray(rate_per_ms) > 0
    return np.where(decays, 1 / np.where(decays, rate_per_ms, 1.0), np.inf)
