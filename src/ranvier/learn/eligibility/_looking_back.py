"""A layer's own past, found by looking back: what forward traces hold, at the price of BPTT."""

from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array

from ranvier.learn.eligibility._at_once import at_once
from ranvier.learn.eligibility._common import Eligibility
from ranvier.nets import Layer


def looking_back() -> Eligibility:
    r"""The parameters' influence through their own layer, by backpropagation within that layer.

    $$\frac{dE}{d\theta_l} = \sum_t L_l^t\, \frac{d y_l^t}{d \theta_l}$$

    with the whole derivative through time inside layer $l$: that of `exact`, in the time and with
    the memory of BPTT, for any layer. It looks back over one chunk of `online`; give it a chunk as
    long as the sequence. Learning signals that are not exact are judged by it, free of what traces
    drop.

    Source: Bohnstingl et al., IEEE TNNLS 34 (2023), eq. 5, summed backwards.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.learn import signals
        >>> feedback = signals.direct(jax.random.key(1))
        >>> rule = rv.online(
        ...     rv.losses.categorical, eligibility=looking_back(), signal=feedback, chunk=50
        ... )
    """
    single = at_once()

    def along(
        layer: Layer, traces: None, before: Any, xs: Array, signals: Array, keys: Any
    ) -> tuple[None, Any]:
        learning, rest = eqx.partition(layer, eqx.is_inexact_array)
        start = jax.tree.map(lambda state: state[0], before)

        def outputs(learning: Any) -> Array:
            return eqx.combine(learning, rest).over_time(start, xs, keys=keys)[1]

        (gradients,) = jax.vjp(outputs, learning)[1](signals)
        return None, gradients

    return Eligibility(single.init, single.advance, along)
