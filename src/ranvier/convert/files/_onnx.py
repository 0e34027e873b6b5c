"""An ONNX graph becomes a network."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ranvier.convert.files._imported import Imported
from ranvier.convert.files._onnx_arithmetic import ARITHMETIC
from ranvier.convert.files._onnx_constants import FOLDABLE, Constant, computed
from ranvier.convert.files._onnx_layers import LAYERS
from ranvier.convert.files._onnx_shapes import SHAPES
from ranvier.convert.files._onnx_tensor import Node, Tensor, channels_first
from ranvier.convert.files._settings import Settings
from ranvier.convert.files._sketch import Sketch

_OPERATORS = {**LAYERS, **SHAPES, **ARITHMETIC}
_UNDECIDED = (*ARITHMETIC, "Identity", "Cast", "Relu", "Dropout", "Clip", "Pad")


def read_onnx(path: Path, in_shape: Sequence[int] | None, largest_bytes: int) -> Imported:
    """A network in an ONNX file.

    Raises:
        ImportError: the package `onnx` is not installed.
        ValueError: no ONNX file, or one that holds something else than a ReLU network.
    """
    onnx = _package(path)
    if path.stat().st_size > largest_bytes:
        raise ValueError(
            f"{path} has {path.stat().st_size:,} bytes, more than may be read. Give a larger "
            "largest_bytes if the network is that large."
        )
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"{path} is no ONNX file, or a damaged one: {error}. Export it again, or check that it "
            "was copied whole."
        ) from error
    if not model.graph.node:
        raise ValueError(f"{path} is no ONNX file, or one without a node. Export it again.")
    _check_names(model.graph, path)
    _load_outside(onnx, model, path, largest_bytes)
    return _Walk(onnx, model.graph, str(path)).network(in_shape)


def _package(path: Path) -> ModuleType:
    """The package onnx, once it is needed."""
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{path}: reading ONNX needs the package onnx, which is not installed. Run pip install "
            "'ranvier[onnx]'."
        ) from error
    return onnx


def _check_names(graph: Any, path: Path) -> None:
    """Refuse names that are no text, which the parser hands on as bytes."""
    names = [one.name for one in (*graph.initializer, *graph.input, *graph.output)]
    for node in graph.node:
        names += [node.name, node.op_type, node.domain, *node.input, *node.output]
        names += [attribute.name for attribute in node.attribute]
    for tensor in graph.initializer:
        names += [text for entry in tensor.external_data for text in (entry.key, entry.value)]
    broken = [name for name in names if not isinstance(name, str)]
    if broken:
        raise ValueError(f"{path} is damaged: {broken[0]!r} is no name. Export it again.")


def _load_outside(onnx: ModuleType, model: Any, path: Path, largest_bytes: int) -> None:
    """Weights that lie in a file beside, as exporters put large ones."""
    from onnx.external_data_helper import ExternalDataInfo, load_external_data_for_model

    outside = [
        tensor
        for tensor in model.graph.initializer
        if tensor.data_location == onnx.TensorProto.EXTERNAL
    ]
    if not outside:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            places = {ExternalDataInfo(tensor).location for tensor in outside}
            sizes = [os.path.getsize(path.parent / place) for place in places]
            if sum(sizes) <= largest_bytes:
                load_external_data_for_model(model, str(path.parent))
                return
    except (OSError, ValueError, RuntimeError, onnx.checker.ValidationError) as error:
        raise ValueError(
            f"{path}: its weights lie in another file, which cannot be read: {error}. Put that "
            "file beside it, or export the network into one file."
        ) from error
    raise ValueError(
        f"{path}: the file of its weights has {sum(sizes):,} bytes, more than may be read. Give a "
        "larger largest_bytes if the network is that large."
    )


class _Walk:
    """Goes through the nodes of a graph in their order."""

    def __init__(self, onnx: ModuleType, graph: Any, file: str) -> None:
        self.onnx, self.graph = onnx, graph
        self.sketch = Sketch(file)
        self.known: dict[str, Tensor | Constant | None] = {"": None}
        self.read = {one for node in graph.node for one in node.input}
        self.batch: int | None = None

    def network(self, in_shape: Sequence[int] | None) -> Imported:
        """The network of the graph."""
        refuse, graph = self.sketch.refuse, self.graph
        if graph.sparse_initializer:
            refuse("has sparse weights. Export the network with dense ones.")
        weights = {tensor.name: tensor for tensor in graph.initializer}
        inputs = [one for one in graph.input if one.name not in weights]
        for what, ends in (("inputs", inputs), ("outputs", list(graph.output))):
            if len(ends) != 1:
                refuse(
                    f"the network has the {what} {[end.name for end in ends][:8]}, expected one. "
                    "Export the part with one input and one output."
                )
        needed = self._needed(graph.output[0].name)
        self._check_operators(needed)
        for name, tensor in weights.items():
            self.known[name] = self._array(tensor, f"the weights {name!r}")
        shape = self._input_shape(inputs[0], in_shape)
        axes = self._guess(inputs[0].name, shape)
        last = [0] * len(shape)
        for size, axis in zip(shape, axes, strict=True):
            last[axis] = size
        self.known[inputs[0].name] = Tensor(self.sketch.begin(last), axes)
        for number, node in needed:
            self._step(node, node.name or f"{node.op_type}_{number}")
        output = self.known.get(graph.output[0].name)
        if not isinstance(output, Tensor):
            refuse("its output does not depend on its input. The file is damaged.")
        return self.sketch.finish(output.value, "ONNX", shape)

    def _needed(self, output: str) -> list[tuple[int, Any]]:
        """The nodes that the output needs, in the order of the file, and their numbers."""
        wanted, found = {output}, []
        for number, node in reversed(list(enumerate(self.graph.node))):
            if wanted & set(node.output) - {""}:
                wanted |= set(node.input)
                found.append((number, node))
        return found[::-1]

    def _check_operators(self, nodes: Sequence[tuple[int, Any]]) -> None:
        known = {*_OPERATORS, *FOLDABLE, "Constant", "Shape"}
        unknown: dict[str, list[str]] = {}
        for number, node in nodes:
            kind = node.op_type
            if node.domain not in ("", "ai.onnx"):
                kind = f"{node.domain}.{kind}"
            if kind not in known:
                unknown.setdefault(kind, []).append(node.name or f"{kind}_{number}")
        if unknown:
            listed = "; ".join(
                f"{kind} ({', '.join(map(repr, names[:3]))}{', ...' if len(names) > 3 else ''})"
                for kind, names in sorted(unknown.items())
            )
            self.sketch.refuse(
                f"no ReLU network has the operators {listed}. Expected "
                f"{', '.join(sorted(_OPERATORS))}. Replace them and train again."
            )

    def _array(self, tensor: Any, what: str) -> np.ndarray:
        try:
            return np.asarray(self.onnx.numpy_helper.to_array(tensor))
        except (ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
            self.sketch.refuse(f"{what} cannot be read: {error}. The file is damaged.")

    def _input_shape(self, given: Any, in_shape: Sequence[int] | None) -> tuple[int, ...]:
        """The axes of one example, as the file or the user says."""
        dims = [
            dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None
            for dim in given.type.tensor_type.shape.dim
        ]
        said = dims[1:]
        self.batch = dims[0] if dims else None
        if in_shape is None:
            known = tuple(n for n in said if n is not None)
            if not said or len(known) != len(said):
                self.sketch.refuse(
                    f"the input has the shape {dims}, expected the batch and then numbers. Give "
                    "in_shape, the axes of one example in the order of the file."
                )
            return known
        shape = tuple(in_shape)
        if said and (
            len(said) != len(shape)
            or any(n is not None and n != m for n, m in zip(said, shape, strict=True))
        ):
            self.sketch.refuse(f"in_shape is {shape}, but the file has {tuple(said)}.")
        return shape

    def _guess(self, name: str, shape: Sequence[int]) -> tuple[int, ...]:
        """Which axis has the channels: as the first layer takes them that minds."""
        as_they_are = tuple(range(len(shape)))
        if not 2 <= len(shape) <= 4:
            return as_they_are
        reached = {name}
        for node in self.graph.node:
            if not reached & set(node.input):
                continue
            if node.op_type in _UNDECIDED:
                reached |= set(node.output)
            elif node.op_type == "Transpose":
                perm = next((list(a.ints) for a in node.attribute if a.name == "perm"), [])
                return as_they_are if perm[1:2] == [len(shape)] else channels_first(len(shape))
            elif node.op_type in ("Flatten", "Reshape", "Squeeze", "MatMul", "Shape"):
                break
            else:
                return channels_first(len(shape))
        # Nothing minds: pictures with few channels first are brought into the order of all others.
        few_first = len(shape) > 2 and shape[0] <= shape[-1]
        return channels_first(len(shape)) if few_first else as_they_are

    def _step(self, node: Any, name: str) -> None:
        """One node: activity through a layer, or constants."""
        sketch, kind = self.sketch, node.op_type
        with sketch.layer(name, kind):
            unknown = [one for one in node.input if one not in self.known]
            if unknown:
                sketch.refuse(f"needs {unknown[0]!r}, which nothing before gives. It is damaged.")
            inputs = [self.known[one] for one in node.input]
            settings = self._settings(node)
            tensors = [one for one in inputs if isinstance(one, Tensor)]
            if kind == "Constant":
                result = self._constant(settings)
            elif kind == "Shape":
                result = self._shape(inputs, settings)
            elif tensors:
                if kind not in _OPERATORS:
                    sketch.refuse("is not known for activity, only for constants. Leave it out.")
                if kind not in ARITHMETIC and tensors[0] is not inputs[0]:
                    sketch.refuse("takes activity where weights are expected.")
                if any(one and one in self.read for one in node.output[1:]):
                    sketch.refuse("has a second output that is used. Export it without.")
                node_ = Node(settings, inputs, self.batch, self._guess_behind(node))
                result = _OPERATORS[kind](sketch, node_, tensors[0])
            else:
                if kind not in FOLDABLE:
                    sketch.refuse("gets constants alone, expected activity. Fold it away.")
                result = computed(kind, settings, [_constant(one) for one in inputs])
            if not node.output:
                sketch.refuse("has no output. The file is damaged.")
            self.known[node.output[0]] = result

    def _guess_behind(self, node: Any) -> Any:
        return lambda shape: self._guess(node.output[0], shape)

    def _settings(self, node: Any) -> Settings:
        """The attributes of a node."""
        found: dict[str, Any] = {}
        for attribute in node.attribute:
            try:
                value = self.onnx.helper.get_attribute_value(attribute)
            except (ValueError, TypeError) as error:
                raise ValueError(f"its attribute {attribute.name!r}: {error}") from error
            if isinstance(value, bytes):
                value = value.decode("utf8", "replace")
            elif isinstance(value, self.onnx.TensorProto):
                value = self._array(value, f"its attribute {attribute.name!r}")
            elif not isinstance(value, (int, float)):
                value = list(value) if isinstance(value, Sequence) else value
            found[attribute.name] = value
        return Settings(found, "the node")

    def _constant(self, settings: Settings) -> np.ndarray:
        for name, kind in (("value_float", np.float32), ("value_int", np.int64)):
            if name in settings.values:
                return np.asarray(settings.get(name), kind)
        for name, kind in (("value_floats", np.float32), ("value_ints", np.int64)):
            if name in settings.values:
                return np.asarray(settings.list(name), kind)
        value = settings.get("value")
        if not isinstance(value, np.ndarray):
            raise ValueError(f"has the values {sorted(settings.values)}, expected numbers.")
        return value

    def _shape(self, inputs: Sequence[Any], settings: Settings) -> np.ndarray:
        """A shape; its batch is 0, which `Reshape` takes for as many as there are."""
        (given,) = inputs if len(inputs) == 1 else [None]
        if given is None:
            raise ValueError(f"has {len(inputs)} inputs, expected one.")
        shape = (0, *given.shape) if isinstance(given, Tensor) else np.shape(given)
        (start,) = settings.whole("start", axes=1, default=0)
        (end,) = settings.whole("end", axes=1, default=len(shape))
        return np.asarray(shape[start:end], np.int64)


def _constant(given: Tensor | Constant | None) -> Constant | None:
    return None if isinstance(given, Tensor) else given
