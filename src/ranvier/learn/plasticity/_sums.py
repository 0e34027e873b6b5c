"""Products of the activity on two sides of a connection."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def outer(post: Float[Array, "... post"], pre: Float[Array, "... pre"]) -> Float[Array, "post pre"]:
    """One product per synapse, summed over leading axes.

    Args:
        post: behind the synapses.
        pre: before them.

    Example:
        >>> outer(jnp.array([[1.0, 0.0], [1.0, 1.0]]), jnp.array([[2.0], [3.0]])).tolist()
        [[5.0], [3.0]]
    """
    return jnp.einsum("...i,...j->ij", post, pre)
