"""Which inputs make a unit with exponential currents fire: two ways to find them."""

import abc
from itertools import pairwise
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


class CausalSums(NamedTuple):
    r"""What a unit has heard before it fires.

    Attributes:
        weights: $\sum_C w_{ji}$, `[..., units]`.
        weighted: $\sum_C w_{ji} z_i$, `[..., units]`.
        fires: whether it does, `[..., units]`; the sums mean nothing where it does not.

    Example:
        See `BySorting`.
    """

    weights: Float[Array, "..."]
    weighted: Float[Array, "..."]
    fires: Bool[Array, "..."]


class CausalSet(eqx.Module):
    """How the inputs that make a unit fire are found; `BySorting` and `AtLevels` are two ways.

    Example:
        See `BySorting`.
    """

    @abc.abstractmethod
    def __call__(
        self, weight: Float[Array, "units inputs"], z: Float[Array, "... inputs"]
    ) -> CausalSums:
        """Sums over the causal set of every unit; which set that is has no derivative."""


class BySorting(CausalSet):
    r"""The causal set by sorting: the first $k$ inputs after which the unit fires before the next.

    $$\sum_{i \le k} w_i > 1 \quad \text{and} \quad
    \frac{\sum_{i \le k} w_i z_i}{\sum_{i \le k} w_i - 1} \le z_{k+1}$$

    Inputs may come at any time; those at infinity never come. It takes memory for all inputs of
    all units at once.

    Example:
        The second input comes too late to be heard: $z = 2 \cdot 1 / (2 - 1)$.

        >>> sums = BySorting()(jnp.array([[2.0, 5.0]]), jnp.array([1.0, 3.0]))
        >>> sums.weights.tolist(), sums.weighted.tolist(), sums.fires.tolist()
        ([2.0], [2.0], [True])
    """

    def __call__(
        self, weight: Float[Array, "units inputs"], z: Float[Array, "... inputs"]
    ) -> CausalSums:
        """Sums over the causal set of every unit."""
        heard = jnp.isfinite(z)
        finite = jnp.where(heard, z, 0)
        last, fires = _last_heard(*jax.lax.stop_gradient((weight, z)))
        causal = (heard[..., None, :] & (z[..., None, :] <= last[..., None])).astype(weight.dtype)
        weights = (causal * weight).sum(-1)
        weighted = jnp.einsum("...ji,ji,...i->...j", causal, weight, finite)
        return CausalSums(weights, weighted, fires)


def _last_heard(weight: Array, z: Array) -> tuple[Array, Array]:
    """When the last input comes that a unit hears before it fires, and whether it fires."""
    order = jnp.argsort(z, -1)
    ordered = jnp.take_along_axis(z, order, -1)
    following = jnp.concatenate([ordered[..., 1:], jnp.full_like(z[..., :1], jnp.inf)], -1)
    rows = weight.T
    shape = (*z.shape[:-1], len(weight))

    def hear(carry: CausalSums, one: tuple[Array, Array, Array]) -> tuple[CausalSums, Array]:
        which, now, then = one[0], one[1][..., None], one[2][..., None]
        heard = jnp.isfinite(now)
        arriving = jnp.where(heard, rows[which], 0)
        weights = carry.weights + arriving
        weighted = carry.weighted + arriving * jnp.where(heard, now, 0)
        excess = jnp.where(weights > 1, weights - 1, 1)
        # No lower bound: who has not fired before now will not have, up to rounding.
        fires = heard & (weights > 1) & (weighted <= then * excess)
        last = jnp.where(fires & ~carry.fires, now, -jnp.inf)
        return CausalSums(weights, weighted, carry.fires | fires), last

    zero = jnp.zeros(shape, weight.dtype)
    start = CausalSums(zero, zero, jnp.zeros(shape, bool))
    inputs: Any = tuple(jnp.moveaxis(a, -1, 0) for a in (order, ordered, following))
    end, last = jax.lax.scan(hear, start, inputs)
    return last.max(0), end.fires


class AtLevels(CausalSet):
    """The causal set of inputs that come at a few known times, by a product per time.

    An input counts at the first level that it does not come after; one behind the last level never
    comes. The times of inputs have no derivative. It is many times as fast as sorting, and fits
    the first layer: two levels for black and white.

    Args:
        levels: $z$ at which inputs may come, rising.

    Raises:
        ValueError: no level, or levels that do not rise.

    Example:
        >>> weight, z = jnp.array([[0.75, 0.75]]), jnp.array([1.0, 6.0])
        >>> AtLevels((1.0, 6.0))(weight, z) == BySorting()(weight, z)
        True
    """

    levels: tuple[float, ...]

    def __init__(self, levels: tuple[float, ...]) -> None:
        levels = tuple(float(level) for level in levels)
        if not levels or any(b <= a for a, b in pairwise(levels)):
            raise ValueError(f"AtLevels: levels are {levels}, expected one or more that rise.")
        self.levels = levels

    def __call__(
        self, weight: Float[Array, "units inputs"], z: Float[Array, "... inputs"]
    ) -> CausalSums:
        """Sums over the causal set of every unit."""
        shape = (*z.shape[:-1], len(weight))
        weights = weighted = jnp.zeros(shape, weight.dtype)
        found = CausalSums(weights, weighted, jnp.zeros(shape, bool))
        before = -jnp.inf
        for level, following in zip(self.levels, (*self.levels[1:], jnp.inf), strict=True):
            arriving = ((z > before) & (z <= level)).astype(weight.dtype) @ weight.T
            weights, weighted = weights + arriving, weighted + level * arriving
            fires = (weights > 1) & (weighted <= following * jnp.maximum(weights - 1, 0))
            new = fires & ~found.fires
            found = CausalSums(
                jnp.where(new, weights, found.weights),
                jnp.where(new, weighted, found.weighted),
                found.fires | fires,
            )
            before = level
        return found
