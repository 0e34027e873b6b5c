"""Neurons whose membrane is the phase of a phase-change device."""

import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, broken, positive, zeros
from ranvier.neurons._shape import as_shape, per_unit
from ranvier.neurons.surrogates import Spike, tanh_derivative


class PhaseChangeState(NamedTuple):
    r"""Conductance `g` in µS and last output `y`, each `[..., *units]`.

    Example:
        >>> PhaseChangeNeuron(2).init((5,)).g.shape
        (5, 2)
    """

    g: Float[Array, "..."]
    y: Float[Array, "..."]


class AmorphousState(NamedTuple):
    r"""Thickness `u` of the amorphous region in nm and last output `y`, each `[..., *units]`.

    Example:
        >>> AmorphousThicknessNeuron(2).init((5,)).u.shape
        (5, 2)
    """

    u: Float[Array, "..."]
    y: Float[Array, "..."]


def _not_negative(owner: str, **values: float) -> None:
    for name, value in values.items():
        if not value >= 0:
            raise ValueError(f"{owner}: {name} is {value}, expected 0 or more.")


def _pulse(dendrite: Array, growth: float | Array, noise: float, key: PRNGKeyArray | None) -> Array:
    """How far the pulses of one step move the device; a negative amplitude is no pulse."""
    moved = growth * jax.nn.relu(dendrite)
    if key is None:
        return moved
    return moved * (1 + noise * jr.normal(key, moved.shape, moved.dtype))


def _start(start: float, noise: float, like: Array, key: PRNGKeyArray | None) -> float | Array:
    """Where a reset leaves the device."""
    if key is None:
        return start
    return start + noise * jnp.abs(jr.normal(key, like.shape, like.dtype))


