"""The shape of what each node of a NIR graph gives."""

import math
from typing import Any

import numpy as np

from ranvier.convert.nir._nodes import Node

Edge = tuple[str, str]


def shapes_of(
    nodes: dict[str, Node], edges: tuple[Edge, ...], given: tuple[int, ...], where: str
) -> dict[str, tuple[int, ...]]:
    """What each node gives, found along the edges; a loop starts where a node knows by itself.

    Args:
        nodes: name to node, without ends.
        edges: pairs of names; `"input"` and `"output"` are the ends.
        given: the shape of the input.
        where: how errors call the file.

    Raises:
        ValueError: shapes that do not agree, or a node that nothing reaches; it is named.
    """
    shapes = {"input": given}
    before: dict[str, list[str]] = {name: [] for name in [*nodes, "output"]}
    for one, two in edges:
        before[two].append(one)
    for name, node in nodes.items():
        if node.kind in ("Affine", "Linear"):
            shapes[name] = node.weight.shape[:1]
        elif node.kind in _BY_FIELD:
            shapes[name] = getattr(node, _BY_FIELD[node.kind]).shape
    waiting = [name for name in nodes if name not in shapes]
    while waiting:
        still = []
        for name in waiting:
            known = [shapes[one] for one in before[name] if one in shapes]
            if known:
                shapes[name] = _given(nodes[name], known[0], f"{where}: node {name!r}")
            else:
                still.append(name)
        if len(still) == len(waiting):
            raise ValueError(f"{where}: no way from the input leads to {still}. Add an edge.")
        waiting = still
    for one, two in edges:
        if two == "output":
            continue
        node = nodes[two]
        if node.kind in ("Affine", "Linear"):
            expected = node.weight.shape[1:]
        elif node.kind in _BY_FIELD:
            expected = getattr(node, _BY_FIELD[node.kind]).shape
        else:
            _given(node, shapes[one], f"{where}: node {two!r}")
            continue
        if shapes[one] != expected:
            raise ValueError(
                f"{where}: {one!r} gives {shapes[one]}, but {two!r} ({node.kind}) expects "
                f"{expected}. Make them equal."
            )
    return {name: tuple(map(int, shape)) for name, shape in shapes.items()}


# The field whose shape is that of the node.
_BY_FIELD = {
    "I": "r",
    "IF": "r",
    "LI": "r",
    "LIF": "r",
    "CubaLI": "r",
    "CubaLIF": "r",
    "Threshold": "threshold",
    "Scale": "scale",
    "Delay": "delay",
}


def _given(node: Node, arriving: tuple[int, ...], where: str) -> tuple[int, ...]:
    """The shape of what a convolution, a pooling or a flattening gives."""
    if node.kind == "Flatten":
        stated = node.input_type
        if stated is not None and tuple(stated) != arriving:
            raise ValueError(f"{where} (Flatten) states {stated}, but gets {arriving}.")
        axes = len(arriving)
        start, end = node.start_dim[0] % axes, node.end_dim[0] % axes
        if (start, end) != (0, axes - 1):
            raise ValueError(
                f"{where} (Flatten) joins the axes {start} to {end} of {axes}; only all of them "
                "can be joined, since units here have their channels last."
            )
        return (math.prod(arriving),)
    space = 1 if node.kind == "Conv1d" else 2
    if len(arriving) != space + 1:
        raise ValueError(
            f"{where} ({node.kind}) gets the shape {arriving}; expected the channels and {space} "
            "axes of space."
        )
    if node.kind.startswith("Conv"):
        return _convolved(node, arriving, where)
    kernel, stride, padding = (
        _per_axis(getattr(node, name), space, where, name)
        for name in ("kernel_size", "stride", "padding")
    )
    return (arriving[0], *_windows(arriving[1:], kernel, stride, padding, (1,) * space, where))


def _convolved(node: Node, arriving: tuple[int, ...], where: str) -> tuple[int, ...]:
    space = len(arriving) - 1
    if node.input_shape is not None and tuple(node.input_shape) != arriving[1:]:
        raise ValueError(f"{where} ({node.kind}) states {node.input_shape}, but gets {arriving}.")
    (groups,) = node.groups
    out, seen, *kernel = node.weight.shape
    if seen * groups != arriving[0] or out % groups:
        raise ValueError(
            f"{where} ({node.kind}) has a weight of shape {node.weight.shape} in {groups} groups, "
            f"but gets {arriving[0]} channels."
        )
    if node.bias.shape != (out,):
        raise ValueError(
            f"{where} ({node.kind}): the bias has the shape {node.bias.shape}, expected {(out,)}."
        )
    stride, dilation = (
        _per_axis(getattr(node, name), space, where, name) for name in ("stride", "dilation")
    )
    if node.padding == "same":
        if max(stride) > 1:
            raise ValueError(
                f"{where} ({node.kind}) pads 'same' with a stride of {stride}, which frameworks "
                "take differently. State the padding in numbers."
            )
        if any((k - 1) * d % 2 for k, d in zip(kernel, dilation, strict=True)):
            raise ValueError(
                f"{where} ({node.kind}) pads 'same' around a kernel of {tuple(kernel)}, which is "
                "not the same on both sides. State the padding in numbers."
            )
        return (out, *arriving[1:])
    padding = (
        (0,) * space
        if node.padding == "valid"
        else _per_axis(node.padding, space, where, "padding")
    )
    return (out, *_windows(arriving[1:], tuple(kernel), stride, padding, dilation, where))


def _per_axis(value: tuple[int, ...], axes: int, where: str, name: str) -> tuple[int, ...]:
    if len(value) not in (1, axes):
        raise ValueError(f"{where}: field {name!r} is {value}, expected {axes} numbers.")
    return value * axes if len(value) == 1 else value


def _windows(
    space: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    where: str,
) -> tuple[int, ...]:
    """How many windows fit along each axis."""
    found = tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(space, kernel, stride, padding, dilation, strict=True)
    )
    if min(found) < 1:
        raise ValueError(f"{where}: a kernel of {kernel} does not fit into {space}.")
    return found


def per_axis(node: Node, name: str, axes: int) -> Any:
    """A field of whole numbers, one per axis of space.

    Args:
        node: a convolution or a pooling.
        name: of the field.
        axes: of space.
    """
    value = getattr(node, name)
    return value if isinstance(value, str) else _per_axis(value, axes, node.kind, name)


def channels_last(values: Any) -> np.ndarray:
    """An array of units with its first axis, the channels, put last.

    Args:
        values: an array; one axis stays as it is.

    Example:
        >>> channels_last(np.ones((2, 34, 30))).shape
        (34, 30, 2)
    """
    values = np.asarray(values)
    return np.moveaxis(values, 0, -1) if values.ndim > 1 else values
