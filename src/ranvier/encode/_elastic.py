"""Elastic distortion: images whose pixels are moved along smooth random fields."""

import functools
import math
import numbers

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax.scipy.ndimage import map_coordinates
from jaxtyping import Array, Float, PRNGKeyArray

# Further out, a Gaussian holds less than a thousandth of its weight.
_REACH = 4


def elastic_distortion(
    images: Float[Array, "... rows columns"],
    *,
    strength: float,
    smoothness: float,
    key: PRNGKeyArray,
) -> Float[Array, "... rows columns"]:
    r"""Distort every image by a smooth random field of its own, as a hand that shakes would.

    $$y(r, c) = x\big(r + \alpha\, (G_\sigma * u)(r, c),\; c + \alpha\, (G_\sigma * v)(r, c)\big),
    \qquad u, v \sim U(-1, 1) \text{ per pixel}$$

    $G_\sigma$ is a Gaussian whose weights sum to one, cut at four standard deviations. The random
    fields reach beyond the image, so that pixels at the edge move as far as any other:
    about $\alpha / (2 \sigma \sqrt{3 \pi})$ pixels along each axis (root mean square, for $\sigma$
    of a pixel and more). Between pixels, brightness is interpolated along both axes; outside, it
    is 0. Shifts, rotations and skews, which the source describes as a family apart, are not
    included.

    Args:
        images: brightness, 0 for the background.
        strength: $\alpha$, at least 0; 0 leaves images as they are.
        smoothness: $\sigma$, the standard deviation in pixels, above 0.
        key: draws the fields.

    Returns:
        Images of the same shape and precision.

    Raises:
        TypeError: images of whole numbers, such as pixels of 0..255.
        ValueError: fewer than two axes, or a strength or a smoothness outside its range.

    Source: Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to
    visual document analysis", ICDAR (2003): strength 34 and smoothness 4 for handwritten digits.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> stroke = jnp.zeros((28, 28)).at[4:24, 14].set(1.0)
        >>> bent = elastic_distortion(stroke, strength=34, smoothness=4, key=jax.random.key(0))
        >>> bent.shape, bool((bent == stroke).all())
        ((28, 28), False)
    """
    images = jnp.asarray(images)
    if not jnp.issubdtype(images.dtype, jnp.floating):
        raise TypeError(
            f"elastic_distortion: the images are of type {images.dtype}; expected floating-point "
            "numbers. Divide pixels by 255."
        )
    if images.ndim < 2:
        raise ValueError(
            f"elastic_distortion: the images have shape {images.shape}, expected [..., rows, "
            "columns]."
        )
    if not _finite(strength) or strength < 0:
        raise ValueError(
            f"elastic_distortion: strength is {strength!r}, expected a number of at least 0."
        )
    if not _finite(smoothness) or smoothness <= 0:
        raise ValueError(
            f"elastic_distortion: smoothness is {smoothness!r}, expected a number of pixels above "
            "0. For no distortion, let strength be 0."
        )
    if strength == 0:
        return images
    flat = images.reshape(-1, *images.shape[-2:])
    return _distorted(flat, key, float(strength), float(smoothness)).reshape(images.shape)


def displaced(
    images: Float[Array, "images rows columns"],
    down: Float[Array, "images rows columns"],
    right: Float[Array, "images rows columns"],
) -> Float[Array, "images rows columns"]:
    """What stands `down` and `right` of every pixel, between pixels interpolated; 0 outside.

    Example:
        >>> import jax.numpy as jnp
        >>> row = jnp.array([[[0.0, 4.0, 0.0]]])
        >>> displaced(row, jnp.zeros((1, 1, 3)), jnp.full((1, 1, 3), 0.25))
        Array([[[1., 3., 0.]]], dtype=float32)
    """
    rows, columns = (jnp.arange(count, dtype=down.dtype) for count in images.shape[-2:])

    def one(image: Array, down: Array, right: Array) -> Array:
        return map_coordinates(image, [rows[:, None] + down, columns + right], order=1)

    return jax.vmap(one)(images, down, right)


@functools.partial(jax.jit, static_argnames=("strength", "smoothness"))
def _distorted(images: Array, key: PRNGKeyArray, strength: float, smoothness: float) -> Array:
    over, along = (_smoothing(count, smoothness) for count in images.shape[1:])
    # Half precision is too coarse for places in an image.
    kind = jnp.result_type(images.dtype, jnp.float32)
    drawn = (2, len(images), over.shape[1], along.shape[1])
    fields = jr.uniform(key, drawn, kind, minval=-1, maxval=1)
    down, right = strength * (jnp.asarray(over, kind) @ fields @ jnp.asarray(along, kind).T)
    return displaced(images.astype(kind), down, right).astype(images.dtype)


def _smoothing(count: int, smoothness: float) -> np.ndarray:
    """Gaussian weights from a field that reaches beyond both ends to every pixel of an axis."""
    reach = math.ceil(_REACH * smoothness)
    distance = np.arange(count + 2 * reach) - reach - np.arange(count)[:, None]
    weights = np.where(np.abs(distance) <= reach, np.exp(-0.5 * (distance / smoothness) ** 2), 0)
    return weights / weights.sum(1, keepdims=True)


def _finite(value: object) -> bool:
    return isinstance(value, numbers.Real) and math.isfinite(value)
