"""A Keras model becomes a network."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ranvier.convert._hdf5 import (
    HDF5_DAMAGE,
    HDF5Reader,
    attribute_texts,
    no_text,
    refuse_damaged_heaps,
)
from ranvier.convert.files._arrays import DAMAGE
from ranvier.convert.files._imported import Imported
from ranvier.convert.files._keras_config import (
    MODELS,
    Described,
    Model,
    Place,
    described_model,
    unknown_layers,
)
from ranvier.convert.files._keras_layers import LAYERS, applied
from ranvier.convert.files._keras_merging import MERGING
from ranvier.convert.files._keras_weights import (
    Lookup,
    Scope,
    counted,
    named_weights,
    numbered_weights,
    unjoined,
)
from ranvier.convert.files._settings import is_whole
from ranvier.convert.files._sketch import Sketch, Value
from ranvier.core import nearest

_AGAIN = "Save the model again, or check that it was copied whole."


def read_keras_hdf5(path: Path, in_shape: Sequence[int] | None, largest_bytes: int) -> Imported:
    """A model in an HDF5 file of Keras 1, 2 or 3."""
    import h5py

    refuse_damaged_heaps(path, str(path), _AGAIN)
    try:
        with h5py.File(path, "r") as file:
            config = next(_models(attribute_texts(file, path, "model_config")), None)
            group = file.get("model_weights")
            if config is None or not isinstance(group, h5py.Group):
                raise ValueError(
                    f"{path}: an HDF5 file without a model in 'model_config' and 'model_weights', "
                    f"got {sorted(file)[:5]}; it is no Keras model, or a damaged one. Save the "
                    "whole model, not its weights alone."
                )
            theano = any(text == "theano" for text in attribute_texts(file, path, "backend"))
            reader = HDF5Reader(str(path), largest_bytes, no_text)
            tree = reader.group(group, "model_weights")
    except HDF5_DAMAGE as error:
        raise ValueError(f"{path} is damaged: {error}. {_AGAIN}") from error
    if theano:
        raise ValueError(
            f"{path}: written by Keras on Theano, whose kernels are turned around. Load it in "
            "Keras on TensorFlow and save it again."
        )
    return _read(str(path), "Keras HDF5", config, named_weights(tree), in_shape)


def read_keras_zip(path: Path, in_shape: Sequence[int] | None, largest_bytes: int) -> Imported:
    """A model in a `.keras` file."""
    import h5py

    names = ("config.json", "model.weights.h5")
    try:
        with zipfile.ZipFile(path) as file:
            sizes = {name: file.getinfo(name).file_size for name in names}
            small = all(size <= largest_bytes for size in sizes.values())
            members = {name: file.read(name) for name in names if small}
    except DAMAGE as error:
        raise ValueError(f"{path} is damaged: {error}. {_AGAIN}") from error
    if not small:
        raise ValueError(
            f"{path}: {max(sizes, key=sizes.__getitem__)} holds {max(sizes.values()):,} bytes, "
            "more than may be read. Give a larger largest_bytes if the network is that large."
        )
    place = f"{path}: model.weights.h5"
    refuse_damaged_heaps(members["model.weights.h5"], place, _AGAIN)
    try:
        with h5py.File(io.BytesIO(members["model.weights.h5"]), "r") as weights:
            reader = HDF5Reader(place, largest_bytes, no_text)
            tree = reader.group(weights, "model")
    except HDF5_DAMAGE as error:
        raise ValueError(f"{place} is damaged: {error}. {_AGAIN}") from error
    config = next(_models([members["config.json"].decode("utf8", "replace")]), None)
    if config is None:
        raise ValueError(f"{path}: config.json describes no model. Save the whole model again.")
    return _read(str(path), "Keras zip", config, numbered_weights(unjoined(tree)), in_shape)


def _models(texts: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Those texts that describe a model."""
    for text in texts:
        try:
            found = json.loads(text) if text.startswith("{") else None
        except (ValueError, RecursionError):
            continue
        if isinstance(found, Mapping) and {"class_name", "config"} <= found.keys():
            yield found


def _read(
    file: str,
    source: str,
    config: Mapping[str, Any],
    lookup: Lookup,
    in_shape: Sequence[int] | None,
) -> Imported:
    kind = str(config["class_name"]).rpartition(">")[2]
    if kind not in MODELS:
        raise ValueError(
            f"{file}: the model is a {kind}, expected Sequential or Functional: a class of one's "
            "own does not say how its layers are joined. Export it to ONNX."
        )
    try:
        model = described_model(kind, config.get("config"), "the model")
        unknown = unknown_layers(model, (*LAYERS, *MERGING), file)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    if unknown:
        raise ValueError(
            f"{file}: no ReLU network has the layers {', '.join(unknown)}. Expected "
            f"{', '.join(sorted((*LAYERS, *MERGING)))}. Replace them and train again."
        )
    sketch = Sketch(file)
    shape = _input_shape(model, in_shape, file)
    value = sketch.begin(shape)
    value = _Walk(sketch, lookup).through(model, value, Scope())
    return sketch.finish(value, source, shape)


