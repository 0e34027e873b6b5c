"""What a digital factor after an array makes good."""

from typing import Literal, TypeVar

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from ranvier.core import one_of
from ranvier.hardware.crossbar._crossbar import Crossbar, correction
from ranvier.hardware.crossbar._program import over_arrays

Network = TypeVar("Network")


def compensate(
    model: Network,
    *,
    key: PRNGKeyArray | None = None,
    per: Literal["tile", "column"] = "tile",
) -> Network:
    r"""Drift compensation: outputs are multiplied so that readings are as large as at first.

    $$\alpha = \frac{\langle |o(t_0)| \rangle}{\langle |o(t)| \rangle}$$

    with the outputs $o$ of every row alone, averaged over rows and, for one factor per tile, over
    columns. The weights lose the common part of the drift; what differs between devices remains.

    Args:
        model: a network on arrays, drifted or not.
        key: draws the noise of these readings, which then is that of the first ones, too; `None`
            is noiseless, as if many had been averaged.
        per: one factor for all outputs of a tile ("global drift compensation"), or for each.

    Raises:
        ValueError: another choice of `per`, or a network without an array.

    Source: Joshi et al., Nat. Commun. 11 (2020); per column as in IBM's analog hardware
    acceleration kit.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware import compensate, devices, drift, program
        >>> layer = rv.layer(100, rv.SNU(50), key=jax.random.key(0))
        >>> fresh = program(layer, devices.pcm(), key=jax.random.key(1))
        >>> later = compensate(drift(fresh, 86_400.0, key=jax.random.key(2)))
        >>> bool(1.4 < later.synapses["dendrite"].gain[0, 0] < 1.7)
        True
    """
    one_of("compensate", "per", per, ("tile", "column"))

    return over_arrays("compensate", model, _corrected, key, per)


def _corrected(array: Crossbar, key: PRNGKeyArray | None, per: str) -> Crossbar:
    # Noise makes small readings larger: it has to be in both of them, or in none.
    before = array.baseline if key is None else array.noisy_baseline
    now = array.magnitudes(key=key)
    if per == "tile":
        before, now = (jnp.mean(found, axis=1, keepdims=True) for found in (before, now))
    return array.corrected(jnp.broadcast_to(correction(before, now), array.gain.shape))
