"""Elastic distortion: known displacements, their size, and what stays."""

import math

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.data import mnist
from ranvier.encode import elastic_distortion
from ranvier.encode._elastic import displaced

RAMP = jnp.arange(20.0)[:, None] * jnp.ones(30)
# Three times as steep along columns, so that the two axes cannot be taken for each other.
SLOPE = RAMP + 3 * jnp.arange(30.0)


def distorted(images, seed=0, strength=34.0, smoothness=4.0):
    return elastic_distortion(images, strength=strength, smoothness=smoothness, key=jr.key(seed))


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 0), (0, -3), (0.25, 0), (-1.5, 0.75)])
def test_a_constant_displacement_is_a_shift(down, right):
    """An image that is linear in space is known between pixels too, away from the edges."""
    image = jr.uniform(jr.key(0), (20, 30)) if down == int(down) and right == int(right) else SLOPE
    full = jnp.ones((1, 20, 30))
    found = displaced(image[None], down * full, right * full)[0][4:-4, 4:-4]
    if image is SLOPE:
        expected = (SLOPE + down + 3 * right)[4:-4, 4:-4]
    else:
        expected = jnp.roll(image, (-down, -right), (0, 1))[4:-4, 4:-4]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_nothing_comes_from_outside():
    full = jnp.ones((1, 4, 4))
    found = displaced(full, 2.5 * full, 0 * full)[0]
    np.testing.assert_allclose(found, [[1] * 4, [0.5] * 4, [0] * 4, [0] * 4])


@pytest.mark.parametrize("smoothness", [1.5, 4.0])
def test_pixels_move_as_far_as_stated_and_as_far_at_the_edge(smoothness):
    """A slope tells how far a pixel moved: along rows from one image, along columns from another.

    The mean over 3,000 fields is known to about 2 %; a new seed stays within 8 % all but surely.
    """
    ramp = 100 + jnp.arange(28.0)
    for image in (ramp[:, None] * jnp.ones(28), ramp * jnp.ones((28, 1))):
        many = jnp.broadcast_to(image, (3000, 28, 28))
        # So weak that nothing is fetched from outside but for the outermost pixels.
        moved = distorted(many, strength=smoothness / 4, smoothness=smoothness) - image
        expected = 0.25 / (2 * math.sqrt(3 * math.pi))
        for place in (moved[:, 14, 14], moved[:, 2, 14], moved[:, 14, 25]):
            assert float(jnp.sqrt((place**2).mean())) == pytest.approx(expected, rel=0.08)
            assert float(jnp.abs(place.mean())) < 5 * expected / math.sqrt(3000)


def test_neighbours_move_together_by_as_much_as_the_smoothness_says():
    """Correlation of displacements at a distance d is exp(-d^2 / (4 sigma^2))."""
    ramp = (100 + jnp.arange(28.0)) * jnp.ones((28, 1))
    moved = distorted(jnp.broadcast_to(ramp, (3000, 28, 28)), strength=0.5, smoothness=3.0) - ramp
    for distance in (1, 4, 8):
        pair = np.corrcoef(moved[:, 14, 10], moved[:, 14, 10 + distance])[0, 1]
        # Five standard errors of a correlation of 3,000 pairs.
        assert abs(pair - math.exp(-(distance**2) / 36)) < 5 / math.sqrt(3000)


def test_no_strength_is_no_distortion():
    image = jr.uniform(jr.key(1), (3, 28, 28))
    assert (distorted(image, strength=0) == image).all()
    weak = distorted(image, strength=1e-4)
    np.testing.assert_allclose(weak, image, atol=1e-4)


def test_a_key_is_a_distortion_and_every_image_has_its_own():
    stroke = jnp.zeros((2, 28, 28)).at[:, 4:24, 12:16].set(1.0)
    one, again, other = distorted(stroke), distorted(stroke), distorted(stroke, seed=1)
    assert (one == again).all()
    assert (one != other).any() and (one[0] != one[1]).any()
    np.testing.assert_allclose(jax.jit(distorted)(stroke), one, atol=1e-6)


def test_axes_before_and_images_that_are_not_square():
    images = jr.uniform(jr.key(2), (2, 3, 9, 14))
    found = distorted(images)
    assert found.shape == images.shape
    flat = distorted(images.reshape(6, 9, 14))
    np.testing.assert_allclose(found, flat.reshape(found.shape))


def test_ink_is_roughly_kept_and_brightness_stays_in_its_range():
    """Over many strokes, since no direction is preferred."""
    strokes = jnp.zeros((200, 28, 28)).at[:, 6:22, 12:16].set(1.0)
    found = distorted(strokes)
    assert float(found.min()) >= 0 and float(found.max()) <= 1 + 1e-6
    assert float(found.sum() / strokes.sum()) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_precision_follows_the_images(dtype, float64):
    assert distorted(jnp.zeros((2, 8, 8), dtype)).dtype == dtype


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"strength": -1}, "strength is -1, expected a number of at least 0"),
        ({"strength": math.nan}, "strength is nan"),
        ({"smoothness": 0}, "smoothness is 0, expected a number of pixels above 0"),
        ({"smoothness": math.inf}, "smoothness is inf"),
        ({"strength": "34"}, "strength is '34'"),
    ],
)
def test_what_is_refused(chosen, words):
    with pytest.raises(ValueError, match=words):
        distorted(jnp.zeros((28, 28)), **chosen)


def test_images_that_are_refused():
    with pytest.raises(TypeError, match=r"of type uint8; .* Divide pixels by 255"):
        distorted(jnp.zeros((28, 28), jnp.uint8))
    with pytest.raises(ValueError, match=r"shape \(784,\), expected \[\.\.\., rows, columns\]"):
        distorted(jnp.zeros(784))


def test_the_ink_of_real_digits_is_kept(real_data):
    digits = jnp.asarray(mnist("test", root=real_data)[:200].images / np.float32(255))
    found = distorted(digits)
    assert float(found.sum() / digits.sum()) == pytest.approx(1, abs=0.03)
    assert float(jnp.abs(found - digits).sum() / digits.sum()) > 0.2
