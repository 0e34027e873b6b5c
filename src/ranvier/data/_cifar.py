"""Ten kinds of things in colour: CIFAR-10, as published or as small lossy copies."""

import io
import itertools
import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np

from ranvier.core import nearest
from ranvier.data._fetch import find, find_place
from ranvier.data._images import Images, Part

_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
_FILES = {"train": [f"data_batch_{k}.bin" for k in range(1, 6)], "test": ["test_batch.bin"]}
_LOSSY = {
    "train": "cifar10_jpeg/cifar10_jpeg_train.npz",
    "test": "cifar10_jpeg/cifar10_jpeg_test_a.npz",
}
_SIDE, _COLOURS = 32, 3
_RECORD = 1 + _SIDE * _SIDE * _COLOURS
CIFAR10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
"""What is in the photographs, in the order of the class numbers."""


def cifar10(
    part: Part = "train", root: str | os.PathLike[str] | None = None, *, lossy: bool = False
) -> Images:
    """Photographs of ten kinds of things, 32 x 32 in colour: 50,000 and 10,000.

    The published binary files are looked for (the unpacked folder `cifar-10-batches-bin`), and
    their archive is fetched otherwise. With `lossy`, copies that were compressed as JPEG are read,
    as some collections hold them; what is measured on them compares with nothing published, and
    their name says so.

    Args:
        part: `"train"` or `"test"`.
        root: a data folder; without it, $RANVIER_DATA and the cache are tried.
        lossy: read a compressed copy.

    Raises:
        ValueError: an unknown part, or a file that is not what it should be.
        FileNotFoundError: the compressed copy is nowhere.
        ConnectionError: the published archive is neither here nor to be fetched.

    Source: A. Krizhevsky, "Learning multiple layers of features from tiny images" (2009).

    Example:
        >>> cifar10("test", lossy=True).images.shape  # doctest: +SKIP
        (5000, 32, 32, 3)
        >>> cifar10("valid")
        Traceback (most recent call last):
        ValueError: cifar10 has no part 'valid'. Known: test, train.
    """
    if part not in _FILES:
        raise ValueError(f"cifar10 has no part {part!r}. {nearest(part, _FILES)}")
    if lossy:
        return _compressed(part, root)
    try:
        folder = find_place(root, ("cifar-10-batches-bin", "cifar10"), "the photographs", "")
        contents = [_content(folder / name) for name in _FILES[part]]
    except FileNotFoundError:
        archive = find("cifar-10-binary.tar.gz", _URL, _MD5, root=root)
        contents = _members(archive, _FILES[part])
    images, labels = [], []
    for name, content in zip(_FILES[part], contents, strict=True):
        if len(content) % _RECORD or not content:
            raise ValueError(
                f"{name} has {len(content)} bytes, expected a multiple of {_RECORD}. Fetch it anew "
                f"from {_URL}"
            )
        rows = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
        labels.append(rows[:, 0])
        planes = rows[:, 1:].reshape(-1, _COLOURS, _SIDE, _SIDE)
        images.append(np.moveaxis(planes, 1, -1))
    return _checked(f"cifar10 {part}", np.concatenate(images), np.concatenate(labels))


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(path)
    return path.read_bytes()


def _members(archive: Path, names: list[str]) -> list[bytes]:
    """The content of some files of a tar archive."""
    with tarfile.open(archive) as opened:
        found = {Path(member.name).name: member for member in opened.getmembers()}
        contents = []
        for name in names:
            file = opened.extractfile(found[name]) if name in found else None
            if file is None:
                raise ValueError(f"{archive} lacks {name}. Fetch it anew from {_URL}")
            contents.append(file.read())
    return contents


def _compressed(part: str, root: str | os.PathLike[str] | None) -> Images:
    """A copy whose pictures are JPEG files one behind the other."""
    from PIL import Image, UnidentifiedImageError

    path = find_place(root, (_LOSSY[part],), "the compressed photographs", f"See {_URL}")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            data, offset, labels = (archive[name] for name in ("jpeg", "offset", "label"))
        files = (data[a:b].tobytes() for a, b in itertools.pairwise(offset))
        images = np.stack(
            [np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]
        )
    except (KeyError, OSError, ValueError, zipfile.BadZipFile, UnidentifiedImageError) as error:
        raise ValueError(f"{path} cannot be read as compressed photographs: {error}") from error
    return _checked(f"cifar10 {part}, lossy", images, labels)


def _checked(name: str, images: np.ndarray, labels: np.ndarray) -> Images:
    if labels.max(initial=0) >= len(CIFAR10_CLASSES):
        raise ValueError(f"{name}: a label of {labels.max()}, expected 0 to 9.")
    return Images(name, images, labels.astype(np.uint8))
