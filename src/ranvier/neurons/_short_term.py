"""Synapses that tire and warm up: short-term plasticity."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, between, broken, positive, zeros
from ranvier.neurons._propagators import decay
from ranvier.neurons._shape import as_shape, per_unit


class ShortTermPlasticityState(NamedTuple):
    """Utilisation `u`, available resources `x`, and released amount `y`, each `[..., *units]`.

    Example:
        >>> ShortTermPlasticity(2).init().x
        Array([1., 1.], dtype=float32)
    """

    u: Float[Array, "..."]
    x: Float[Array, "..."]
    y: Float[Array, "..."]


class ShortTermPlasticity(Neuron):
    r"""What a presynaptic unit releases at a spike, which depends on the spikes just before.

    Between spikes the utilisation $u$ falls to 0 and the resources $x$ recover to 1,

    $$\tau_f \frac{du}{dt} = -u, \qquad \tau_d \frac{dx}{dt} = 1 - x$$

    solved exactly over a step. Then, in the step of a spike $a = 1$,

    $$u \leftarrow u + U (1 - u)\, a, \qquad y = u\, x\, a, \qquad x \leftarrow x - y$$

    With $\tau_d$ large it depresses; with $\tau_f$ large and $U$ small it facilitates. It has no
    threshold, and the input is not scaled: one between 0 and 1 acts as a part of a spike (and
    outside them $u$ and $x$ may leave theirs). It is put one to one behind the presynaptic units
    and before the weights, as a layer of its own.

    Args:
        shape: number of presynaptic units, or their axes.
        utilisation: $U$; a float stays, an array `[*shape]` learns, as for all below.
        tau_depression_ms: $\tau_d$.
        tau_facilitation_ms: $\tau_f$; 0 for no facilitation, so that $u = U$ at every spike.
        time_step_ms: $\Delta t$.

    Raises:
        ValueError: a utilisation outside 0..1, a negative time constant of facilitation, or
            another constant or step that is not positive.

    Source: Tsodyks, Pawelzik, Markram, Neural Comput. 10 (1998), eqs. 2.1-2.4.

    Example:
        Four inputs that tire, before the weights onto three neurons:

        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.nets import Layer
        >>> from ranvier.synapses import OneToOne
        >>> release = Layer(
        ...     ShortTermPlasticity(4, utilisation=0.5, tau_depression_ms=100.0),
        ...     {"spike": OneToOne(4)},
        ... )
        >>> net = rv.chain(4, release, rv.LIF(3), key=jax.random.key(0))
        >>> released, _ = rv.record(net, jnp.ones((3, 4)))
        >>> [round(float(y), 3) for y in released.y[:, 0]]
        [0.5, 0.252, 0.13]
    """

    ports = ("spike",)
    shape: tuple[int, ...] = eqx.field(static=True)
    utilisation: float | Float[Array, "*units"]
    tau_depression_ms: float | Float[Array, "*units"]
    tau_facilitation_ms: float | Float[Array, "*units"]
    time_step_ms: float

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        utilisation: float | Float[Array, "*units"] = 0.5,
        tau_depression_ms: float | Float[Array, "*units"] = 200.0,
        tau_facilitation_ms: float | Float[Array, "*units"] = 0.0,
        time_step_ms: float = 1.0,
    ) -> None:
        owner = "ShortTermPlasticity"
        positive(owner, tau_depression_ms=tau_depression_ms, time_step_ms=time_step_ms)
        between(owner, 0, 1, utilisation=utilisation)
        if found := broken(lambda tau_ms: tau_ms >= 0, tau_facilitation_ms):
            raise ValueError(
                f"{owner}: tau_facilitation_ms{found[0].at} is {found[0].value}, expected 0 (no "
                "facilitation) or more."
            )
        self.shape = as_shape(shape)
        units = self.shape
        self.utilisation = per_unit(utilisation, units, f"{owner}: utilisation")
        self.tau_depression_ms = per_unit(tau_depression_ms, units, f"{owner}: tau_depression_ms")
        self.tau_facilitation_ms = per_unit(
            tau_facilitation_ms, units, f"{owner}: tau_facilitation_ms"
        )
        self.time_step_ms = float(time_step_ms)

    @property
    def _utilisation_kept(self) -> float | Array:
        tau = self.tau_facilitation_ms
        return 0.0 if isinstance(tau, float) and tau == 0 else decay(self.time_step_ms / tau)

    def init(self, batch: tuple[int, ...] = ()) -> ShortTermPlasticityState:
        """Long after the last spike: all resources available."""
        zero = zeros(self, batch)
        return ShortTermPlasticityState(zero, jnp.ones_like(zero), zero)

    def step(
        self, state: ShortTermPlasticityState, spike: Array, *, key: PRNGKeyArray | None = None
    ) -> ShortTermPlasticityState:
        """One step; see the class for the equation."""
        u = self._utilisation_kept * state.u
        x = 1 - decay(self.time_step_ms / self.tau_depression_ms) * (1 - state.x)
        u = u + self.utilisation * (1 - u) * spike
        y = u * x * spike
        return ShortTermPlasticityState(u, x - y, y)