class PhaseChangeNeuron(Neuron):
    r"""Stochastic phase-change neuron: each pulse crystallises, and a spike melts.

    $$G \leftarrow G + \mu\,(1 + s_c\,\mathcal N)\,\max(I, 0), \qquad
    \text{spike when } G > G_{th}, \text{ then } G \leftarrow G_0 + s_0\,|\mathcal N|$$

    Crystallisation grows the conductance $G$ with every pulse, differently each time, and the
    pulse that melts it leaves another configuration each time: that is where the neuron's noise
    comes from. Under unit pulses the number of pulses between two spikes has, for
    $G_{th} - G_0 \gg \mu$, the mean $m = (G_{th} - G_0)/\mu$ and the variance
    $m\,s_c^2 + \mathrm{var}(s_0 |\mathcal N|)/\mu^2$, plus terms of order one since a step is
    whole; $G_0$ stands for the mean after a reset.

    Without a key it is noiseless. Discretisation: one step is one pulse, no leak. Reset: in the
    step of the spike; the state shows the device after it. Threshold test: strict. The input is
    the amplitude of the pulse, scaled by $\mu$; a negative one is no pulse, since crystallisation
    does not turn back. Noise is relative to the growth of one pulse: a pulse of amplitude $n$
    grows by $n\mu$ with the variance $n^2 s_c^2 \mu^2$, $n$ pulses of one by as much with
    $n s_c^2 \mu^2$. Let pulses that are drawn independently come in steps of their own.

    Args:
        shape: number of units, or their axes.
        growth_uS: $\mu$, of a pulse of one; a float stays, an array `[*shape]` learns.
        threshold_uS: $G_{th}$; an array learns.
        reset_uS: $G_0$.
        growth_noise: $s_c$, relative to the growth.
        reset_noise_uS: $s_0$.
        h: surrogate spike of $G - G_{th}$.

    Raises:
        ValueError: a growth that is not positive, a negative noise, or a reset not below the
            threshold.

    Source: Tuma, Pantazi, Le Gallo, Sebastian, Eleftheriou, Nat. Nanotechnol. 11 (2016), for
        the phase as the membrane and a reset that is random. The equation is a linear model of
        ours of its mean behaviour, and the default numbers are ours too: none is measured.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = PhaseChangeNeuron(1, growth_uS=0.75, threshold_uS=2.0, reset_uS=0.0)
        >>> state, fired = unit.init(), []
        >>> for _ in range(6):
        ...     state = unit.step(state, jnp.array([1.0]))
        ...     fired.append(int(state.y[0]))
        >>> fired
        [0, 0, 1, 0, 0, 1]
    """

    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    growth_uS: float | Float[Array, "*units"]
    threshold_uS: float | Float[Array, "*units"]
    reset_uS: float
    growth_noise: float
    reset_noise_uS: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        growth_uS: float | Float[Array, "*units"] = 0.2,
        threshold_uS: float | Float[Array, "*units"] = 2.0,
        reset_uS: float = 0.1,
        growth_noise: float = 0.3,
        reset_noise_uS: float = 0.1,
        h: Spike | None = None,
    ) -> None:
        name = "PhaseChangeNeuron"
        positive(name, growth_uS=growth_uS, threshold_uS=threshold_uS)
        _not_negative(
            name, reset_uS=reset_uS, growth_noise=growth_noise, reset_noise_uS=reset_noise_uS
        )
        if found := broken(lambda threshold_uS: reset_uS < threshold_uS, threshold_uS):
            raise ValueError(
                f"{name}: reset_uS is {reset_uS}, expected less than threshold_uS{found[0].at} = "
                f"{found[0].value}; it would fire at every step."
            )
        self.shape = as_shape(shape)
        self.growth_uS = per_unit(growth_uS, self.shape, f"{name}: growth_uS")
        self.threshold_uS = per_unit(threshold_uS, self.shape, f"{name}: threshold_uS")
        self.reset_uS = float(reset_uS)
        self.growth_noise = float(growth_noise)
        self.reset_noise_uS = float(reset_noise_uS)
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> PhaseChangeState:
        """As a noiseless reset leaves the device, no spike."""
        rest = zeros(self, batch)
        return PhaseChangeState(rest + self.reset_uS, rest)

    def step(
        self, state: PhaseChangeState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> PhaseChangeState:
        """One step; see the class for the equation."""
        grow, melt = (None, None) if key is None else jr.split(key)
        g = state.g + _pulse(dendrite, self.growth_uS, self.growth_noise, grow)
        y = self.h(g - self.threshold_uS)
        start = _start(self.reset_uS, self.reset_noise_uS, g, melt)
        return PhaseChangeState(g * (1 - y) + start * y, y)


class AmorphousThicknessNeuron(Neuron):
    r"""Phase-change neuron whose conductance grows slowly at first, then steeply.

    $$u \leftarrow \max(u - v\,(1 + s_c\,\mathcal N)\,\max(I, 0),\ 0), \qquad
    G = G_c\,e^{-u/u_0}, \qquad \text{spike when } G > G_{th}, \text{ then }
    u \leftarrow u_r - s_r\,|\mathcal N|$$

    $u$ is the thickness of the amorphous region, which crystal growth eats up; the current must
    pass it, so that the conductance is convex in the number of pulses. Under unit pulses the
    mean number of pulses between spikes is $(u_r - u_0 \ln(G_c/G_{th}))/v$, up to terms of
    order one. Otherwise as `PhaseChangeNeuron`: one step is one pulse, the reset is in the step
    of the spike, the threshold test is strict, a negative input is no pulse, no key means no noise.

    Args:
        shape: number of units, or their axes.
        growth_nm: $v$, of a pulse of one; a float stays, an array `[*shape]` learns.
        decay_nm: $u_0$.
        crystalline_uS: $G_c$, without any amorphous region.
        threshold_uS: $G_{th}$; an array learns.
        reset_nm: $u_r$.
        growth_noise: $s_c$, relative to the growth.
        reset_noise_nm: $s_r$.
        h: surrogate spike of $G - G_{th}$.

    Raises:
        ValueError: a constant that is not positive, a negative noise, or a threshold that the
            crystalline device does not reach or that the device after a reset exceeds.

    Source: Tuma, Pantazi, Le Gallo, Sebastian, Eleftheriou, Nat. Nanotechnol. 11 (2016), the
        thickness as the membrane; the exponential is a model of ours, and so are the default
        numbers: none is measured.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = AmorphousThicknessNeuron(1)
        >>> state = unit.step(unit.init(), jnp.array([1.0]))
        >>> float(state.u[0])
        19.0
        >>> round(float(unit.conductance_uS(state)[0]), 4)
        0.4474
    """

    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    growth_nm: float | Float[Array, "*units"]
    decay_nm: float
    crystalline_uS: float
    threshold_uS: float | Float[Array, "*units"]
    reset_nm: float
    growth_noise: float
    reset_noise_nm: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        growth_nm: float | Float[Array, "*units"] = 1.0,
        decay_nm: float = 5.0,
        crystalline_uS: float = 20.0,
        threshold_uS: float | Float[Array, "*units"] = 5.0,
        reset_nm: float = 20.0,
        growth_noise: float = 0.3,
        reset_noise_nm: float = 1.0,
        h: Spike | None = None,
    ) -> None:
        name = "AmorphousThicknessNeuron"
        positive(
            name,
            growth_nm=growth_nm,
            decay_nm=decay_nm,
            crystalline_uS=crystalline_uS,
            threshold_uS=threshold_uS,
            reset_nm=reset_nm,
        )
        _not_negative(name, growth_noise=growth_noise, reset_noise_nm=reset_noise_nm)
        least = crystalline_uS * math.exp(-reset_nm / decay_nm)
        if found := broken(
            lambda threshold_uS: (least < threshold_uS) & (threshold_uS < crystalline_uS),
            threshold_uS,
        ):
            raise ValueError(
                f"{name}: threshold_uS{found[0].at} is {found[0].value}, expected between "
                f"{least:.4g}, the conductance after a reset, and crystalline_uS = "
                f"{crystalline_uS}; otherwise it fires at every step or never."
            )
        self.shape = as_shape(shape)
        self.growth_nm = per_unit(growth_nm, self.shape, f"{name}: growth_nm")
        self.threshold_uS = per_unit(threshold_uS, self.shape, f"{name}: threshold_uS")
        self.decay_nm = float(decay_nm)
        self.crystalline_uS = float(crystalline_uS)
        self.reset_nm = float(reset_nm)
        self.growth_noise = float(growth_noise)
        self.reset_noise_nm = float(reset_noise_nm)
        self.h = tanh_derivative() if h is None else h

    def conductance_uS(self, state: AmorphousState) -> Array:
        """$G$ of a state, in µS."""
        return self.crystalline_uS * jnp.exp(-state.u / self.decay_nm)

    def init(self, batch: tuple[int, ...] = ()) -> AmorphousState:
        """As a noiseless reset leaves the device, no spike."""
        rest = zeros(self, batch)
        return AmorphousState(rest + self.reset_nm, rest)

    def step(
        self, state: AmorphousState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> AmorphousState:
        """One step; see the class for the equation."""
        grow, melt = (None, None) if key is None else jr.split(key)
        u = jax.nn.relu(state.u - _pulse(dendrite, self.growth_nm, self.growth_noise, grow))
        y = self.h(self.conductance_uS(AmorphousState(u, state.y)) - self.threshold_uS)
        start = _start(self.reset_nm, -self.reset_noise_nm, u, melt)
        return AmorphousState(u * (1 - y) + start * y, y)
