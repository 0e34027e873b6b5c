"""The perfect integrator that can take a spike back."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, broken, finite, zeros
from ranvier.neurons._parameters import Parameter, starting
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class SignedIFState(NamedTuple):
    """Membrane `v`, sum of all spikes `sent`, last output `y`: -1, 0 or 1; each `[..., *units]`.

    Example:
        >>> SignedIF(2).init((5,)).sent.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    sent: Float[Array, "..."]
    y: Float[Array, "..."]


class SignedIF(Neuron):
    r"""Integrate-and-fire neuron that sends a negative spike for a positive one sent too early.

    $$v_t = v_{t-1} + I_t - \theta\, y_t, \qquad
    y_t = [v_{t-1} + I_t > \theta] - [v_{t-1} + I_t < -\theta'\ \text{and}\ n_{t-1} > 0], \qquad
    n_t = n_{t-1} + y_t$$

    Discretisation: none; a current is the charge of one step. Reset: by subtraction, at the spike.
    Thresholds: strict. The sum $n$ of the spikes never falls below zero, so that it is a rectified
    sum of the input: spikes that came before an inhibition are undone by it, where
    [`IF`][ranvier.neurons.IF] would have sent them for good.

    Args:
        shape: number of units, or their axes.
        threshold: $\theta$; a float stays, an array `[*shape]` learns.
        negative_threshold: $\theta'$; with 0 a membrane below zero takes a spike back at once.
        starting_potential: $v_0$, where the membrane starts.
        h: surrogate spike of the distance to either threshold; no derivative goes through $n$.

    Raises:
        ValueError: a negative threshold that reaches the positive one.

    Source: Wang, Zhang, Chen, Qu, IJCAI 2022, "Signed neuron with memory".

    Example:
        >>> unit, fired = SignedIF(1), []
        >>> state = unit.init()
        >>> for current in (0.75, 0.75, -0.75, -0.75):
        ...     state = unit.step(state, jnp.array([current]))
        ...     fired.append(int(state.y[0]))
        >>> fired
        [0, 1, -1, 0]
    """

    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    threshold: Parameter
    negative_threshold: Parameter
    starting_potential: Parameter
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: Parameter = 1.0,
        negative_threshold: Parameter = 0.0,
        starting_potential: Parameter = 0.0,
        h: Spike | None = None,
    ) -> None:
        finite("SignedIF", threshold=threshold, negative_threshold=negative_threshold)
        if found := broken(lambda up, down: up + down > 0, threshold, negative_threshold):
            raise ValueError(
                f"SignedIF: negative_threshold{found[1].at} is {found[1].value}, expected more "
                f"than -threshold{found[0].at} = {-found[0].value}, so that it lies below the "
                "threshold."
            )
        self.shape = as_shape(shape)
        self.threshold = threshold
        self.negative_threshold = negative_threshold
        self.starting_potential = starting_potential
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> SignedIFState:
        """Membrane at its start, no spike yet."""
        nothing = zeros(self, batch)
        return SignedIFState(starting(self, batch, self.starting_potential), nothing, nothing)

    def step(
        self, state: SignedIFState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> SignedIFState:
        """One step; see the class for the equation."""
        v = state.v + dendrite
        before = (state.sent > 0).astype(v.dtype)
        y = self.h(v - self.threshold) - before * self.h(-self.negative_threshold - v)
        # Whole numbers: what is counted is no function that a derivative could follow.
        sent = state.sent + jnp.sign(y)
        return SignedIFState(v - self.threshold * y, sent, y)
