"""Whole, step by step and in pieces: the ways through time that must agree."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np


def ways(
    init: Callable[..., Any],
    advance: Callable[..., Any],
    over_time: Callable[..., Any],
    *,
    examples: int,
    noise: bool,
) -> Callable[[jax.Array], Any]:
    """From an input to `[(state, output)]` of all ways, in one program."""

    def step_by_step(state, xs, keys):
        return jax.lax.scan(
            lambda state, at: advance(state, at[0], key=at[1]), state, (xs, keys if noise else None)
        )

    @jax.jit
    def run(xs, keys):
        rest = init((examples,))
        one, two, every = (keys[:2], keys[2:], keys) if noise else (None, None, None)
        whole = over_time(rest, xs, keys=every)
        state, first = over_time(rest, xs[:2], keys=one)
        state, second = over_time(state, xs[2:], keys=two)
        return whole, step_by_step(rest, xs, keys), (state, jnp.concatenate([first, second]))

    return lambda xs: run(xs, jr.split(jr.key(7), len(xs)))


def close(one: Any, two: Any, tolerance: float = 2e-6) -> None:
    """Alike up to the order in which a product sums."""
    assert jax.tree.structure(one) == jax.tree.structure(two)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
