"""The leaky integrate-and-fire neuron with an adaptive threshold."""

from typing import NamedTuple

import equinox as eqx
import jax
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, positive, zeros
from ranvier.neurons._propagators import decay
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, triangle


class ALIFState(NamedTuple):
    """Membrane `v` above rest, in the threshold's unit, adaptation `a`, last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> ALIF(2).init((5,)).a.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    a: Float[Array, "..."]
    y: Float[Array, "..."]


class ALIF(Neuron):
    r"""Leaky integrate-and-fire neuron whose threshold rises with its own spikes.

    $$v_t = \alpha\, v_{t-1} + g I_t - v_{th}\, y_{t-1}, \qquad
    a_t = \rho\, a_{t-1} + y_{t-1}, \qquad
    y_t = 1 \text{ if } v_t > v_{th} + \beta a_t$$

    with $\alpha = e^{-\Delta t/\tau}$ and $\rho = e^{-\Delta t/\tau_a}$. Discretisation: exact
    decay; the input is scaled by $g$ alone. Reset: subtraction of the base threshold, at the next
    update. Threshold: strict. Layers that mix it with plain neurons are LSNNs; $\beta = 0$ is a
    `LIF` of the same reset. For a refractory period as there, wrap it in
    `Refractory(..., held=())`.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; a float stays, an array `[*shape]` learns, as for all below.
        tau_adaptation_ms: $\tau_a$.
        time_step_ms: $\Delta t$.
        threshold: $v_{th}$, above rest.
        beta: $\beta$, how much a spike raises the threshold, in units of the membrane.
        gain: $g$, what a current of one adds to the membrane in one step; $1 - \alpha$ for a
            current that is held over the step into a resistance of one.
        detach_reset: whether derivatives take the reset of the membrane for a constant; the
            adaptation is not touched by that.
        h: surrogate spike of $(v - v_{th} - \beta a) / v_{th}$.

    Raises:
        ValueError: a time constant, time step or threshold that is not positive.

    Source: Bellec et al., Nat. Commun. 11 (2020), methods, eqs. 6-10; Bellec et al., NeurIPS
        2018.

    Example:
        The same current brings the first spike sooner than the following ones.

        >>> import jax.numpy as jnp
        >>> unit, fired = ALIF(1, beta=0.5), []
        >>> state = unit.init()
        >>> for step in range(20):
        ...     state = unit.step(state, jnp.array([0.4]))
        ...     fired += [step] if state.y[0] else []
        >>> fired
        [2, 6, 11, 16]
    """

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: float | Float[Array, "*units"]
    tau_adaptation_ms: float | Float[Array, "*units"]
    threshold: float | Float[Array, "*units"]
    beta: float | Float[Array, "*units"]
    gain: float | Float[Array, "*units"]
    time_step_ms: float
    detach_reset: bool = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: float | Float[Array, "*units"] = 20.0,
        tau_adaptation_ms: float | Float[Array, "*units"] = 200.0,
        time_step_ms: float = 1.0,
        threshold: float | Float[Array, "*units"] = 1.0,
        beta: float | Float[Array, "*units"] = 0.17,
        gain: float | Float[Array, "*units"] = 1.0,
        detach_reset: bool = False,
        h: Spike | None = None,
    ) -> None:
        positive(
            "ALIF",
            time_step_ms=time_step_ms,
            tau_membrane_ms=tau_membrane_ms,
            tau_adaptation_ms=tau_adaptation_ms,
            threshold=threshold,
        )
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.tau_adaptation_ms = tau_adaptation_ms
        self.threshold = threshold
        self.beta = beta
        self.gain = gain
        self.time_step_ms = float(time_step_ms)
        self.detach_reset = bool(detach_reset)
        self.h = triangle() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> ALIFState:
        """Membrane at rest, threshold at its base, no spike."""
        zero = zeros(self, batch)
        return ALIFState(zero, zero, zero)

    def step(
        self, state: ALIFState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> ALIFState:
        """One step; see the class for the equation."""
        kept = decay(self.time_step_ms / self.tau_membrane_ms)
        fired = jax.lax.stop_gradient(state.y) if self.detach_reset else state.y
        v = kept * state.v + self.gain * dendrite - self.threshold * fired
        a = decay(self.time_step_ms / self.tau_adaptation_ms) * state.a + state.y
        y = self.h((v - self.threshold - self.beta * a) / self.threshold)
        return ALIFState(v, a, y)
