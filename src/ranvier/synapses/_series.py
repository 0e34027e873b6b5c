"""Connections one behind the other, and axes of units laid out in one row."""

import itertools
import math
from typing import Any

import equinox as eqx
import jax
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._numbers import numbers
from ranvier.synapses._windows import shape_of


class Series(Synapse):
    """One synapse behind the other, without a neuron between: pooling before a convolution, say.

    A key is cut into one per synapse.

    Args:
        synapses: from the activity to the units.

    Raises:
        ValueError: no synapse at all, or one that expects another shape than the one before gives.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.synapses import Convolution, SumPooling
        >>> pooling = SumPooling((28, 28, 2), 2)
        >>> convolution = Convolution.random(pooling.shape, 8, 3, key=jax.random.key(0))
        >>> synapse = Series(pooling, convolution)
        >>> synapse.in_shape, synapse.shape
        ((28, 28, 2), (12, 12, 8))
    """

    synapses: tuple[Synapse, ...]

    def __init__(self, *synapses: Synapse) -> None:
        if not synapses:
            raise ValueError("Series: no synapse, expected at least one.")
        for number, (one, two) in enumerate(itertools.pairwise(synapses), start=1):
            if one.shape != two.in_shape:
                raise ValueError(
                    f"Series: synapse {number}, a {type(one).__name__}, gives {one.shape}, but "
                    f"synapse {number + 1}, a {type(two).__name__}, expects {two.in_shape}. Make "
                    "them equal."
                )
        self.synapses = synapses

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity."""
        return self.synapses[0].in_shape

    @property
    def in_size(self) -> int:
        """How many presynaptic units there are."""
        return self.synapses[0].in_size

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.synapses[-1].shape

    def _split(self, key: PRNGKeyArray | None) -> Any:
        """One key per synapse."""
        count = len(self.synapses)
        return [None] * count if key is None else jr.split(key, count)

    def init(self, batch: tuple[int, ...] = ()) -> tuple[Any, ...] | None:
        """The memory of every synapse; `None` if there is none at all."""
        memories = tuple(synapse.init(batch) for synapse in self.synapses)
        return None if all(memory is None for memory in memories) else memories

    def __call__(
        self, z: Float[Array, "..."], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        for synapse, own in zip(self.synapses, self._split(key), strict=True):
            z = synapse(z, key=own)
        return z

    def advance(
        self, memory: Any, z: Float[Array, "..."], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Float[Array, "..."]]:
        """One step of every synapse."""
        if memory is None:
            return None, self(z, key=key)
        after = []
        for synapse, held, own in zip(self.synapses, memory, self._split(key), strict=True):
            held, z = synapse.advance(held, z, key=own)
            after.append(held)
        return tuple(after), z

    def over_time(
        self, memory: Any, zs: Float[Array, "time ..."], *, keys: Array | None = None
    ) -> tuple[Any, Float[Array, "time ..."]]:
        """Many steps, synapse by synapse."""
        held = [None] * len(self.synapses) if memory is None else memory
        split = None if keys is None else jax.vmap(self._split, out_axes=1)(keys)
        after = []
        for number, synapse in enumerate(self.synapses):
            own = None if split is None else split[number]
            kept, zs = synapse.over_time(held[number], zs, keys=own)
            after.append(kept)
        return None if memory is None else tuple(after), zs


class Flatten(Synapse):
    """All units in one row, the last axis fastest, without parameters.

    `ranvier.layer` and `ranvier.chain` put it before dense weights where it is needed.

    Args:
        in_shape: axes of the activity.

    Raises:
        ValueError: an axis that is not a positive whole number.

    Example:
        >>> import jax.numpy as jnp
        >>> Flatten((12, 12, 8))(jnp.ones((5, 12, 12, 8))).shape
        (5, 1152)
    """

    axes: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, in_shape: tuple[int, ...]) -> None:
        self.axes = shape_of("Flatten", in_shape, needs_channels=False)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity."""
        return self.axes

    @property
    def in_size(self) -> int:
        """How many presynaptic units there are."""
        return math.prod(self.in_shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current: one row."""
        return (self.in_size,)

    def __call__(
        self, z: Float[Array, "..."], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """What each unit sends; noiseless. Spikes of a whole type become numbers."""
        z = numbers(z)
        return z.reshape(*z.shape[: z.ndim - len(self.in_shape)], self.in_size)
