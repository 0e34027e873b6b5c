"""Attention between tokens whose queries, keys and values are spikes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, Neuron, Synapse
from ranvier.nets._layer import Layer
from ranvier.synapses import Convolution, OneToOne, Series, ThresholdNormalisation


class SpikingAttentionState(NamedTuple):
    """The state of each layer of a `SpikingAttention`.

    Example:
        >>> import jax, ranvier as rv
        >>> cell = SpikingAttention.random(rv.SNU((5, 8)), heads=2, key=jax.random.key(0))
        >>> cell.init((3,)).out.y.shape
        (3, 5, 8)
    """

    query: Any
    key: Any
    value: Any
    mixing: Any
    out: Any


class SpikingAttention(Cell):
    r"""Spiking self-attention: every token looks at every token, without a softmax.

    Per head, with the tokens' spikes $X$,

    $$Q, K, V = S(X W_Q),\, S(X W_K),\, S(X W_V), \qquad A = S(s\, Q K^\top V), \qquad
    Y = S(A W_O)$$

    where $S$ is a layer of spiking neurons and the product is of this very step. As nothing in it
    is negative, there is no softmax; so it is taken in the order that costs least, $Q (K^\top V)$
    where there are more tokens than channels in a head.

    Args:
        query, key, value: layers from `(tokens, width)` to the same.
        mixing: the layer that the product drives, unit by unit.
        out: the layer after it.
        heads: parts into which the width is cut, each with an attention of its own.
        scale: $s$.

    Raises:
        ValueError: a layer of other axes than `(tokens, width)`, heads that do not divide the
            width, or a scale that is not positive.

    Source: Zhou, Zhu, He, Wang, Yan, Tian, Yuan, ICLR 2023 (Spikformer), eqs. 8-10.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> cell = SpikingAttention.random(rv.SNU((5, 8)), heads=2, key=jax.random.key(0))
        >>> rv.run(cell, jnp.ones((4, 3, 5, 8)))[1].shape
        (4, 3, 5, 8)
    """

    query: Layer
    key: Layer
    value: Layer
    mixing: Layer
    out: Layer
    heads: int = eqx.field(static=True)
    scale: float

    def __init__(
        self,
        query: Layer,
        key: Layer,
        value: Layer,
        mixing: Layer,
        out: Layer,
        *,
        heads: int,
        scale: float = 0.125,
    ) -> None:
        axes = query.in_shape
        for layer in (query, key, value, mixing, out):
            if len(axes) != 2 or layer.in_shape != axes or layer.neuron.shape != axes:
                raise ValueError(
                    f"SpikingAttention: {layer.name} goes from {layer.in_shape} to "
                    f"{layer.neuron.shape}, and {query.name} expects {axes}. All layers go from "
                    "(tokens, width) to the same."
                )
        if not (isinstance(heads, int) and heads > 0 and axes[1] % heads == 0):
            raise ValueError(
                f"SpikingAttention: {heads} heads do not divide a width of {axes[1]}. Take heads "
                "that do."
            )
        if not scale > 0:
            raise ValueError(f"SpikingAttention: scale is {scale}, expected more than 0.")
        self.query, self.key, self.value = query, key, value
        self.mixing, self.out = mixing, out
        self.heads = heads
        self.scale = float(scale)

    @classmethod
    def random(
        cls,
        neuron: Neuron,
        *,
        heads: int,
        key: PRNGKeyArray,
        mixing: Neuron | None = None,
        scale: float = 0.125,
        normalisation: Callable[[tuple[int, ...]], Synapse] | None = ThresholdNormalisation,
        name: str = "attention",
    ) -> "SpikingAttention":
        """Draw the weights: the same for all tokens, each layer normalised as published.

        Args:
            neuron: of every layer, with axes `(tokens, width)` and one port.
            heads: as in the class.
            key: draws the weights.
            mixing: the neuron that the product drives; as the others, if not given. The published
                one has half their threshold.
            scale: as in the class.
            normalisation: axes of units to the normalisation behind the weights; `None` for none.
            name: how errors call the layers, each with its own name behind.

        Raises:
            ValueError: a neuron that has not two axes of units and one port, or what the class
                refuses.

        Example:
            >>> import jax, ranvier as rv
            >>> cell = SpikingAttention.random(rv.SNU((5, 8)), heads=2, key=jax.random.key(0))
            >>> cell.query.name
            'attention.query'
        """
        mixing = neuron if mixing is None else mixing
        for unit in (neuron, mixing):
            if len(unit.shape) != 2 or len(unit.input_ports) != 1:
                raise ValueError(
                    f"{name}: got a {type(unit).__name__} with units {unit.shape} and ports "
                    f"{unit.input_ports}, expected units (tokens, width) and one port."
                )
        shape = (neuron.shape[0], neuron.shape[1])

        def made(part: str, key: PRNGKeyArray) -> Layer:
            # A kernel of one place: the same dense weights for every token.
            synapse: Synapse = Convolution.random(shape, shape[1], 1, key=key)
            if normalisation is not None:
                synapse = Series(synapse, normalisation(shape))
            return Layer(neuron, {neuron.input_ports[0]: synapse}, name=f"{name}.{part}")

        keys = jr.split(key, 4)
        query, key_, value, out = (
            made(part, k) for part, k in zip(("query", "key", "value", "out"), keys, strict=True)
        )
        middle = Layer(mixing, {mixing.input_ports[0]: OneToOne(shape)}, name=f"{name}.mixing")
        return cls(query, key_, value, middle, out, heads=heads, scale=scale)

    @property
    def in_size(self) -> int:
        """How many numbers the input has."""
        return self.query.in_size

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input, `(tokens, width)`."""
        return self.query.in_shape

    def current(
        self,
        query: Float[Array, "... tokens width"],
        key: Float[Array, "... tokens width"],
        value: Float[Array, "... tokens width"],
    ) -> Float[Array, "... tokens width"]:
        r"""$s\, Q K^\top V$, head by head.

        Args:
            query, key, value: outputs of the layers of that name, `[..., tokens, width]`.
        """
        # Written out: an empty batch leaves nothing to infer a width from.
        split = (self.heads, self.in_shape[1] // self.heads)
        q, k, v = (z.reshape(*z.shape[:-1], *split) for z in (query, key, value))
        mixed = jnp.einsum("...nhd,...mhd,...mhe->...nhe", q, k, v, optimize="optimal")
        return self.scale * mixed.reshape(query.shape)

    def flow(
        self, state: SpikingAttentionState, x: Array, advance: Callable[..., tuple[Any, Array]]
    ) -> tuple[SpikingAttentionState, Array]:
        """Through all layers, of one step or of many.

        Args:
            state: where it starts.
            x: input, `[..., tokens, width]`.
            advance: a layer's name, its state and its input to its new state and its output.
        """
        after = {}

        def through(name: str, x: Array) -> Array:
            after[name], y = advance(name, getattr(state, name), x)
            return y

        mixed = self.current(*(through(name, x) for name in ("query", "key", "value")))
        y = through("out", through("mixing", mixed))
        return SpikingAttentionState(**after), y

    def split(self, key: PRNGKeyArray | None) -> dict[str, Any]:
        """One key per layer."""
        names = SpikingAttentionState._fields
        keys = [None] * len(names) if key is None else list(jr.split(key, len(names)))
        return dict(zip(names, keys, strict=True))

    def split_over_time(self, keys: Array | None) -> dict[str, Any]:
        """One key per layer and step, the same as `split` gives step by step."""
        return self.split(None) if keys is None else jax.vmap(self.split)(keys)

    def init(self, batch: tuple[int, ...] = ()) -> SpikingAttentionState:
        """Every layer at rest."""
        names = SpikingAttentionState._fields
        return SpikingAttentionState(*(getattr(self, name).init(batch) for name in names))

    def __call__(
        self,
        state: SpikingAttentionState,
        x: Float[Array, "... tokens width"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[SpikingAttentionState, Array]:
        """Advance one step."""
        keys = self.split(key)
        return self.flow(
            state, x, lambda name, held, z: getattr(self, name)(held, z, key=keys[name])
        )

    def over_time(
        self,
        state: SpikingAttentionState,
        xs: Float[Array, "time ... tokens width"],
        *,
        keys: Array | None = None,
    ) -> tuple[SpikingAttentionState, Array]:
        """Advance many steps, layer by layer."""
        split = self.split_over_time(keys)
        return self.flow(
            state,
            xs,
            lambda name, held, z: getattr(self, name).over_time(held, z, keys=split[name]),
        )
