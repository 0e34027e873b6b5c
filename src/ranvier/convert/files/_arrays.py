"""Files that hold named arrays and nothing else."""

import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.convert.torch._tensors import pytorch

_ANEW = "Save it again, or check that it was copied whole."
DAMAGE = (
    *(OSError, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)
"""What readers of zip files and arrays raise when a file is not what it should be."""

_SAFE_TYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "i1", "U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8", "BOOL": "?"},
}


def read_npz(path: Path, largest_bytes: int) -> dict[str, Any]:
    """The arrays of an `.npz` file, in its order."""
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(member.file_size for member in archive.infolist())
    except DAMAGE as error:
        raise ValueError(f"{path} is damaged: {error}. {_ANEW}") from error
    _check_size(path, total, largest_bytes)
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except DAMAGE as error:
        raise ValueError(
            f"{path} is damaged or holds more than arrays: {error}. {_ANEW}"
        ) from error


def read_safetensors(path: Path, largest_bytes: int) -> dict[str, Any]:
    """The arrays of a `.safetensors` file, which keeps no order: numbers in names are counted."""
    from safetensors import SafetensorError, deserialize

    _check_size(path, path.stat().st_size, largest_bytes)
    try:
        found = {name: _array(view) for name, view in deserialize(path.read_bytes())}
    except (SafetensorError, *DAMAGE) as error:
        raise ValueError(f"{path} is a damaged safetensors file: {error}. {_ANEW}") from error
    return {name: found[name] for name in sorted(found, key=_naturally)}


def read_pytorch(path: Path, largest_bytes: int) -> dict[str, Any]:
    """The arrays of a file of `torch.save`, where PyTorch is installed to read it."""
    _check_size(path, path.stat().st_size, largest_bytes)
    try:
        torch = pytorch()
    except ImportError as error:
        raise ValueError(
            f"{path} is a file of PyTorch, which only PyTorch can read, and which is not "
            "installed. Where it is, write safetensors.torch.save_file(torch.load("
            f"{path.name!r}, weights_only=True), 'weights.safetensors'), or install ranvier[torch]."
        ) from error
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged or hostile pickle makes of itself
        raise ValueError(
            f"{path} cannot be loaded as weights alone: {str(error)[:80]!r}. Save the network's "
            "state_dict."
        ) from error
    for name in ("state_dict", "model_state_dict", "model"):
        if isinstance(loaded, Mapping) and isinstance(loaded.get(name), Mapping):
            loaded = loaded[name]
    if not isinstance(loaded, Mapping) or not all(
        isinstance(one, torch.Tensor) for one in loaded.values()
    ):
        raise ValueError(
            f"{path} holds a {type(loaded).__name__}, expected names with tensors. Save the "
            "network's state_dict."
        )
    return {str(name): tensor_to_numpy(tensor, str(name)) for name, tensor in loaded.items()}


def tensor_to_numpy(tensor: Any, name: str) -> np.ndarray:
    """A tensor of PyTorch as an array, of single precision where it has less."""
    if tensor.is_quantized or tensor.is_complex() or tensor.is_sparse:
        raise ValueError(f"{name!r} is a tensor of {tensor.dtype}, expected dense real numbers.")
    tensor = tensor.detach().cpu()
    wide = tensor if tensor.dtype.itemsize > 2 or not tensor.is_floating_point() else tensor.float()
    return wide.numpy()


def _array(view: Mapping[str, Any]) -> np.ndarray:
    kind, shape, data = view["dtype"], view["shape"], view["data"]
    if kind == "BF16":
        # The upper half of a number of single precision.
        halves = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return halves.view(np.float32).reshape(shape)
    if kind not in _SAFE_TYPES:
        raise ValueError(f"numbers of the type {kind}, expected {', '.join(_SAFE_TYPES)} or BF16")
    return np.frombuffer(data, _SAFE_TYPES[kind]).reshape(shape)


def _naturally(name: str) -> list[Any]:
    """A key that sorts 2 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _check_size(path: Path, total: int, largest_bytes: int) -> None:
    if total > largest_bytes:
        raise ValueError(
            f"{path}: its arrays take {total:,} bytes, more than may be read. Give a larger "
            "largest_bytes if the network is that large."
        )