def _input_shape(model: Model, given: Sequence[int] | None, file: str) -> tuple[int, ...]:
    """The axes of one example, as the file or the user says."""
    said = _said_shape(model)
    if said is not None and not all(n is None or is_whole(n) for n in said):
        raise ValueError(f"{file}: the input has the shape {said!r}. The file is damaged.")
    if given is None:
        known = tuple(n for n in said or () if n is not None)
        if said is None or len(known) != len(said):
            raise ValueError(
                f"{file}: the shape of the input is {said or 'not said'}, expected numbers. Give "
                "in_shape, the axes of one example."
            )
        return known
    shape = tuple(given)
    fits = said is None or (
        len(said) == len(shape)
        and all(n is None or n == m for n, m in zip(said, shape, strict=True))
    )
    if not fits:
        raise ValueError(f"{file}: in_shape is {shape}, but the file has {tuple(said or ())}.")
    return shape


def _said_shape(model: Model) -> list[int | None] | None:
    """The input shape without the batch, from wherever a version says it."""
    first = model.layers[0]
    if model.inputs:
        first = next((one for one in model.layers if one.name == model.inputs[0].layer), first)
    found = first.settings.get("batch_shape", "batch_input_shape")
    if found is None and first.kind in MODELS:
        return _said_shape(described_model(first.kind, first.settings.values, first.name))
    for other in (first.built_for, model.built_for):
        found = other if found is None else found
    return found[1:] if isinstance(found, list) and found else None


class _Walk:
    """Goes through the layers of a model, and of the models in it."""

    def __init__(self, sketch: Sketch, lookup: Lookup) -> None:
        self.sketch, self.lookup = sketch, lookup

    def through(self, model: Model, value: Value, scope: Scope) -> Value:
        """What a model makes of a value."""
        groups = dict(
            zip(
                (layer.name for layer in model.layers),
                counted([layer.kind for layer in model.layers]),
                strict=True,
            )
        )
        scopes = {name: scope.within(name, group) for name, group in groups.items()}
        if not model.outputs:
            for layer in model.layers:
                if layer.kind != "InputLayer":
                    value = self.layer(layer, [value], scopes[layer.name])
            return value
        return self._joined(model, value, scopes)

    def _joined(self, model: Model, value: Value, scopes: dict[str, Scope]) -> Value:
        """The layers of a model that are joined in any way, each when all before it is known."""
        for what, ends in (("inputs", model.inputs), ("outputs", model.outputs)):
            if len(ends) != 1:
                self.sketch.refuse(
                    f"the model has the {what} {[end.layer for end in ends]}, expected one. Save "
                    "the part with one input and one output as a model of its own."
                )
        layers = {layer.name: layer for layer in model.layers}
        known = {model.inputs[0]: value}
        stack, waiting = [model.outputs[0]], set()
        while stack:
            place = stack[-1]
            if place in known:
                stack.pop()
                continue
            layer, before = self._call(layers, place)
            missing = [one for one in before if one not in known]
            if missing:
                if place in waiting:
                    self.sketch.refuse(f"layer {layer.name!r} leads back to itself. It is damaged.")
                waiting.add(place)
                stack += missing
                continue
            if place.call:
                with self.sketch.layer(layer.name, layer.kind):
                    self.sketch.note(
                        "is called several times; each call has a copy of its weights."
                    )
            known[place] = self.layer(layer, [known[one] for one in before], scopes[layer.name])
            stack.pop()
        return known[model.outputs[0]]

    def _call(
        self, layers: dict[str, Described], place: Place
    ) -> tuple[Described, tuple[Place, ...]]:
        layer = layers.get(place.layer)
        if layer is None:
            self.sketch.refuse(f"no layer {place.layer!r}. {nearest(place.layer, layers)}")
        if place.call >= len(layer.calls) or not layer.calls[place.call]:
            self.sketch.refuse(
                f"layer {layer.name!r} ({layer.kind}) has no call {place.call} with inputs. The "
                "file is damaged, or the model has a second input."
            )
        return layer, layer.calls[place.call]

    def layer(self, layer: Described, values: Sequence[Value], scope: Scope) -> Value:
        """What a layer makes of what reaches it."""
        with self.sketch.layer("/".join(scope.names), layer.kind):
            if layer.kind not in MODELS:
                weights = self.lookup(scope)
                return applied(self.sketch, layer.kind, layer.settings, weights, values)
            if len(values) != 1:
                self.sketch.refuse(f"takes {len(values)} inputs, expected one.")
            inner = described_model(layer.kind, layer.settings.values, "the model")
            return self.through(inner, values[0], scope)
