"""What is kept from one step to the next: a constant, a free array, or one held in 0..1."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import broken
from ranvier.neurons._shape import per_unit


class LearnedDecay(eqx.Module):
    r"""A decay that learns and yet stays between 0 and 1: $d = \sigma(a)$, where $a$ learns.

    Pass it wherever a neuron takes a decay.

    Args:
        initial: $d$ at the start, one number or an array.
        shape: number of units, or their axes; `()` with one number is one decay for all units.

    Raises:
        ValueError: a start that is not strictly between 0 and 1, where $a$ would be infinite.

    Example:
        >>> from ranvier.neurons import SNU
        >>> unit = SNU(3, decay=LearnedDecay(0.8, 3))
        >>> unit.decay()
        Array([0.8, 0.8, 0.8], dtype=float32)
    """

    logit: Float[Array, "..."]

    def __init__(
        self, initial: float | Float[Array, "..."], shape: int | tuple[int, ...] = ()
    ) -> None:
        if broken(lambda start: (start > 0) & (start < 1), initial):
            raise ValueError(
                f"LearnedDecay: the start is {initial}, expected strictly between 0 and 1. "
                "For exactly 0 or 1 give the neuron a number, which does not learn."
            )
        axes = (shape,) if isinstance(shape, int) else tuple(shape)
        kept = jnp.broadcast_to(
            jnp.asarray(initial, float), jnp.broadcast_shapes(jnp.shape(initial), axes)
        )
        self.logit = jnp.log(kept) - jnp.log1p(-kept)

    def __call__(self) -> Float[Array, "..."]:
        """The decay as it stands now."""
        return jax.nn.sigmoid(self.logit)


Decay = float | Array | LearnedDecay


def as_decay(decay: Decay, shape: tuple[int, ...], name: str) -> Decay:
    """A decay as a neuron holds it: a number in 0..1 is a constant, the rest learns.

    Args:
        decay: a number, an array, or a `LearnedDecay`.
        shape: the units of the neuron.
        name: how errors call it, such as `"SNU: decay"`.

    Raises:
        ValueError: a number outside 0..1, by itself or in an array, or an array that does not fit
            the units.

    Example:
        >>> as_decay(1, (3,), "SNU: decay")
        1.0
    """
    if isinstance(decay, LearnedDecay):
        per_unit(decay.logit, shape, name)
        return decay
    if found := broken(lambda decay: (decay >= 0) & (decay <= 1), decay):
        raise ValueError(
            f"{name}{found[0].at} is {found[0].value}, expected 0 (memoryless) to 1 (no leak). "
            "From a time constant: exp(-dt / tau)."
        )
    return per_unit(decay, shape, name)


def kept(decay: Decay) -> float | Array:
    """The number, or numbers, by which a step multiplies what it keeps.

    Args:
        decay: a number, an array, or a `LearnedDecay`.

    Example:
        >>> kept(0.8), kept(LearnedDecay(0.5))
        (0.8, Array(0.5, dtype=float32))
    """
    return decay() if isinstance(decay, LearnedDecay) else decay
