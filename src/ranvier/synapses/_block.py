"""Connections within groups of units."""

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._dense import Initialiser, glorot_uniform
from ranvier.synapses._windows import sizes


class Block(Synapse):
    r"""Block-diagonal weights: group g of the activity reaches group g of the units, all-to-all.

    $$I_{g,i} = \sum_j w_{g,i,j}\, z_{g,j}$$

    Groups lie one after the other. There are as many times fewer weights than in `Dense` as there
    are groups.

    Args:
        weight: `[groups, n_out / groups, n_in / groups]`.

    Raises:
        ValueError: the weight has not three axes.

    Example:
        >>> import jax.numpy as jnp
        >>> Block(jnp.array([[[1.0, 2.0]], [[3.0, 4.0]]]))(jnp.array([1.0, 1.0, 10.0, 10.0]))
        Array([ 3., 70.], dtype=float32)
    """

    weight: Float[Array, "groups fan_out fan_in"]

    def __init__(self, weight: Float[Array, "groups fan_out fan_in"]) -> None:
        if jnp.ndim(weight) != 3:
            raise ValueError(
                f"Block: the weight has shape {jnp.shape(weight)}, expected "
                "[groups, n_out / groups, n_in / groups]."
            )
        self.weight = weight

    @classmethod
    def random(
        cls,
        in_size: int,
        out_size: int,
        groups: int,
        *,
        key: PRNGKeyArray,
        init: Initialiser = glorot_uniform,
    ) -> "Block":
        """Draw the weights.

        Args:
            in_size, out_size: widths before and after.
            groups: how many.
            key: draws the weights.
            init: `(key, (n_out / groups, n_in / groups)) -> weight`, once per group.

        Raises:
            ValueError: groups that do not divide both widths.

        Example:
            >>> import jax
            >>> Block.random(6, 4, 2, key=jax.random.key(0)).weight.shape
            (2, 2, 3)
        """
        (groups,) = sizes("Block", "groups", groups, 1)
        if in_size % groups or out_size % groups:
            raise ValueError(
                f"Block: {groups} groups do not divide widths {in_size} and {out_size}. Take "
                "groups that divide both."
            )
        shape = (out_size // groups, in_size // groups)
        return cls(jnp.stack([init(k, shape) for k in jr.split(key, groups)]))

    @property
    def in_size(self) -> int:
        """Width of the presynaptic activity."""
        return self.weight.shape[0] * self.weight.shape[2]

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return (self.weight.shape[0] * self.weight.shape[1],)

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... fan_out"]:
        """The current of every unit; noiseless."""
        groups, _, fan_in = self.weight.shape
        sent = z.reshape(*z.shape[:-1], groups, fan_in)
        current = jnp.einsum("goi,...gi->...go", self.weight, sent)
        return current.reshape(*z.shape[:-1], *self.shape)
