"""Losses of one time step, and how steps are put together.

A loss maps `(output, target)`, each `[..., width]`, to one number per step, `[...]`. An average
maps the mask `[T, B]` to the factor that the sum over valid steps is multiplied by.
"""

from collections.abc import Callable

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

Loss = Callable[[Array, Array], Array]
Average = Callable[[Array], Array]


def bernoulli(
    logits: Float[Array, "... width"], target: Float[Array, "... width"]
) -> Float[Array, "..."]:
    r"""Negative log-likelihood of independent coins, nats per step.

    $$E = \sum_k \log(1 + e^{z_k}) - t_k z_k$$

    Args:
        logits: $z$.
        target: $t$, 0 or 1.

    Example:
        Eighty-eight undecided keys cost 88 ln 2.

        >>> round(float(bernoulli(jnp.zeros(88), jnp.zeros(88))), 3)
        60.997
    """
    return optax.sigmoid_binary_cross_entropy(logits, target).sum(-1)


def categorical(
    logits: Float[Array, "... width"], target: Float[Array, "... width"]
) -> Float[Array, "..."]:
    r"""Cross entropy of one class out of many, nats per step: $E = -\sum_k t_k \log p_k$.

    Args:
        logits: unnormalised log-probabilities.
        target: one-hot, or a distribution.

    Example:
        >>> round(float(categorical(jnp.zeros(4), jnp.array([1.0, 0, 0, 0]))), 4)
        1.3863
    """
    return optax.softmax_cross_entropy(logits, target)


def squared_error(
    output: Float[Array, "... width"], target: Float[Array, "... width"]
) -> Float[Array, "..."]:
    r"""Half the squared distance, per step: $E = \frac12 \sum_k (y_k - t_k)^2$.

    Args:
        output: $y$.
        target: $t$, in the units of the output.

    Example:
        >>> float(squared_error(jnp.array([1.0, 2.0]), jnp.array([0.0, 0.0])))
        2.5
    """
    return 0.5 * jnp.square(output - target).sum(-1)


def per_step(mask: Float[Array, "time batch"]) -> Float[Array, ""]:
    """Mean over the valid steps of the whole batch.

    Args:
        mask: 1 where a step counts.

    Example:
        >>> float(per_step(jnp.array([[1.0, 1.0], [1.0, 0.0]])) * 3)
        1.0
    """
    return 1 / jnp.maximum(mask.sum(), 1)


def per_sequence(mask: Float[Array, "time batch"]) -> Float[Array, ""]:
    """Sum over the steps of a sequence, mean over the sequences that are not empty.

    Args:
        mask: 1 where a step counts.

    Example:
        >>> float(per_sequence(jnp.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])))
        0.5
    """
    return 1 / jnp.maximum((mask.max(0) > 0).sum(), 1)
