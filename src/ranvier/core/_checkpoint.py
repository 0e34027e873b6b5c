"""Checkpoints: one safetensors file with arrays, constants, settings and versions.

Arrays are stored under readable paths (`layers.0.synapses.dendrite.weight`), so the file can be
opened by any safetensors reader. The header records every constant and every choice of function,
so a file is never read into a model that would behave differently.
"""

import functools
import importlib.metadata
import json
import os
from pathlib import Path
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import safetensors
import safetensors.numpy

from ranvier.core._files import atomic_path

FORMAT = 1
Tree = TypeVar("Tree")
_HEADER = "ranvier"


def _name(value: Any) -> str:
    """A stable, readable name of a static value: a function by its package and its own name.

    The file in which a package keeps a function may change between versions; its name does not.
    """
    if isinstance(value, functools.partial):
        return f"{_name(value.func)}({value.args}, {value.keywords})"
    qualified = getattr(value, "__qualname__", None)
    return f"{value.__module__.split('.')[0]}.{qualified}" if qualified else repr(value)


def _children(node: Any) -> dict[str, Any] | None:
    """The named parts of a container, or `None` for a leaf."""
    if hasattr(node, "__dataclass_fields__"):
        return {name: getattr(node, name) for name in node.__dataclass_fields__}
    if hasattr(node, "_fields"):
        return node._asdict()
    if isinstance(node, dict):
        return {str(key): value for key, value in node.items()}
    if isinstance(node, (tuple, list)):
        return {str(index): value for index, value in enumerate(node)}
    return None


def _constants(tree: Any) -> dict[str, Any]:
    """Whatever in a tree is not an array: numbers, choices, and functions and modules by name."""
    found: dict[str, Any] = {}

    def walk(node: Any, path: tuple[str, ...]) -> None:
        children = None if _is_array(node) else _children(node)
        if hasattr(node, "__dataclass_fields__"):
            # Two kinds may hold the same arrays and yet behave differently.
            found[".".join(path)] = type(node).__qualname__
        if children is not None:
            for name, child in children.items():
                walk(child, (*path, name))
        elif isinstance(node, (bool, int, float, str, type(None))):
            found[".".join(path)] = node
        elif not _is_array(node):
            found[".".join(path)] = _name(node)

    walk(tree, ())
    return found


def _path(keys: tuple[Any, ...]) -> str:
    """`layers.0.neuron.bias`, from JAX's key path."""
    parts = []
    for key in keys:
        for attribute in ("name", "idx", "key"):
            if hasattr(key, attribute):
                parts.append(str(getattr(key, attribute)))
                break
    return ".".join(parts)


def _arrays(tree: Any) -> dict[str, Any]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {_path(keys): leaf for keys, leaf in leaves if _is_array(leaf)}


def _is_array(value: Any) -> bool:
    return eqx.is_array(value) or isinstance(value, np.ndarray)


def _is_key(array: Any) -> bool:
    return isinstance(array, jax.Array) and jnp.issubdtype(array.dtype, jax.dtypes.prng_key)


def save(
    path: str | os.PathLike[str], tree: Any, *, settings: dict[str, Any] | None = None
) -> None:
    """Write a model, an optimiser state or any tree of arrays to one file, atomically.

    Args:
        path: the file, `*.safetensors` by custom; an old one is replaced only by a whole new one.
        tree: modules, tuples, dicts and named tuples of arrays, numbers and functions.
        settings: anything JSON can hold; comes back from `read_settings`.

    Raises:
        OSError: the disk is full or the folder cannot be written to.

    Example:
        >>> import tempfile, pathlib, ranvier as rv
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "unit.safetensors"
        >>> save(path, rv.SNU(3), settings={"note": "three units"})
        >>> load(path, rv.SNU(3)).bias.shape, read_settings(path)
        ((3,), {'note': 'three units'})
    """
    arrays = {
        # The file's format knows no strides: a transposed view would come back scrambled.
        name: np.asarray(jr.key_data(array) if _is_key(array) else array, order="C")
        for name, array in _arrays(tree).items()
    }
    header = {
        "format": FORMAT,
        "version": importlib.metadata.version("ranvier"),
        "constants": _constants(tree),
        "settings": settings or {},
    }
    contents = safetensors.numpy.save(arrays, metadata={_HEADER: json.dumps(header)})
    with atomic_path(path) as temporary:
        temporary.write_bytes(contents)


def _open(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint at {path}.")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "null"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path} is not a whole safetensors file ({error}). It may be truncated; "
            "take an older copy or train again."
        ) from error
    if header is None:
        raise ValueError(f"{path} is a safetensors file, but not one that ranvier wrote.")
    if header["format"] > FORMAT:
        raise ValueError(
            f"{path} has format {header['format']}, written by ranvier {header['version']}; "
            f"this version reads up to format {FORMAT}. Upgrade ranvier."
        )
    return arrays, header


def read_settings(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings that `save` was given.

    Args:
        path: a checkpoint.

    Raises:
        FileNotFoundError, ValueError: as `load`.

    Example:
        See `save`.
    """
    return _open(path)[1]["settings"]


def load(path: str | os.PathLike[str], like: Tree) -> Tree:
    """Read a checkpoint into a tree of the same structure.

    Args:
        path: a checkpoint written by this or any earlier version.
        like: a tree as the saved one was built; its arrays are replaced by the stored ones.

    Returns:
        A tree such as `like`, with the stored arrays.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, from a newer version, or of another model; the first
            parameter that differs is named, with both values.

    Example:
        See `save`.
    """
    arrays, header = _open(path)
    for name, value in _constants(like).items():
        # A constant that the file does not know was added since, and its default keeps the old
        # behaviour; one that differs would change the results in silence.
        stored = header["constants"].get(name, value)
        if stored != value:
            raise ValueError(
                f"{path}: {name or 'it'} is {stored!r} in the file, {value!r} in the model given. "
                "Build the model with the settings in the file (`read_settings`)."
            )
    extra = sorted(set(arrays) - set(_arrays(like)))
    if extra:
        raise ValueError(f"{path} holds parameters that the model given lacks: {', '.join(extra)}.")

    def restore(keys: tuple[Any, ...], old: Any) -> Any:
        if not _is_array(old):
            return old
        name = _path(keys)
        if name not in arrays:
            raise ValueError(
                f"{path} has no parameter {name}; it holds {', '.join(sorted(arrays)) or 'none'}. "
                "It belongs to another model."
            )
        new, shape = arrays[name], np.shape(jr.key_data(old) if _is_key(old) else old)
        if new.shape != shape:
            raise ValueError(
                f"{path}: {name} has shape {new.shape} in the file, {shape} in the model given. "
                "Build the model with the sizes in the file."
            )
        if _is_key(old):
            return jr.wrap_key_data(jnp.asarray(new), impl=jr.key_impl(old))
        return new if isinstance(old, np.ndarray) else jnp.asarray(new)

    return jax.tree_util.tree_map_with_path(restore, like)
