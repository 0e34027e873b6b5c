"""Exact gradients of spike times, and what keeps them from running away."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from ranvier.core import positive
from ranvier.learn import losses
from ranvier.learn._types import Rule
from ranvier.learn.rules import bptt
from ranvier.nets.single_spike import SingleSpikeNetwork


class FirstSpike(NamedTuple):
    r"""Cross entropy of who fires first: $E = -\ln \frac{e^{-z_c}}{\sum_k e^{-z_k}}$.

    A loss like any other, of outputs $z = e^{t / \tau}$.

    Attributes:
        latest: where $z$ is cut: an output that fires later, or never, counts as one that fires
            then, and has no derivative.

    Source: Mostafa, IEEE Trans. Neural Netw. Learn. Syst. 29 (2018), section 3.

    Example:
        >>> z, target = jnp.array([1.0, jnp.inf]), jnp.array([1.0, 0.0])
        >>> round(float(FirstSpike(latest=3.0)(z, target)), 4)  # ln(1 + exp(-2))
        0.1269
    """

    latest: float = 100.0

    def __call__(
        self, z: Float[Array, "... classes"], target: Float[Array, "... classes"]
    ) -> Float[Array, "..."]:
        """The loss, one number per example."""
        return losses.categorical(-jnp.minimum(z, self.latest), target)


def weight_sum_cost(network: SingleSpikeNetwork) -> Float[Array, ""]:
    r"""By how much weights fail to add up to one: $\sum_{l, j} \max(0, 1 - \sum_i w^{(l)}_{ji})$.

    A unit whose weights add up to more than one fires in the end, if all its inputs do.

    Args:
        network: of layers with weights `[units, inputs]`.

    Source: Mostafa, IEEE Trans. Neural Netw. Learn. Syst. 29 (2018), section 3.

    Example:
        >>> from ranvier.nets.single_spike import MostafaLayer
        >>> layer = MostafaLayer(jnp.array([[0.25, 0.25], [2.0, 2.0]]))
        >>> float(weight_sum_cost(SingleSpikeNetwork([layer])))
        0.5
    """
    return sum(
        (jax.nn.relu(1 - layer.weight.sum(-1)).sum() for layer in network.layers),
        start=jnp.zeros(()),
    )


def mostafa(*, weight_sum: float = 100.0, weight_decay: float = 0.0, latest: float = 100.0) -> Rule:
    r"""Descent along the exact gradient of spike times, with the costs that keep units firing.

    $$E = -\ln \frac{e^{-z_c}}{\sum_k e^{-z_k}} + K \sum_{l, j} \max\Big(0, 1 - \sum_i
    w^{(l)}_{ji}\Big) + \frac{\lambda}{2} \sum w^2$$

    Derivatives grow without bound as the weights of a causal set come down to one. Put
    [`limit_rows`][ranvier.learn.single_spike.limit_rows] before the optimiser.

    Args:
        weight_sum: $K$.
        weight_decay: $\lambda$.
        latest: of [`FirstSpike`][ranvier.learn.single_spike.FirstSpike].

    Returns:
        A rule, `(network, batch, key) -> (loss, gradients)`, for batches of $z$,
        `[1, examples, inputs]`, and one-hot targets, `[1, examples, classes]`.

    Raises:
        ValueError: a cost below 0, or `latest` not above 1.

    Source: Mostafa, IEEE Trans. Neural Netw. Learn. Syst. 29 (2018), section 3.

    Example:
        >>> from ranvier.core import Batch
        >>> from ranvier.nets.single_spike import MostafaLayer
        >>> net = SingleSpikeNetwork([MostafaLayer(jnp.array([[2.0, 0.5], [1.5, 1.0]]))])
        >>> batch = Batch(jnp.array([[[1.0, 2.0]]]), jnp.array([[[0.0, 1.0]]]), jnp.ones((1, 1)))
        >>> loss, gradients = mostafa()(net, batch, None)
        >>> gradients.layers[0].weight[1].tolist()[0] < 0  # The true class shall fire sooner.
        True
    """
    if min(weight_sum, weight_decay) < 0:
        raise ValueError(
            f"mostafa: weight_sum is {weight_sum} and weight_decay {weight_decay}, expected 0 or "
            "more."
        )
    if latest <= 1:
        raise ValueError(f"mostafa: latest is {latest}, expected a time above z = 1.")
    of_spikes = bptt(FirstSpike(latest))

    def costs(network: Any) -> Array:
        squares = sum(jnp.square(layer.weight).sum() for layer in network.layers)
        return weight_sum * weight_sum_cost(network) + weight_decay / 2 * squares

    def rule(model, batch, key=None):
        loss, gradients = of_spikes(model, batch, key)
        cost, more = eqx.filter_value_and_grad(costs)(model)
        return loss + cost, jax.tree.map(jnp.add, gradients, more)

    return rule


def limit_rows(largest: float) -> optax.GradientTransformation:
    r"""Shorten the gradient of every unit's weights that is longer than allowed.

    $$g_j \leftarrow g_j \min(1, G / \lVert g_j \rVert)$$

    A unit whose derivatives run away is held back by itself; all others keep their step.

    Args:
        largest: $G$, the Euclidean norm of a row of weights.

    Raises:
        ValueError: a norm that is not above 0.

    Example:
        >>> shorten = limit_rows(1.0)
        >>> shorten.update(jnp.array([[3.0, 4.0], [0.3, 0.4]]), shorten.init(None))[0]
        Array([[0.6, 0.8],
               [0.3, 0.4]], dtype=float32)
    """
    positive("limit_rows", largest=largest)

    def shortened(row: Array) -> Array:
        norm = jnp.linalg.norm(row, axis=-1, keepdims=True)
        return row * (largest / jnp.maximum(norm, largest))

    return optax.stateless(lambda updates, params: jax.tree.map(shortened, updates))
