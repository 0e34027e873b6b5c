"""A file of any kind becomes a network."""

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

from ranvier.convert.files._arrays import read_npz
from ranvier.convert.files._imported import Imported
from ranvier.convert.files._keras import read_keras_hdf5, read_keras_zip
from ranvier.convert.files._weights import kind_of, modules, network_from_weights
from ranvier.convert.files.layout import Part

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
    | `.npz` | the weights of a `state_dict`; give `layout` and `in_shape` |

    Args:
        path: of the file.
        layout: for weights without a structure, the layers in order, from
            `ranvier.convert.files.layout`; see `network_from_weights`.
        in_shape: axes of one example in the order of the file, where it leaves them open.
        largest_bytes: what all arrays together may take once they are read.

    Raises:
        FileNotFoundError: there is no such file.
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
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    kind = _kind(path)
    if kind == "Keras HDF5":
        return read_keras_hdf5(path, in_shape, largest_bytes)
    if kind == "Keras zip":
        return read_keras_zip(path, in_shape, largest_bytes)
    weights = read_npz(path, largest_bytes)
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
        head = file.read(8)
    if head == b"\x89HDF\r\n\x1a\n":
        return "Keras HDF5"
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ValueError(f"{path} is a damaged zip file: {error}. Copy it again.") from error
        if "config.json" in names:
            return "Keras zip"
        if names and all(name.endswith(".npy") for name in names):
            return "npz"
        raise ValueError(
            f"{path} is a zip file with {names[:5]}, expected 'config.json' (Keras) or arrays "
            "(.npy). Save the whole model again."
        )
    raise ValueError(
        f"{path} begins with {head!r}, which no kind of file does that is known: Keras (.h5, "
        ".keras), arrays (.npz). Export the network into one of them."
    )
