"""Direct learning signals scaled by how important their units are to the layer above."""

from collections.abc import Iterator
from typing import Any

import jax
from jaxtyping import Array

from ranvier.learn.signals._instant import Instant, Signal
from ranvier.synapses import Grapes, SenderGrapes


def by_importance(signal: Signal) -> Signal:
    r"""GRAPES for direct feedback: signals scaled by the weights that leave a unit.

    $$L_{l,i} \to Q_{l+1,i}\, L_{l,i}$$

    $Q$ is that of the `SenderGrapes` which carry the layer's output on; a layer whose output other
    connections carry on gets its signal as it is.

    Args:
        signal: such as `direct`.

    Source: the code released with Dellaferrera et al., Nat. Commun. 13 (2022).

    Example:
        >>> import ranvier as rv
        >>> from ranvier.learn.signals import direct
        >>> rule = rv.online(rv.losses.categorical, signal=by_importance(direct(jax.random.key(1))))
    """

    def scaled(now: Instant) -> tuple[Array, list[Array]]:
        value, worths = signal(now)
        above: Any = now.chain.layers[1:]
        hidden = (_scaled(worth, layer) for worth, layer in zip(worths[:-1], above, strict=True))
        return value, [*hidden, worths[-1]]

    return scaled


def factors_of(layer: Any, kind: type[Grapes] | type[SenderGrapes]) -> Iterator[Array]:
    """The factors of a layer's connections of one kind."""

    def is_kind(node: Any) -> bool:
        return isinstance(node, kind)

    found = filter(is_kind, jax.tree.leaves(layer.synapses, is_leaf=is_kind))
    return (part.factors() for part in found)


def _scaled(worth: Array, above: Any) -> Array:
    """A signal times the factors of the connections that carry the layer's output on."""
    for factors in factors_of(above, SenderGrapes):
        # Of a convolution one per channel; behind a `Flatten` one per unit.
        each = factors.size == worth.shape[-1]
        worth = worth * (factors if each else factors.reshape(worth.shape[1:]))
    return worth
