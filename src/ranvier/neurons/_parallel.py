"""A spiking neuron without a reset, solved for all of time at once."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, positive, zeros
from ranvier.neurons._propagators import decay
from ranvier.neurons._shape import as_shape, per_unit
from ranvier.neurons.surrogates import Spike, tanh_derivative


class ParallelSpikingState(NamedTuple):
    """Membrane potential `v` above rest, in the threshold's unit, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> ParallelSpiking(2).init((5,)).v.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    y: Float[Array, "..."]


class ParallelSpiking(Neuron):
    r"""Leaky spiking neuron without a reset, whose membrane needs no loop over time.

    $$v_t = d\,v_{t-1} + R\,(1 - d)\,I_t, \qquad y_t = h(v_t - v_{th}), \qquad
    d = e^{-\Delta t/\tau}$$

    A spike leaves no mark on the membrane, so that all of $v$ is linear in the input: in a layer
    without recurrent weights it follows from an associative scan of depth $\log_2 T$ rather
    than from $T$ steps. Both ways give the same numbers, up to the rounding of sums in another
    order. Discretisation: exact. Reset: none, so that it goes on firing as long as $v$ is above
    the threshold. Threshold test: strict. The input is scaled by $R(1 - d)$.

    This is the parallel spiking neuron with the weights $W_{ti} = R\,(1-d)\,d^{\,t-i}$ of a leaky
    membrane instead of a free matrix over time, so that it runs for any number of steps.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; a float stays, an array `[*shape]` learns.
        time_step_ms: $\Delta t$.
        resistance: $R$, in units of the membrane per unit of current; an array learns.
        threshold: $v_{th}$, above rest, in units of the membrane; an array learns.
        h: surrogate spike of $v - v_{th}$.

    Raises:
        ValueError: a time constant or time step that is not positive, or an array that does not
            fit the units.

    Source: Fang, Yu, Zhou, Chen, Chen, Ma, Masquelier, Tian, NeurIPS 2023, equations 5-7;
        the scan: Blelloch, Prefix Sums and Their Applications (1990), section 1.4.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = ParallelSpiking(1, tau_membrane_ms=2.0, resistance=4.0)
        >>> unit.states_over_time(unit.init(), jnp.array([[1.0], [0.0], [0.0]])).y[:, 0]
        Array([1., 0., 0.], dtype=float32)
    """

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: float | Float[Array, "*units"]
    resistance: float | Float[Array, "*units"]
    threshold: float | Float[Array, "*units"]
    time_step_ms: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: float | Float[Array, "*units"] = 20.0,
        time_step_ms: float = 1.0,
        resistance: float | Float[Array, "*units"] = 1.0,
        threshold: float | Float[Array, "*units"] = 1.0,
        h: Spike | None = None,
    ) -> None:
        name = "ParallelSpiking"
        positive(name, tau_membrane_ms=tau_membrane_ms, time_step_ms=time_step_ms)
        self.shape = as_shape(shape)
        self.tau_membrane_ms = per_unit(tau_membrane_ms, self.shape, f"{name}: tau_membrane_ms")
        self.resistance = per_unit(resistance, self.shape, f"{name}: resistance")
        self.threshold = per_unit(threshold, self.shape, f"{name}: threshold")
        self.time_step_ms = float(time_step_ms)
        self.h = tanh_derivative() if h is None else h

    @property
    def decay(self) -> float | Array:
        r"""$d$: the part of the membrane that is left after one step."""
        return decay(self.time_step_ms / self.tau_membrane_ms)

    def init(self, batch: tuple[int, ...] = ()) -> ParallelSpikingState:
        """Membrane at rest, no spike."""
        return ParallelSpikingState(zeros(self, batch), zeros(self, batch))

    def step(
        self, state: ParallelSpikingState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> ParallelSpikingState:
        """One step; see the class for the equation."""
        v = self.decay * state.v + self.resistance * (1 - self.decay) * dendrite
        return ParallelSpikingState(v, self.h(v - self.threshold))

    def states_over_time(
        self, state: ParallelSpikingState, dendrite: Float[Array, "time ..."]
    ) -> ParallelSpikingState:
        """All steps at once.

        Args:
            state: where it starts, `[..., *units]`.
            dendrite: current, `[T, ..., *units]`.

        Returns:
            Its states, `[T, ..., *units]` each.
        """
        drive = self.resistance * (1 - self.decay) * dendrite
        added = jnp.concatenate([self.decay * state.v + drive[:1], drive[1:]])
        between = (1,) * (added.ndim - 1 - len(self.shape))
        axes = jnp.shape(self.decay) or (1,) * len(self.shape)
        # One decay per step and unit; examples share it.
        kept = jnp.broadcast_to(
            jnp.reshape(jnp.asarray(self.decay, added.dtype), (1, *between, *axes)),
            (len(added), *between, *axes),
        )

        def then(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[Array, Array]:
            return first[0] * second[0], second[0] * first[1] + second[1]

        v = jax.lax.associative_scan(then, (kept, added))[1]
        return ParallelSpikingState(v, self.h(v - self.threshold))
