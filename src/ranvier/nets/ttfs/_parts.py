"""Rectified units, what reaches them, and pools between them."""

import math
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, Synapse
from ranvier.synapses import MaximumPooling

INPUT = "input"


class Way(eqx.Module):
    """A linear way from a source to units: synapses one behind the other, or none at all.

    Attributes:
        source: the name of the part it comes from, or `"input"`.
        synapses: in order; without one, every unit reaches the unit of the same place.

    Example:
        >>> import jax.numpy as jnp
        >>> Way("input", ())(jnp.ones(3)).shape
        (3,)
    """

    source: str = eqx.field(static=True)
    synapses: tuple[Synapse, ...]

    def __call__(self, z: Float[Array, "..."]) -> Float[Array, "..."]:
        """What arrives."""
        for synapse in self.synapses:
            z = synapse(z)
        return z


class Units(eqx.Module):
    r"""Units that sum what several ways bring: $I = \sum_k W_k z_k + b$.

    Attributes:
        ways: from where, and how.
        bias: $b$; its axes are the last ones of the units, so that places may share it.
        shape: axes of the units.

    Example:
        >>> import jax.numpy as jnp
        >>> units = Units((Way("input", ()),), jnp.array([0.5, 1.0]), (2,))
        >>> units.current({"input": jnp.ones(2)})
        Array([1.5, 2. ], dtype=float32)
    """

    ways: tuple[Way, ...]
    bias: Float[Array, "..."]
    shape: tuple[int, ...] = eqx.field(static=True)

    def current(self, values: Mapping[str, Array]) -> Float[Array, "..."]:
        """What arrives, and the bias.

        Args:
            values: the activity of every source by name.
        """
        arriving = [way(values[way.source]) for way in self.ways]
        return sum(arriving[1:], arriving[0]) + self.bias


class Pool(eqx.Module):
    r"""The largest activity of each window, or the smallest where a negative factor follows.

    Attributes:
        source: the name of the part it sees, or `"input"`.
        pooling: its windows.
        signs: `[channels]`, 1 for the largest and -1 for the smallest activity.

    Example:
        >>> import jax.numpy as jnp, numpy as np
        >>> pool = Pool("input", MaximumPooling((4, 1), 2), np.array([-1]))
        >>> pool(jnp.array([[1.0], [2.0], [3.0], [0.0]])).ravel()
        Array([1., 0.], dtype=float32)
    """

    source: str = eqx.field(static=True)
    pooling: MaximumPooling
    signs: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Axes of what it gives."""
        return self.pooling.shape

    def __call__(self, z: Float[Array, "... channels"]) -> Float[Array, "... channels"]:
        """What the windows give."""
        return self.signs * self.pooling(self.signs * z)


class ReLUNetwork(Cell):
    r"""A network of rectified units in normal form, for inputs from 0 to 1.

    $$x_n = \max(0, \textstyle\sum_k W_{nk} x_k + b_n), \qquad \text{logits} = \sum_k W_k x_k + b$$

    where what is not a weight has been folded away: normalisation, factors, offsets, the range of
    the input. It holds nothing but units, pools of their maximum, and one linear output.

    Args:
        parts: name to units and pools, in an order in which they can be computed.
        output: the units without rectification that give the logits.
        input_shape: axes of the input.

    Source: Stanojevic, Woźniak, Bellec, Cherubini, Pantazi, Gerstner, Neural Networks 168 (2023),
    section 3.3, for what is folded.

    Example:
        See `ranvier.convert.relu.normal_form`.
    """

    parts: tuple[Units | Pool, ...]
    output: Units
    names: tuple[str, ...] = eqx.field(static=True)
    input_shape: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        parts: Mapping[str, Units | Pool],
        output: Units,
        input_shape: tuple[int, ...],
    ) -> None:
        self.parts, self.names = tuple(parts.values()), tuple(parts)
        self.output, self.input_shape = output, input_shape

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input."""
        return self.input_shape

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return math.prod(self.in_shape)

    @property
    def units(self) -> dict[str, Units]:
        """Name to units, without pools and the output."""
        named = zip(self.names, self.parts, strict=True)
        return {name: part for name, part in named if isinstance(part, Units)}

    def activities(self, x: Float[Array, "..."]) -> dict[str, Array]:
        """Name to the activity of every part, and `"input"`.

        Args:
            x: input, `[..., *in_shape]`, from 0 to 1.
        """
        values = {INPUT: x}
        for name, part in zip(self.names, self.parts, strict=True):
            if isinstance(part, Pool):
                values[name] = part(values[part.source])
            else:
                values[name] = jax.nn.relu(part.current(values))
        return values

    def logits(self, x: Float[Array, "..."]) -> Float[Array, "... classes"]:
        """What the output gives.

        Args:
            x: input, `[..., *in_shape]`, from 0 to 1.
        """
        return self.output.current(self.activities(x))

    def init(self, batch: tuple[int, ...] = ()) -> None:
        """It remembers nothing."""

    def __call__(
        self, state: None, x: Float[Array, "..."], *, key: PRNGKeyArray | None = None
    ) -> tuple[None, Array]:
        """One step: the logits."""
        return None, self.logits(x)

    def over_time(
        self, state: None, xs: Float[Array, "time ..."], *, keys: Array | None = None
    ) -> tuple[None, Array]:
        """Many steps, each on its own."""
        return None, self.logits(xs)
