"""The content of an HDF5 file that others wrote: numbers and text, once they are known harmless."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ranvier.core import damaged_heap, heap_objects

HDF5_DAMAGE = (OSError, RuntimeError, KeyError, TypeError, OverflowError, UnicodeDecodeError)
"""What HDF5 raises when a file is not what it should be."""

_DEEPEST = 64
_MOST_ENTRIES = 20_000


def refuse_damaged_heaps(file: Path | bytes, name: str, remedy: str) -> None:
    """Refuse a file whose heaps would keep the HDF5 library busy for ever.

    Args:
        file: the file, or its content.
        name: how errors call it.
        remedy: what to do about it.

    Raises:
        ValueError: an object that goes beyond its heap, or nothing where an object should begin.
    """
    heap = damaged_heap(file)
    if heap is not None:
        raise ValueError(
            f"{name} is damaged: the heap of texts at byte {heap} does not add up. {remedy}"
        )


class HDF5Reader:
    """Walks through a file and keeps count of what it has read.

    Args:
        path: how errors call the file.
        largest_bytes: what all arrays together may take once they are read.
        read_text: what text becomes; `no_text` where none is needed, since HDF5 crashes on some
            damaged references to it.
    """

    def __init__(
        self, path: str, largest_bytes: int, read_text: Callable[[Any], Any] | None = None
    ) -> None:
        self.path, self.left, self.entries = path, largest_bytes, _MOST_ENTRIES
        self.read_text = _rows_of_text if read_text is None else read_text

    def group(self, group: Any, where: str, depth: int = 0) -> dict[str, Any]:
        """A group as a dictionary, with the groups in it.

        Raises:
            ValueError: what `values` refuses, groups without end, or a link to another place.
        """
        import h5py

        if depth > _DEEPEST:
            raise ValueError(
                f"{self.path}: groups within groups beyond {_DEEPEST} at {where[:60]}...; "
                "expected a finite depth. The file links to itself or was made to harm."
            )
        found = {}
        for name in group:
            place = f"{where}/{name}"
            self.entries -= 1
            if self.entries < 0:
                raise ValueError(
                    f"{self.path}: more than {_MOST_ENTRIES:,} entries at {place[:60]}...; no "
                    "network has as many. The file links to itself or was made to harm."
                )
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(
                    f"{self.path}: {place} is a link to another place; expected the values "
                    "themselves. Export the network into one file without links."
                )
            item = group[name]
            if isinstance(item, h5py.Group):
                found[name] = self.group(item, place, depth + 1)
            else:
                found[name] = self.values(item, place)
        return found

    def values(self, item: Any, place: str) -> Any:
        """Numbers as an array, text as `str` or rows of it.

        Raises:
            ValueError: neither numbers nor text, or too many of them.
        """
        import h5py

        if not isinstance(item, h5py.Dataset) or item.shape is None:
            raise ValueError(f"{self.path}: {place} holds no values. Leave it out or fill it.")
        text = h5py.check_string_dtype(item.dtype) is not None
        if not text and item.dtype.kind not in "fiub":
            raise ValueError(
                f"{self.path}: {place} is of type {item.dtype}; expected numbers or text."
            )
        self.left -= int(item.size or 0) * max(item.dtype.itemsize, 1)
        if self.left < 0:
            raise ValueError(
                f"{self.path}: {place} has the shape {item.shape}, with which the file holds more "
                "numbers than may be read. Give a larger largest_bytes if the network is that "
                "large."
            )
        return self.read_text(item) if text else item[()]


def no_text(item: Any) -> str:
    """Nothing in the place of text, which is left unread."""
    return ""


def _rows_of_text(item: Any) -> Any:
    """Text, or rows of it."""
    read = item[()]
    if isinstance(read, bytes):
        return read.decode("utf8", "replace")
    if isinstance(read, str):
        return read
    flat = [v.decode("utf8", "replace") if isinstance(v, bytes) else v for v in read.ravel()]
    return [list(row) for row in _rows(flat, item.shape)]


def _rows(flat: list[str], shape: tuple[int, ...]) -> list[list[str]]:
    """Text in rows: that of edges has two columns."""
    columns = shape[-1] if len(shape) > 1 else 1
    return [flat[k : k + columns] for k in range(0, len(flat), max(columns, 1))]


def attribute_texts(file: Any, path: Path, name: str) -> Iterator[str]:
    """What a text attribute of the root may say; the caller tells the right one by its form.

    Text of fixed length stands in the attribute. That of variable length lies somewhere else in
    the file, and damaged references to it crash the HDF5 library or keep it busy for ever. They
    are therefore not followed: all such texts of the file are given, in their order.

    Args:
        file: the open file.
        path: of the file.
        name: of the attribute; if there is none, nothing is given.
    """
    import h5py

    if not h5py.h5a.exists(file.id, name.encode()):
        return
    attribute = h5py.h5a.open(file.id, name.encode())
    if isinstance(attribute.get_type(), h5py.h5t.TypeStringID):
        if attribute.get_type().is_variable_str():
            for words in heap_objects(path):
                yield words.decode("utf8", "replace")
        elif attribute.shape in ((), (1,)):
            read = file.attrs[name]
            read = read if attribute.shape == () else read[0]
            yield read.decode("utf8", "replace") if isinstance(read, bytes) else str(read)
