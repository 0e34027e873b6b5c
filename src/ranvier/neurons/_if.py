"""The perfect integrator that fires."""

from typing import NamedTuple

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, ascending, one_of, zeros
from ranvier.neurons._parameters import starting, times
from ranvier.neurons._reset import RESET_TIMES, RESETS, Reset, ResetTime, fire
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class IFState(NamedTuple):
    """Membrane potential `v`, in the threshold's unit, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> IF(2).init((5,)).v.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    y: Float[Array, "..."]


class IF(Neuron):
    r"""Integrate-and-fire neuron without a leak.

    $$v_t = v_{t-1} + k I_t, \qquad \text{spike when } v_t > v_{th}$$

    Discretisation: none; with the gain $k = 1$ a current is the charge of one step, and the input
    is not scaled. Reset and its time are those of [`LIF`][ranvier.neurons.LIF]. Threshold: strict.
    The membrane has no floor.

    With reset by subtraction the count of spikes is the charge divided by the threshold, rounded
    down up to the excess that the membrane still holds: the neuron of rate codes. A membrane that
    starts at half the threshold rounds to the nearest count.

    Args:
        shape: number of units, or their axes.
        threshold: $v_{th}$; a float stays, an array `[*shape]` learns.
        reset: `"zero"` or `"subtract"`.
        reset_time: `"at_spike"`, `"next_carry"` or `"next_update"`.
        detach_reset: whether derivatives take the reset for a constant.
        h: surrogate spike of $v - v_{th}$.
        gain: $k$, what a current of one adds to the membrane; a float stays, an array learns.
        reset_potential: $v_r$.
        starting_potential: $v_0$, where the membrane starts.

    Raises:
        ValueError: an unknown choice (the nearest is named), or a reset potential that is not
            below the threshold.

    Source: Abbott, Brain Res. Bull. 50 (1999), on Lapicque (1907).

    Example:
        >>> import jax.numpy as jnp
        >>> unit, fired = IF(1, threshold=1.0, reset="subtract"), []
        >>> state = unit.init()
        >>> for _ in range(6):
        ...     state = unit.step(state, jnp.array([0.75]))
        ...     fired.append(int(state.y[0]))
        >>> fired
        [0, 1, 1, 0, 1, 1]
    """

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)
    threshold: float | Float[Array, "*units"]
    gain: float | Float[Array, "*units"]
    reset_potential: float | Float[Array, "*units"]
    starting_potential: float | Float[Array, "*units"]
    reset: Reset = eqx.field(static=True)
    reset_time: ResetTime = eqx.field(static=True)
    detach_reset: bool = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: float | Float[Array, "*units"] = 1.0,
        reset: Reset = "zero",
        reset_time: ResetTime = "at_spike",
        detach_reset: bool = False,
        h: Spike | None = None,
        gain: float | Float[Array, "*units"] = 1.0,
        reset_potential: float | Float[Array, "*units"] = 0.0,
        starting_potential: float | Float[Array, "*units"] = 0.0,
    ) -> None:
        one_of("IF", "reset", reset, RESETS)
        one_of("IF", "reset_time", reset_time, RESET_TIMES)
        ascending("IF", reset_potential=reset_potential, threshold=threshold)
        self.shape = as_shape(shape)
        self.threshold = threshold
        self.gain = gain
        self.reset_potential = reset_potential
        self.starting_potential = starting_potential
        self.reset = reset
        self.reset_time = reset_time
        self.detach_reset = bool(detach_reset)
        self.h = tanh_derivative() if h is None else h

    @property
    def resets_at_spike(self) -> bool:
        """Whether the state after a spike shows the membrane after the reset."""
        return self.reset_time == "at_spike"

    def init(self, batch: tuple[int, ...] = ()) -> IFState:
        """Membrane at its start, no spike."""
        return IFState(starting(self, batch, self.starting_potential), zeros(self, batch))

    def step(self, state: IFState, dendrite: Array, *, key: PRNGKeyArray | None = None) -> IFState:
        """One step; see the class for the equation."""
        v, y = fire(
            state.v,
            state.y,
            lambda v: v + times(self.gain, dendrite),
            self.threshold,
            self.reset,
            self.reset_time,
            self.h,
            detach=self.detach_reset,
            reset_potential=self.reset_potential,
        )
        return IFState(v, y)
