"""Unbiased online recurrent optimisation: the influence as one random outer product."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.eligibility._common import (
    Eligibility,
    Traces,
    assembled,
    empty_traces,
    linearised,
    position,
    product,
    total,
)
from ranvier.learn.eligibility._exact import mover, responses
from ranvier.learn.eligibility._local import where_recurrent
from ranvier.learn.eligibility._random import balance, norm, scaled, sign_keys, signs
from ranvier.nets import Layer


class _Outer(NamedTuple):
    """A state and parameters, per example, whose outer product stands for the influence."""

    state: list[Array]
    parameters: Traces


def uoro() -> Eligibility:
    r"""Unbiased online recurrent optimisation (UORO): memory as of one gradient per example.

    $$M^t \approx A^t \otimes B^t, \quad A^t = \rho_0 J^t A^{t-1} + \rho_1 \nu, \quad
    B^t = \frac{B^{t-1}}{\rho_0} + \frac{\nu^\top D^t}{\rho_1}$$

    with random signs $\nu$; $\rho_0 = \sqrt{|B| / |JA|}$ and $\rho_1 = \sqrt{|\nu^\top D| / |\nu|}$
    keep the variance low. Its mean over the signs is the gradient of `exact`, its variance is
    large, and grows with the units. A feed-forward layer needs no more than `local` and gets it.

    Raises:
        ValueError: (when run) no key.

    Source: Tallec, Ollivier, arXiv:1702.05043 (2017).

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=uoro())
    """

    def init(layer: Layer, batch: tuple[int, ...]) -> Any:
        state = jax.tree.map(jnp.zeros_like, jax.tree.leaves(layer.init(batch)))

        def empty(shape: tuple[int, ...]) -> Array:
            return jnp.zeros((*batch, *shape), state[0].dtype)

        return _Outer(state, empty_traces(layer, empty))

    def advance(
        layer: Layer, traces: Any, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Any, Any, Any]:
        keys = sign_keys("uoro", layer, key, len(traces.state))
        batch = signal.ndim - 1
        found = linearised(layer, state, x, key)
        move = mover(found, responses(layer, state.y, key), position(state))
        moved = move(traces.state, [None] * len(traces.state))
        drawn = [signs(k, v) for k, v in zip(keys, moved, strict=True)]

        def met(row: list[Array | None]) -> Array:
            """The signs through the derivatives of all variables by one thing."""
            met = total(product(d, c) for d, c in zip(drawn, row, strict=True))
            return jnp.zeros_like(signal) if met is None else met

        def of_weights(group: dict[str, Array], presynaptic: Array) -> dict[str, Array]:
            return {
                port: met(found.by_current[port])[..., :, None] * presynaptic[..., None, :]
                for port in group
            }

        direct = Traces(
            of_weights(traces.parameters.synapses, x),
            of_weights(traces.parameters.recurrent, state.y),
            [met(row) for row in found.by_parameter],
        )
        first = balance(norm(jax.tree.leaves(traces.parameters), batch), norm(moved, batch))
        second = balance(norm(jax.tree.leaves(direct), batch), norm(drawn, batch))
        after = [scaled(m, first) + scaled(d, second) for m, d in zip(moved, drawn, strict=True)]
        worth = (signal * after[position(found.state)]).sum(-1)

        def later(old: Array, new: Array) -> Array:
            return scaled(old, 1 / first) + scaled(new, 1 / second)

        parameters = jax.tree.map(later, traces.parameters, direct)

        def credited(b: Array) -> Array:
            return jnp.einsum("...,...nm->nm", worth, b)

        gradients = assembled(
            layer,
            {p: credited(b) for p, b in parameters.synapses.items()},
            {p: credited(b) for p, b in parameters.recurrent.items()},
            [scaled(b, worth) for b in parameters.neuron],
        )
        return _Outer(after, parameters), found.state, gradients

    return where_recurrent(init, advance)
