"""Files that hold named arrays and nothing else."""

import zipfile
from pathlib import Path

import numpy as np

_ANEW = "Save it again with np.savez, or check that it was copied whole."
_DAMAGE = (OSError, EOFError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile)


def read_npz(path: Path, largest_bytes: int) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file, in its order."""
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(member.file_size for member in archive.infolist())
    except _DAMAGE as error:
        raise ValueError(f"{path} is damaged: {error}. {_ANEW}") from error
    if total > largest_bytes:
        raise ValueError(
            f"{path}: its arrays take {total:,} bytes, more than may be read. Give a larger "
            "largest_bytes if the network is that large."
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, *_DAMAGE) as error:
        raise ValueError(
            f"{path} is damaged or holds more than arrays: {error}. {_ANEW}"
        ) from error
