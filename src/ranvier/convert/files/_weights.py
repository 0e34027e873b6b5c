"""Weights without a structure, and a layout that the user gives, become a network."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ranvier.convert.files._imported import Imported
from ranvier.convert.files._parts import Maker
from ranvier.convert.files._sketch import Sketch
from ranvier.convert.files.layout import Part

_ARRAYS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
_SPLIT = re.compile(rf"(?:(.*)[._/])?({'|'.join(_ARRAYS)})", re.DOTALL)


def network_from_weights(
    weights: Mapping[str, Any],
    layout: Sequence[Part],
    *,
    in_shape: int | Sequence[int],
    file: str = "the weights",
) -> Imported:
    """Make weights that come without a structure a network, by a layout in few words.

    A `state_dict` of PyTorch names arrays and does not say what is done with them. Arrays are
    called `name.weight`, `name.bias`, `name.running_mean`, `name.running_var` (a `_` or `/` does
    as well as the point). Layers without a name take the next weights in order; all weights have
    to be taken.

    Args:
        weights: name to array, with the channels first as PyTorch has them.
        layout: layers in order, from `ranvier.convert.files.layout`.
        in_shape: of one example, as PyTorch has it: `[channels, *space]`, or the number of units.
        file: how errors call the weights.

    Raises:
        ValueError: a layer without weights or of another kind than them, weights that no layer
            takes, numbers that are not finite, or shapes that do not fit; the layer is named.

    Example:
        >>> import numpy as np
        >>> from ranvier.convert.files.layout import AveragePool, Conv, Dense, Flatten, ReLU
        >>> weights = {"0.weight": np.ones((4, 1, 5, 5)), "4.weight": np.ones((10, 4 * 12 * 12))}
        >>> layout = [Conv(), ReLU(), AveragePool(2), Flatten(), Dense()]
        >>> network_from_weights(weights, layout, in_shape=(1, 28, 28)).network.neurons
        ('relu_1',)
    """
    found = modules(weights, file)
    shape = (in_shape,) if isinstance(in_shape, int) else tuple(in_shape)
    return laid_out(found, layout, shape, file, "weights with a layout")


def laid_out(
    found: Mapping[str, Mapping[str, Any]],
    layout: Sequence[Any],
    shape: Sequence[int],
    file: str,
    source: str,
) -> Imported:
    """The network of weights by layer and a layout, of which all have to be taken."""
    sketch = Sketch(file)
    if not shape:
        sketch.refuse("the shape of the input is (), expected at least one axis.")
    maker = Maker(sketch, found)
    value = maker.along(layout, sketch.begin((*shape[1:], shape[0])))
    if maker.left:
        raise ValueError(
            f"{file}: the layout leaves the weights {list(maker.left)} unused. Add their layers."
        )
    return sketch.finish(value, source, shape)


def modules(weights: Mapping[str, Any], file: str) -> dict[str, dict[str, Any]]:
    """The arrays of each layer, by its name.

    Args:
        weights: name to array.
        file: how errors call them.

    Raises:
        ValueError: no arrays, or one whose name does not end in what it is.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, array in weights.items():
        split = _SPLIT.fullmatch(str(name))
        if split is None:
            raise ValueError(
                f"{file}: {name!r} does not end in one of {', '.join(_ARRAYS)}. Rename it, or "
                "leave it out."
            )
        found.setdefault(split[1] or "", {})[split[2]] = array
    if not found:
        raise ValueError(f"{file}: no weights. Save the network's state_dict.")
    return found
