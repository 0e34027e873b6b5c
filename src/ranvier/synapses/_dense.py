"""All-to-all connections."""

from collections.abc import Callable

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse

Initialiser = Callable[[PRNGKeyArray, tuple[int, int]], Array]


def glorot_uniform(key: PRNGKeyArray, shape: tuple[int, int]) -> Float[Array, "fan_out fan_in"]:
    r"""$w \sim U(-a, a)$ with $a = \sqrt{6 / (n_{in} + n_{out})}$.

    Args:
        key: draws the weights.
        shape: `(n_out, n_in)`.

    Source: Glorot, Bengio, AISTATS 2010, eq. 16.

    Example:
        >>> import jax
        >>> bool(abs(glorot_uniform(jax.random.key(0), (3, 3))).max() <= 1.0)
        True
    """
    bound = (6 / sum(shape)) ** 0.5
    return jr.uniform(key, shape, minval=-bound, maxval=bound)


def he_uniform(key: PRNGKeyArray, shape: tuple[int, int]) -> Float[Array, "fan_out fan_in"]:
    r"""$w \sim U(-a, a)$ with $a = \sqrt{6 / n_{in}}$, for rectified units.

    Args:
        key: draws the weights.
        shape: `(n_out, n_in)`.

    Source: He, Zhang, Ren, Sun, ICCV 2015, section 2.2, its uniform form.

    Example:
        >>> import jax
        >>> bool(abs(he_uniform(jax.random.key(0), (3, 6))).max() <= 1.0)
        True
    """
    bound = (6 / shape[1]) ** 0.5
    return jr.uniform(key, shape, minval=-bound, maxval=bound)


class Dense(Synapse):
    r"""All-to-all weights: $I = W z$; row $i$ is the fan-in of unit $i$.

    Where the weights are of lower precision than $z$, the product is taken in theirs and summed
    in that of $z$; spikes lose nothing by it.

    Args:
        weight: `[n_out, n_in]`.

    Raises:
        ValueError: the weight is not a matrix.

    Example:
        >>> import jax.numpy as jnp
        >>> Dense(jnp.array([[1.0, 2.0]]))(jnp.array([3.0, 4.0]))
        Array([11.], dtype=float32)
    """

    weight: Float[Array, "fan_out fan_in"]

    def __init__(self, weight: Float[Array, "fan_out fan_in"]) -> None:
        if jnp.ndim(weight) != 2:
            raise ValueError(
                f"Dense: the weight has shape {jnp.shape(weight)}, expected [n_out, n_in]."
            )
        self.weight = weight

    @classmethod
    def random(
        cls, in_size: int, out_size: int, *, key: PRNGKeyArray, init: Initialiser = glorot_uniform
    ) -> "Dense":
        """Draw the weights.

        Args:
            in_size, out_size: widths before and after.
            key: draws the weights.
            init: `(key, (n_out, n_in)) -> weight`.

        Example:
            >>> import jax
            >>> Dense.random(4, 2, key=jax.random.key(0)).weight.shape
            (2, 4)
        """
        return cls(init(key, (out_size, in_size)))

    @property
    def in_size(self) -> int:
        """Width of the presynaptic activity."""
        return self.weight.shape[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.weight.shape[:1]

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... fan_out"]:
        """The current of every unit; noiseless."""
        if jnp.issubdtype(z.dtype, jnp.inexact) and z.dtype.itemsize > self.weight.dtype.itemsize:
            narrow = z.astype(self.weight.dtype)
            return jnp.matmul(narrow, self.weight.T, preferred_element_type=z.dtype)
        if z.size == z.shape[-1]:
            # One vector: a matrix-vector product, which XLA does twice as fast on a CPU.
            return (self.weight @ z.reshape(-1)).reshape(*z.shape[:-1], -1)
        return z @ self.weight.T
