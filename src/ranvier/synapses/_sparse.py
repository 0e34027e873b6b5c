"""Connections between few pairs of units, each kept by itself."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._numbers import numbers

# Pairs that are looked at in one go when partners are drawn: 128 MiB.
_AT_ONCE = 1 << 27


class Sparse(Synapse):
    r"""Some pairs of units are connected: $I_i = \sum_{(j, i)} w_{ji} z_j$.

    Which pairs, is fixed; a pair that is listed twice counts twice. The connections are kept in
    the order of their presynaptic unit, so that a spike finds all it must reach in one piece (see
    `ranvier.nets.simulate`); as a layer's synapse they are all gone through at every step.

    Args:
        pre, post: which unit reaches which, one entry per connection.
        in_size, out_size: widths before and after.
        weight: a float is the constant weight of all connections, an array `[]` learns one weight
            for all, an array `[connections]`, in the order given, learns one for each.

    Raises:
        ValueError: units that do not exist, or another number of weights than of connections.

    Example:
        >>> import jax.numpy as jnp
        >>> synapse = Sparse([0, 0, 1], [0, 1, 1], in_size=2, out_size=2, weight=0.5)
        >>> synapse(jnp.array([1.0, 3.0]))
        Array([0.5, 2. ], dtype=float32)
    """

    pre: Int[Array, " connections"]
    post: Int[Array, " connections"]
    weight: float | Float[Array, ""] | Float[Array, " connections"]
    in_size: int = eqx.field(static=True)
    out_size: int = eqx.field(static=True)

    def __init__(
        self,
        pre: Any,
        post: Any,
        *,
        in_size: int,
        out_size: int,
        weight: float | Float[Array, ""] | Float[Array, " connections"] = 1.0,
    ) -> None:
        pre, post = np.asarray(pre), np.asarray(post)
        if pre.ndim != 1 or pre.shape != post.shape:
            raise ValueError(
                f"Sparse: pre has shape {pre.shape} and post {post.shape}, expected one entry per "
                "connection in each."
            )
        for side, units, size in (("pre", pre, in_size), ("post", post, out_size)):
            if len(units) and not (units.min() >= 0 and units.max() < size):
                raise ValueError(
                    f"Sparse: {side} names units {units.min()} to {units.max()}, expected 0 to "
                    f"{size - 1}."
                )
        if np.shape(weight) not in ((), pre.shape):
            raise ValueError(
                f"Sparse: got weights of shape {np.shape(weight)}, expected one number or one per "
                f"connection, {pre.shape}."
            )
        if (pre[1:] < pre[:-1]).any():
            order = np.argsort(pre, kind="stable")
            pre, post = pre[order], post[order]
            weight = jnp.asarray(weight)[order] if np.ndim(weight) else weight
        self.pre = jnp.asarray(pre, jnp.int32)
        self.post = jnp.asarray(post, jnp.int32)
        self.weight = float(weight) if isinstance(weight, (int, float)) else jnp.asarray(weight)
        self.in_size, self.out_size = in_size, out_size

    @classmethod
    def random(
        cls,
        in_size: int,
        out_size: int,
        *,
        probability: float,
        key: PRNGKeyArray,
        weight: float | Float[Array, ""] = 1.0,
        self_connections: bool = True,
    ) -> "Sparse":
        """Connect every pair with the same probability, each on its own.

        Args:
            in_size, out_size: widths before and after.
            probability: of a connection, 0 to 1.
            key: draws the connections.
            weight: of all connections, as in the class.
            self_connections: whether unit k may reach unit k.

        Raises:
            ValueError: a probability outside 0 to 1.

        Example:
            >>> import jax
            >>> synapse = Sparse.random(1000, 500, probability=0.02, key=jax.random.key(0))
            >>> 9_500 < len(synapse.pre) < 10_500
            True
        """
        if not 0 <= probability <= 1:
            raise ValueError(f"Sparse: probability is {probability}, expected 0 to 1.")
        rng, pairs = _generator(key), in_size * out_size
        # The gaps between connected pairs are geometric: draw those, not every pair.
        found, reached = [], -1
        while probability > 0 and reached < pairs:
            expected = (pairs - reached) * probability
            gaps = rng.geometric(probability, int(expected + 4 * expected**0.5 + 16))
            places = reached + np.cumsum(gaps)
            found.append(places)
            reached = int(places[-1])
        chosen = np.concatenate(found) if found else np.empty(0, np.int64)
        pre, post = np.divmod(chosen[chosen < pairs], out_size)
        if not self_connections:
            pre, post = pre[pre != post], post[pre != post]
        return cls(pre, post, in_size=in_size, out_size=out_size, weight=weight)

    @classmethod
    def fixed_in_degree(
        cls,
        in_size: int,
        out_size: int,
        *,
        in_degree: int,
        key: PRNGKeyArray,
        weight: float | Float[Array, ""] = 1.0,
        self_connections: bool = True,
    ) -> "Sparse":
        """Give every postsynaptic unit the same number of different partners, drawn evenly.

        Args:
            in_size, out_size: widths before and after.
            in_degree: connections per postsynaptic unit.
            key: draws the connections.
            weight: of all connections, as in the class.
            self_connections: whether unit k may reach unit k.

        Raises:
            ValueError: more connections per unit than there are partners.

        Source: Brunel, J. Comput. Neurosci. 8 (2000), section 2.

        Example:
            >>> import jax, numpy as np
            >>> synapse = Sparse.fixed_in_degree(50, 20, in_degree=5, key=jax.random.key(0))
            >>> set(np.bincount(synapse.post).tolist())
            {5}
        """
        partners = in_size - (not self_connections)
        if not 0 <= in_degree <= partners:
            raise ValueError(
                f"Sparse: in_degree is {in_degree}, expected 0 to {partners}, the number of "
                "possible partners."
            )
        rng, block = _generator(key), max(1, _AT_ONCE // in_size)
        pieces = []
        for start in range(0, out_size, block):
            width = min(block, out_size - start)
            taken = np.zeros((in_size, width), bool)
            forbidden = np.arange(start, min(start + width, in_size))
            if not self_connections:
                taken[forbidden, forbidden - start] = True
            missing = np.full(width, in_degree)
            target = in_degree + taken.sum(0)
            # Partners drawn twice are drawn again until all differ.
            while missing.any():
                column = np.repeat(np.arange(width), missing)
                taken[rng.integers(in_size, size=len(column)), column] = True
                missing = target - taken.sum(0)
            if not self_connections:
                taken[forbidden, forbidden - start] = False
            pre, post = np.divmod(np.flatnonzero(taken), width)
            pieces.append((pre, post + start))
        pre, post = (np.concatenate(side) for side in zip(*pieces, strict=True))
        return cls(pre, post, in_size=in_size, out_size=out_size, weight=weight)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return (self.out_size,)

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... fan_out"]:
        """The current of every unit; noiseless."""
        z = numbers(z)
        sent = z[..., self.pre]
        if jnp.ndim(self.weight):
            sent = self.weight * sent
        current = jnp.zeros((*z.shape[:-1], self.out_size), sent.dtype)
        current = current.at[..., self.post].add(sent)
        # One weight for all: counted first, so that the sum does not depend on its order.
        return current if jnp.ndim(self.weight) else self.weight * current


def _generator(key: PRNGKeyArray) -> np.random.Generator:
    """NumPy's random numbers from a key: quick enough for millions of connections."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel())
