"""The rectified linear unit with a ceiling and few levels: how a spike count sees it."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Neuron, finite, positive, zeros
from ranvier.neurons._integrator import OutputState
from ranvier.neurons._parameters import Parameter
from ranvier.neurons._shape import as_shape, per_unit


class QCFS(Neuron):
    r"""Quantisation, clip and floor, shifted by half a level; memoryless.

    $$y = \lambda \operatorname{clip}\!\left(\frac{1}{L}
    \left\lfloor \frac{I L}{\lambda} + \frac12 \right\rfloor, 0, 1\right)$$

    What an [`IF`][ranvier.neurons.IF] of threshold $\lambda$ that starts at $\lambda/2$ says of a
    constant current after $L$ steps, as its count times $\lambda / L$. The floor is passed straight
    through: within the levels $\partial y/\partial I = 1$ and
    $\partial y/\partial\lambda = (y - I)/\lambda$; from $I = \lambda - \lambda/2L$ up they are 0
    and 1; below $-\lambda/2L$ both are 0.

    Args:
        shape: number of units, or their axes.
        levels: $L$, how many there are above zero.
        ceiling: $\lambda$, above 0; a float stays; an array, one for all units (`[]`) or one for
            each, learns.

    Raises:
        ValueError: fewer than one level, a ceiling that is not above 0, or one of another shape.

    Source: Bu, Fang, Ding, Dai, Yu, Huang, ICLR 2022, section 4.

    Example:
        >>> unit = QCFS(4, levels=4, ceiling=2.0)
        >>> unit.step(unit.init(), jnp.array([-1.0, 0.3, 0.8, 9.0])).y
        Array([0. , 0.5, 1. , 2. ], dtype=float32)
    """

    ports = ("dendrite",)
    memoryless = True
    shape: tuple[int, ...] = eqx.field(static=True)
    levels: int = eqx.field(static=True)
    ceiling: Parameter

    def __init__(
        self, shape: int | tuple[int, ...], *, levels: int = 8, ceiling: Parameter = 1.0
    ) -> None:
        finite("QCFS", levels=levels)
        if levels != int(levels) or levels < 1:
            raise ValueError(f"QCFS: levels is {levels}, expected a whole number of at least 1.")
        positive("QCFS", ceiling=ceiling)
        self.shape = as_shape(shape)
        self.levels = int(levels)
        self.ceiling = per_unit(ceiling, self.shape, "QCFS: ceiling")

    def init(self, batch: tuple[int, ...] = ()) -> OutputState:
        """Output at zero."""
        return OutputState(zeros(self, batch))

    def step(
        self, state: OutputState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> OutputState:
        """One step; see the class for the equation."""
        current = jnp.zeros_like(state.y) + dendrite
        ceiling = jnp.broadcast_to(jnp.asarray(self.ceiling, current.dtype), current.shape)
        return OutputState(_levels(self.levels)(current, ceiling))


def _levels(levels: int) -> Callable[[Array, Array], Array]:
    @jax.custom_jvp
    def quantised(current: Array, ceiling: Array) -> Array:
        step = jnp.floor(current * levels / ceiling + 0.5)
        return ceiling * jnp.clip(step / levels, 0, 1)

    @quantised.defjvp
    def _(primals, tangents):
        (current, ceiling), (d_current, d_ceiling) = primals, tangents
        y = quantised(current, ceiling)
        step = jnp.floor(current * levels / ceiling + 0.5)
        inside, above = (step >= 0) & (step < levels), step >= levels
        moved = jnp.where(inside, (y - current) / ceiling, above.astype(y.dtype))
        return y, inside * d_current + moved * d_ceiling

    return quantised
