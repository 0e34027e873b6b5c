"""Images that are moved and mirrored at random."""

import numpy as np

from ranvier.apps._moved import mirrored, shifted


def test_images_are_moved_within_bounds_and_nothing_comes_in_from_the_other_side():
    image = np.zeros((200, 5, 6), np.uint8)
    image[:, 2, 3] = np.arange(1, 201)
    image[:, 0, 0] = 7
    moved = shifted(image, 1, np.random.default_rng(0))
    assert moved.shape == image.shape
    where = [np.argwhere(one == n) for n, one in enumerate(moved, start=1) if n != 7]
    assert {tuple(at[0] - (2, 3)) for at in where} == {
        (y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)
    }
    # The corner stays, leaves, or moves inwards; it never comes back at another edge.
    assert not moved[:, -1].any() and not moved[:, :, -1].any()


def test_colours_move_together():
    grey = np.random.default_rng(1).random((20, 6, 5))
    coloured = np.stack([grey, 2 * grey], -1)
    one, two = (shifted(images, 2, np.random.default_rng(0)) for images in (grey, coloured))
    np.testing.assert_array_equal(two, np.stack([one, 2 * one], -1))


def test_about_half_of_the_images_are_mirrored_and_the_others_stay():
    images = np.random.default_rng(1).random((400, 3, 4, 2))
    found = mirrored(images, np.random.default_rng(0))
    same = (found == images).all((1, 2, 3))
    np.testing.assert_array_equal(found[~same], images[~same][:, :, ::-1])
    assert 150 < same.sum() < 250
