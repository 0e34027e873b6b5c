"""A file of any kind becomes a network."""

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

from ranvier.convert.files._arrays import DAMAGE, read_npz, read_pytorch, read_safetensors
from ranvier.convert.files._imported import Imported
from ranvier.convert.files._keras import read_keras_hdf5, read_keras_zip
from ranvier.convert.files._onnx import read_onnx
from ranvier.convert.files._parts import kind_of
from ranvier.convert.files._weights import modules, network_from_weights
from ranvier.convert.files.layout import Part

_ARRAYS = {"npz": read_npz, "safetensors": read_safetensors, "PyTorch": read_pytorch}
_LARGEST_BYTES = 4 * 1024**3


def read_network(
    path: str | os.PathLike[str],
    *,
    layout: Sequence[Part] | None = None,
    in_shape: Sequence[int] | None = None,
    largest_bytes: int = _LARGEST_BYTES,
) -> Imported:
    """Read a trained ReLU network from a file of other software.

    What kind of file it is, its content says. The network is a `Graph` of synapses and `ReLU`,
    run for one step: `graph(graph.init((batch,)), x)[1]` are the logits of `x`, `[batch,
    *in_shape]` with the channels last. Where branches meet, edges meet. Batch normalisation
    becomes a `Scale` and a `Bias`; a softmax at the end is dropped. What has no counterpart is
    refused.

    | file | what it must hold |
    |---|---|
    | Keras `.h5`, `.keras` | a whole `Sequential` or functional model |
    | ONNX | floating-point numbers; needs the extra `onnx` |
    | `.npz`, `.safetensors` | the weights of a `state_dict`; give `layout` and `in_shape` |
    | `.pt`, `.pth` | the same; needs the extra `torch` |

    Args:
        path: of the file.
        layout: for weights without a structure, the layers in order, from
            `ranvier.convert.files.layout`; see `network_from_weights`.
        in_shape: axes of one example in the order of the file, where it leaves them open.
        largest_bytes: what all arrays together may take once they are read.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: an ONNX file, while the package `onnx` is not installed.
        ValueError: a file that is damaged or no network, a layer that is none of a ReLU network
            or is set in a way that none has, weights that are missing, do not fit or are not
            finite, several inputs or outputs; the file and the layer are named.

    Example:
        >>> import tempfile, numpy as np
        >>> from ranvier.convert.files.layout import Dense, ReLU
        >>> path = Path(tempfile.mkdtemp()) / "weights.npz"
        >>> np.savez(path, **{"0.weight": np.ones((3, 2)), "2.weight": np.ones((1, 3))})
        >>> read = read_network(path, layout=[Dense(), ReLU(), Dense()], in_shape=(2,))
        >>> import jax.numpy as jnp
        >>> read.network(read.network.init((1,)), jnp.ones((1, 2)))[1]
        Array([[6.]], dtype=float32)
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(
            f"{path} is a folder, expected a file. Save the model as .keras, or export it to ONNX."
        )
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    kind = _kind(path)
    if kind == "Keras HDF5":
        return read_keras_hdf5(path, in_shape, largest_bytes)
    if kind == "Keras zip":
        return read_keras_zip(path, in_shape, largest_bytes)
    if kind == "ONNX":
        return read_onnx(path, in_shape, largest_bytes)
    weights = _ARRAYS[kind](path, largest_bytes)
    if layout is None or in_shape is None:
        found = modules(weights, str(path))
        listed = ", ".join(f"{name!r} ({kind_of(arrays)})" for name, arrays in found.items())
        raise ValueError(
            f"{path} holds weights and not what is done with them: {listed}. Give in_shape and a "
            "layout of ranvier.convert.files.layout, such as [Conv(), ReLU(), Flatten(), Dense()]."
        )
    return network_from_weights(weights, layout, in_shape=in_shape, file=str(path))


def _kind(path: Path) -> str:
    """What a file is, by its first bytes and, in a zip file, its members."""
    with path.open("rb") as file:
        head = file.read(9)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "Keras HDF5"
    if zipfile.is_zipfile(path):
        return _kind_of_zip(path)
    if head[8:] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size:
        return "safetensors"
    if path.suffix == ".onnx" or head[:1] == b"\x08":
        return "ONNX"
    if path.suffix in (".pt", ".pth"):
        return "PyTorch"
    if head[4:8] == b"TFL3":
        raise ValueError(
            f"{path} is a file of TensorFlow Lite, whose layers are fused. Read the Keras model it "
            "was made from, or an ONNX file."
        )
    raise ValueError(
        f"{path} begins with {head!r}, as no kind of file does that is known: {_KNOWN}. Export the "
        "network into one of them."
    )


_KNOWN = "Keras (.h5, .keras), ONNX, arrays (.npz, .safetensors), PyTorch (.pt, .pth)"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except DAMAGE as error:
        raise ValueError(f"{path} is a damaged zip file: {error}. Copy it again.") from error
    if "config.json" in names:
        return "Keras zip"
    if any(name.endswith("data.pkl") for name in names):
        return "PyTorch"
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    raise ValueError(
        f"{path} is a zip file with {names[:5]}, as no kind of file has that is known: {_KNOWN}. "
        "Export the network into one of them."
    )
