"""The content of a NIR file, once it is known to be harmless."""

import os
from pathlib import Path
from typing import Any

from ranvier.convert._hdf5 import HDF5_DAMAGE, HDF5Reader, refuse_damaged_heaps

_LARGEST_BYTES = 4 * 1024**3
_AGAIN = "Export it anew, or check that it was copied whole."


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
            f"{_AGAIN}"
        )
    refuse_damaged_heaps(path, str(path), _AGAIN)
    try:
        with h5py.File(path, "r") as file:
            if not isinstance(file.get("node", getlink=False), h5py.Group):
                raise ValueError(
                    f"{path} is an HDF5 file without a group 'node', got {sorted(file)[:5]}; it "
                    "is no NIR graph."
                )
            return HDF5Reader(str(path), largest_bytes).group(file["node"], "node", 0)
    except HDF5_DAMAGE as error:
        raise ValueError(f"{path} is damaged: {error}. {_AGAIN}") from error
