"""A sequence, window by window."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def over_windows(advance: Callable[[Any, Any], Any], carry: Any, sequence: Any, window: int) -> Any:
    """What is carried through a sequence in windows of equal length, the last one maybe shorter.

    Args:
        advance: `(carry, window of the sequence) -> carry`.
        carry: before the first window.
        sequence: arrays with a leading axis of steps.
        window: steps.
    """
    sequence = jax.tree.map(jnp.asarray, sequence)
    steps = len(jax.tree.leaves(sequence)[0])
    whole = steps // window * window
    if whole:
        windows = jax.tree.map(lambda a: a[:whole].reshape(-1, window, *a.shape[1:]), sequence)
        carry, _ = jax.lax.scan(lambda carry, at: (advance(carry, at), None), carry, windows)
    if whole < steps:
        carry = advance(carry, jax.tree.map(lambda a: a[whole:], sequence))
    return carry
