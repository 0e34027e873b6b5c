"""Connections from a unit that is named by its number."""

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._dense import Initialiser, glorot_uniform


class Embedding(Synapse):
    r"""Weights of the one presynaptic unit that is active, given by its number: $I = W_{:, z}$.

    The same current as `Dense` gives for a one-hot activity, without the product.

    Args:
        weight: `[n_out, n_in]`, as of `Dense`.

    Raises:
        ValueError: the weight is not a matrix.

    Example:
        >>> synapse = Embedding(jnp.array([[1.0, 2.0, 3.0]]))
        >>> synapse(jnp.array([2]))
        Array([3.], dtype=float32)
    """

    weight: Float[Array, "fan_out words"]

    def __init__(self, weight: Float[Array, "fan_out words"]) -> None:
        if jnp.ndim(weight) != 2:
            raise ValueError(
                f"Embedding: the weight has shape {jnp.shape(weight)}, expected [n_out, n_in]."
            )
        self.weight = weight

    @property
    def in_size(self) -> int:
        """One number per step."""
        return 1

    @property
    def in_shape(self) -> tuple[int, ...]:
        """One number per step."""
        return (1,)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.weight.shape[:1]

    def __call__(
        self, z: Float[Array, "... one"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... fan_out"]:
        """The current of every unit.

        Args:
            z: the number of the active unit, `[..., 1]`.
            key: not used.
        """
        return self.weight.T[z[..., 0].astype(jnp.int32)]

    @classmethod
    def random(
        cls, words: int, units: int, *, key: PRNGKeyArray, init: Initialiser = glorot_uniform
    ) -> "Embedding":
        """Draw the weights.

        Args:
            words: presynaptic units.
            units: postsynaptic ones.
            key: draws the weights.
            init: `(key, (n_out, n_in)) -> weight`.

        Example:
            >>> import jax
            >>> Embedding.random(5, 2, key=jax.random.key(0)).weight.shape
            (2, 5)
        """
        return cls(init(key, (units, words)))
