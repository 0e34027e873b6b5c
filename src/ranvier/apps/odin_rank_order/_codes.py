"""The codes that are compared: the same pixels, sent in another order or several times."""

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from numpy.typing import NDArray

import ranvier.encode as encode
from ranvier.apps._odin_digits.images import Digits
from ranvier.apps.odin_rank_order._settings import Settings

LABELS: dict[str, str] = {
    "brightest": "brightest first",
    "shuffled": "shuffled",
    "darkest": "darkest first",
    "rate": "rate code",
}
"""How reports call them."""

_AT_ONCE = 1000


def coded(settings: Settings, code: str, digits: Digits, draw: np.random.Generator) -> Digits:
    """Spikes of the same pixels by another code.

    Args:
        settings: spikes of the rate code.
        code: one of `LABELS`.
        digits: with the brightest pixel first.
        draw: orders and times.
    """
    if code == "brightest":
        return digits
    if code == "rate":
        return _rate(settings, digits, draw)
    count = digits.pixels.shape[1]
    keys = draw.random(digits.pixels.shape) if code == "shuffled" else -np.arange(count)
    order = np.argsort(np.where(_sent(digits), keys, np.inf), axis=1)
    return digits._replace(
        pixels=np.take_along_axis(digits.pixels, order, 1),
        grey=np.take_along_axis(digits.grey, order, 1),
    )


def _sent(digits: Digits) -> NDArray[np.bool_]:
    return np.arange(digits.pixels.shape[1]) < digits.lengths[:, None]


def _rate(settings: Settings, digits: Digits, draw: np.random.Generator) -> Digits:
    """Spikes at drawn times, as many as the brightness of their pixel says in the mean.

    Those of one step come in an order that is drawn, too: a bus brings one after the other.
    """
    values = np.where(_sent(digits), digits.grey / 255, 0).astype(np.float32)
    places, lengths = [], []
    for begin in range(0, len(values), _AT_ONCE):
        part = jnp.asarray(values[begin : begin + _AT_ONCE])
        key = jr.key(int(draw.integers(2**31)))
        trains = encode.rate(part, settings.rate_steps, spikes=settings.rate_spikes, key=key)
        step, image, rank = np.nonzero(np.asarray(trains))
        order = np.lexsort((draw.random(len(step)), step, image))
        places.append(np.stack([image[order] + begin, rank[order]]))
        lengths.append(np.bincount(image, minlength=len(part)))
    image, rank = np.concatenate(places, axis=1)
    many = np.concatenate(lengths)
    at = np.arange(len(image)) - np.repeat(np.cumsum(many) - many, many)
    pixels = np.zeros((len(values), int(many.max())), np.int64)
    grey = np.zeros(pixels.shape, np.float32)
    pixels[image, at], grey[image, at] = digits.pixels[image, rank], digits.grey[image, rank]
    return Digits(pixels, grey, many, digits.labels)
