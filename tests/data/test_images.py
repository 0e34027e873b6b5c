"""MNIST and Fashion-MNIST have the published counts and values; a missing part harms no other."""

import shutil

import numpy as np
import pytest

from ranvier.data import Images, fashion_mnist, mnist

GREY = np.zeros((3, 28, 28), np.uint8)
CLASSES = np.array([0, 1, 2], np.uint8)


def test_published_values_of_mnist(real_data):
    train, test = mnist("train", root=real_data), mnist("test", root=real_data)
    assert (len(train), len(test)) == (60_000, 10_000)
    assert train.images.shape[1:] == (28, 28) and train.images.dtype == np.uint8
    assert train.images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert train.images.std() / 255 == pytest.approx(0.3081, abs=5e-5)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(test.labels).tolist() == [
        *(980, 1135, 1032, 1010, 982),
        *(892, 958, 1028, 974, 1009),
    ]


def test_published_values_of_fashion_mnist(real_data):
    train = fashion_mnist(root=real_data)
    assert np.bincount(train.labels).tolist() == [6000] * 10
    assert train.images.mean() / 255 == pytest.approx(0.2860, abs=5e-5)
    assert train.images.std() / 255 == pytest.approx(0.3530, abs=5e-5)


def test_one_part_alone_is_enough(real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RANVIER_DATA")
    for kind in ("images-idx3", "labels-idx1"):
        shutil.copy(real_data / "mnist" / f"t10k-{kind}-ubyte.gz", tmp_path)
    assert len(mnist("test", root=tmp_path)) == 10_000


def test_a_damaged_file_is_refused_by_its_checksum(real_data, tmp_path):
    name = "t10k-labels-idx1-ubyte.gz"
    shutil.copy(real_data / "mnist" / "t10k-images-idx3-ubyte.gz", tmp_path)
    whole = (real_data / "mnist" / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:-1])
    with pytest.raises(ValueError, match=f"{name} has the MD5 .*; expected ec29112d"):
        mnist("test", root=tmp_path)


def test_an_unknown_part():
    with pytest.raises(ValueError, match=r"mnist has no part 'tset'\. Did you mean 'test'"):
        mnist("tset")  # pyright: ignore[reportArgumentType]


def test_some_of_the_images():
    images = Images("three", GREY, CLASSES)
    assert images[1:].labels.tolist() == [1, 2]
    assert images[np.array([2, 0])].labels.tolist() == [2, 0] and len(images[:2]) == 2


@pytest.mark.parametrize(
    ("images", "labels", "error", "words"),
    [
        (GREY / 255, CLASSES, TypeError, "mine: the images are of type float64; expected uint8"),
        (GREY, CLASSES.astype(int), TypeError, "the labels are of type int64"),
        (GREY[0], CLASSES, ValueError, r"images have shape \[28, 28\]"),
        (GREY, CLASSES[:2], ValueError, r"labels \[2\]"),
        (GREY[:0], CLASSES[:0], ValueError, "at least one image"),
    ],
)
def test_images_that_are_none(images, labels, error, words):
    with pytest.raises(error, match=words):
        Images("mine", images, labels)
