"""The content of a NIR file, once it is known to be harmless."""

import os
from pathlib import Path
from typing import Any

_DEEPEST = 64
_LARGEST_BYTES = 4 * 1024**3


def read_raw(path: str | os.PathLike[str], *, largest_bytes: int = _LARGEST_BYTES) -> Any:
    """Groups as dictionaries, numbers as arrays, text as `str`, just as they stand in the file.

    Args:
        path: an HDF5 file.
        largest_bytes: what all arrays together may take once they are read.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: no HDF5 file, one that is damaged or holds no graph, groups within groups
            without end, a link out of the file, values that are neither numbers nor text, or more
            of them than `largest_bytes`; the place is named.

    Example:
        >>> import tempfile
        >>> from ranvier.convert.nir import write_nir
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> path = Path(tempfile.mkdtemp()) / "unit.nir"
        >>> net = rv.chain(2, rv.LIF(3), key=jax.random.key(0))
        >>> _ = write_nir(net, path, example=jnp.ones((5, 2)))
        >>> sorted(read_raw(path))
        ['edges', 'metadata', 'nodes', 'type']
    """
    import h5py

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    if not h5py.is_hdf5(path):
        raise ValueError(
            f"{path} ({path.stat().st_size} bytes) is no HDF5 file, which every NIR file is. "
            "Export it anew, or check that it was copied whole."
        )
    try:
        with h5py.File(path, "r") as file:
            if not isinstance(file.get("node", getlink=False), h5py.Group):
                raise ValueError(
                    f"{path} is an HDF5 file without a group 'node', got {sorted(file)[:5]}; it "
                    "is no NIR graph."
                )
            return _Reader(str(path), largest_bytes).group(file["node"], "node", 0)
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is damaged: {error}. Export it anew, or check that it was copied whole."
        ) from error


class _Reader:
    """Walks through a file and keeps count of what it has read."""

    def __init__(self, path: str, largest_bytes: int) -> None:
        self.path, self.left = path, largest_bytes

    def group(self, group: Any, where: str, depth: int) -> dict[str, Any]:
        import h5py

        if depth > _DEEPEST:
            raise ValueError(
                f"{self.path}: groups within groups beyond {_DEEPEST} at {where[:60]}...; "
                "expected a graph of finite depth. The file links to itself or was made to harm."
            )
        found = {}
        for name in group:
            place = f"{where}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(
                    f"{self.path}: {place} is a link to another place; expected the values "
                    "themselves. Export the graph into one file without links."
                )
            item = group[name]
            if isinstance(item, h5py.Group):
                found[name] = self.group(item, place, depth + 1)
            else:
                found[name] = self.values(item, place)
        return found

    def values(self, item: Any, place: str) -> Any:
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
        if not text:
            return item[()]
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
