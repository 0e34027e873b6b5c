"""Labelled images: MNIST (LeCun et al. 1998) and Fashion-MNIST (Xiao et al. 2017)."""

import os
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ranvier.core import nearest
from ranvier.data._fetch import find
from ranvier.data._idx import read_idx

Part = Literal["train", "test"]
_STEMS = {"train": "train", "test": "t10k"}


@dataclass(frozen=True)
class Images:
    """Images of one size, grey or in colour, each with the number of its class.

    Args:
        name: what errors call them.
        images: 0 (background) to 255, uint8 `[n, rows, columns]`, or
            `[n, rows, columns, 3]` in colour.
        labels: class numbers, uint8 `[n]`.

    Raises:
        TypeError: arrays that are not uint8.
        ValueError: no image, or arrays whose shapes do not fit.

    Example:
        >>> two = Images("two", np.zeros((2, 28, 28), np.uint8), np.array([3, 1], np.uint8))
        >>> len(two), len(two[:1])
        (2, 1)
    """

    name: str
    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        for what, array in (("images", self.images), ("labels", self.labels)):
            if array.dtype != np.uint8:
                raise TypeError(
                    f"{self.name}: the {what} are of type {array.dtype}; expected uint8. Scale "
                    "and convert them before."
                )
        plane = self.images.ndim == 3 or (self.images.ndim == 4 and self.images.shape[3] == 3)
        if not plane or self.labels.shape != self.images.shape[:1] or not len(self):
            raise ValueError(
                f"{self.name}: images have shape {list(self.images.shape)} and labels "
                f"{list(self.labels.shape)}; expected [n, rows, columns], or those and 3 "
                "colours, and [n], with at least one image."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: slice | np.ndarray) -> "Images":
        """Some of the images, by a slice or by an array of their numbers."""
        return Images(self.name, self.images[chosen], self.labels[chosen])


class _File(NamedTuple):
    md5: str
    count: int


@dataclass(frozen=True)
class _Published:
    """Where a set is, and what a right copy holds."""

    folder: str
    url: str
    files: dict[str, _File]


_MNIST = _Published(
    "mnist",
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    {
        "train-images-idx3-ubyte.gz": _File("f68b3c2dcbeaaa9fbdd348bbdeb94873", 60_000),
        "train-labels-idx1-ubyte.gz": _File("d53e105ee54ea40749a09fcbcd1e9432", 60_000),
        "t10k-images-idx3-ubyte.gz": _File("9fb629c4189551a2d022fa330f9573f3", 10_000),
        "t10k-labels-idx1-ubyte.gz": _File("ec29112dd5afa0611ce80d1b7f02629c", 10_000),
    },
)
_FASHION = _Published(
    "fashion_mnist",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
    {
        "train-images-idx3-ubyte.gz": _File("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 60_000),
        "train-labels-idx1-ubyte.gz": _File("25c81989df183df01b3e8a0aad5dffbe", 60_000),
        "t10k-images-idx3-ubyte.gz": _File("bef4ecab320f06d8554ea6380940ec79", 10_000),
        "t10k-labels-idx1-ubyte.gz": _File("bb300cfdad3c16e7a12a480ee83cd310", 10_000),
    },
)


def mnist(part: Part = "train", root: str | os.PathLike[str] | None = None) -> Images:
    """Handwritten digits, 28 x 28: 60,000 to learn from, 10,000 to judge by.

    Args:
        part: `"train"` or `"test"`; only the files of this part are looked for.
        root: a data folder that holds `mnist/*.gz`; without it, $RANVIER_DATA, the cache and the
            mirror are tried in this order.

    Raises:
        ValueError: an unknown part, or a file that is not the published one.
        ConnectionError: a file is neither here nor to be fetched.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
    document recognition", Proc. IEEE 86 (1998).

    Example:
        >>> mnist("test").images.shape  # doctest: +SKIP
        (10000, 28, 28)
        >>> mnist(root="no such folder")
        Traceback (most recent call last):
        FileNotFoundError: the data folder no such folder does not exist. Give an existing ...
    """
    return _load(_MNIST, part, root)


def fashion_mnist(part: Part = "train", root: str | os.PathLike[str] | None = None) -> Images:
    """Ten kinds of clothing in the format of MNIST, 28 x 28: 60,000 and 10,000.

    Args:
        part: `"train"` or `"test"`; only the files of this part are looked for.
        root: a data folder that holds `fashion_mnist/*.gz`; otherwise as `mnist`.

    Raises:
        ValueError: an unknown part, or a file that is not the published one.
        ConnectionError: a file is neither here nor to be fetched.

    Source: H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747 (2017).

    Example:
        >>> fashion_mnist("train").images.shape  # doctest: +SKIP
        (60000, 28, 28)
        >>> fashion_mnist("valid")
        Traceback (most recent call last):
        ValueError: fashion_mnist has no part 'valid'. Known: test, train.
    """
    return _load(_FASHION, part, root)


def _load(published: _Published, part: str, root: str | os.PathLike[str] | None) -> Images:
    if part not in _STEMS:
        raise ValueError(f"{published.folder} has no part {part!r}. {nearest(part, _STEMS)}")
    stem, arrays = _STEMS[part], []
    for name, axes in (
        (f"{stem}-images-idx3-ubyte.gz", [28, 28]),
        (f"{stem}-labels-idx1-ubyte.gz", []),
    ):
        file = published.files[name]
        path = find(f"{published.folder}/{name}", f"{published.url}/{name}", file.md5, root=root)
        array = read_idx(path)
        if list(array.shape) != [file.count, *axes]:
            raise ValueError(
                f"{path} holds an array {list(array.shape)}; expected {[file.count, *axes]}. "
                "Fetch it anew."
            )
        arrays.append(array)
    return Images(f"{published.folder} {part}", *arrays)
