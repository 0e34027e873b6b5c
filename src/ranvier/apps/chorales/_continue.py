"""A chorale, begun by Bach and continued by a network."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from ranvier.core import Cell
from ranvier.nets import run


@eqx.filter_jit
def _compose(model: Cell, opening: jax.Array, key: jax.Array, steps: int, temperature: float):
    state, logits = run(model, opening)

    def body(carry, key):
        state, logits = carry
        frame = jr.bernoulli(key, jax.nn.sigmoid(logits / temperature)).astype(logits.dtype)
        state, logits = model(state, frame)
        return (state, logits), frame

    keys = jr.split(key, steps)
    return jax.lax.scan(body, (state, logits[-1]), keys)[1]


def continuation(
    model: Cell, opening: np.ndarray, steps: int, *, seed: int, temperature: float = 0.6
) -> np.ndarray:
    r"""Let a network go on with a piece: every key is a coin with $p = \sigma(z / \tau)$.

    Args:
        model: predicts the logits $z$ of the next frame.
        opening: frames to begin with, `[T, keys]` of 0 and 1.
        steps: frames to add.
        seed: draws the notes.
        temperature: $\tau$; 1 samples what the network believes, less keeps to what it is sure of.

    Returns:
        Opening and continuation, `[T + steps, keys]`, uint8.

    Raises:
        ValueError: an empty opening.

    Example:
        >>> import ranvier as rv
        >>> net = rv.chain(88, rv.SNU(4), rv.Readout(88), key=jr.key(0))
        >>> continuation(net, np.zeros((3, 88)), 5, seed=0).shape
        (8, 88)
    """
    if len(opening) == 0:
        raise ValueError("a continuation needs an opening of at least one frame; got none.")
    frames = _compose(model, jnp.asarray(opening, jnp.float32), jr.key(seed), steps, temperature)
    return np.concatenate([opening, np.asarray(frames)]).astype(np.uint8)
