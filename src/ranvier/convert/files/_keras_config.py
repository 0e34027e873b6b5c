"""The layers of a Keras model and what leads to them, in the spellings of all versions."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ranvier.convert.files._settings import Settings, is_whole
from ranvier.core import nearest

MODELS = ("Sequential", "Functional", "Model")
_MOST_LAYERS = 10_000


class Place(NamedTuple):
    """Where activity comes from: which call of which layer.

    Attributes:
        layer: its name.
        call: which of its calls.
    """

    layer: str
    call: int


class Described(NamedTuple):
    """A layer or a model as it is described.

    Attributes:
        name: of the layer.
        kind: its class.
        settings: what is said of it.
        calls: for each call of it, where its inputs come from.
        built_for: the input shape it was built for, with the batch, if it is said.
    """

    name: str
    kind: str
    settings: Settings
    calls: tuple[tuple[Place, ...], ...]
    built_for: Any


class Model(NamedTuple):
    """The layers of a model.

    Attributes:
        layers: in the order of the file.
        inputs: where the input comes in; empty if it is sequential.
        outputs: where the output comes from; empty if it is sequential.
        built_for: the input shape of a sequential model, with the batch, if it is said.
    """

    layers: tuple[Described, ...]
    inputs: tuple[Place, ...]
    outputs: tuple[Place, ...]
    built_for: Any


def described_model(kind: str, config: Any, where: str) -> Model:
    """The layers of a model, and how they are joined.

    Args:
        kind: the class of the model.
        config: its description.
        where: how errors call it.

    Raises:
        ValueError: the description is none of a model; the part of it is named.
    """
    if isinstance(config, list):  # Keras 1
        config = {"layers": config}
    settings = Settings(config, f"the description of {where}")
    given = settings.list("layers")
    if not 1 <= len(given) <= _MOST_LAYERS:
        raise ValueError(
            f"{where} has {len(given)} layers, expected 1 to {_MOST_LAYERS:,}. The file is damaged."
        )
    layers = tuple(_described(one, where) for one in given)
    names = [layer.name for layer in layers]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"{where} has several layers {doubled[0]!r}. Rename them and save again.")
    if kind == "Sequential":
        built_for = settings.get("build_input_shape")
        return Model(layers, (), (), built_for)
    inputs, outputs = (
        tuple(_places(settings.get(name, default=[]), where))
        for name in ("input_layers", "output_layers")
    )
    return Model(layers, inputs, outputs, None)


def _described(given: Any, where: str) -> Described:
    layer = Settings(given, f"a layer of {where}")
    kind = layer.text("class_name")
    config = layer.get("config", default={})
    if kind in MODELS and isinstance(config, list):
        config = {"layers": config}
    settings = Settings(config, f"the description of a {kind}")
    name = layer.get("name", default=settings.get("name"))
    if not isinstance(name, str) or not name:
        raise ValueError(f"a {kind or 'layer'} of {where} has no name. The file is damaged.")
    calls = tuple(tuple(_call(node, name)) for node in layer.list("inbound_nodes"))
    built = layer.get("build_config")
    built_for = built.get("input_shape") if isinstance(built, Mapping) else None
    return Described(name, kind.rpartition(">")[2], settings, calls, built_for)


def _call(node: Any, name: str) -> Iterator[Place]:
    """Where the inputs of one call come from."""
    if isinstance(node, Mapping):  # Keras 3
        yield from _tensors(node.get("args"), name)
        extra = node.get("kwargs")
        for key, value in extra.items() if isinstance(extra, Mapping) else ():
            _check_extra(key, value, name)
            yield from _tensors(value, name)
        return
    if not isinstance(node, (list, tuple)):
        raise ValueError(f"layer {name!r} is called with {str(node)[:60]!r}. The file is damaged.")
    for one in [node] if node and isinstance(node[0], str) else node:
        if isinstance(one, (list, tuple)) and len(one) > 3 and isinstance(one[3], Mapping):
            for key, value in one[3].items():
                _check_extra(key, value, name)
        yield _place(one, name)


def _check_extra(key: Any, value: Any, name: str) -> None:
    """Refuse what a call says beyond its inputs, if that matters."""
    if key == "training" and value:
        raise ValueError(
            f"layer {name!r} is called as in training, and so acts by chance. Call it without "
            "training=True and save again."
        )
    if key not in ("training", "mask", "name", "inputs", "x") and value is not None:
        raise ValueError(
            f"layer {name!r} is called with {key} = {str(value)[:40]!r}, which no synapse takes. "
            "Use layers alone, Rescaling for constants and Add for sums."
        )


def _tensors(given: Any, name: str, depth: int = 0) -> Iterator[Place]:
    """The activity among the arguments of a call."""
    if depth > 8:
        raise ValueError(f"layer {name!r} is called with lists in lists. The file is damaged.")
    if isinstance(given, Mapping) and given.get("class_name") == "__keras_tensor__":
        config = given.get("config")
        history = config.get("keras_history") if isinstance(config, Mapping) else None
        yield _place(history, name)
    elif isinstance(given, (list, tuple)):
        for one in given:
            yield from _tensors(one, name, depth + 1)
    elif given is not None and not isinstance(given, bool):
        raise ValueError(
            f"layer {name!r} is called with {str(given)[:60]!r}, expected the output of a layer. "
            "Use layers alone, Rescaling for constants."
        )


def _place(given: Any, where: str) -> Place:
    """`[layer, call, which of its outputs]`."""
    parts: list[Any] = list(given) if isinstance(given, (list, tuple)) else []
    name, call, output = [*parts, None, None, None][:3]
    good = isinstance(name, str) and is_whole(call) and is_whole(output)
    if not good or call < 0 or output != 0:
        raise ValueError(
            f"{where}: got {str(given)[:60]!r} for the output of a layer, expected its name, the "
            "number of the call, and 0. The file is damaged, or a layer has several outputs."
        )
    return Place(name, call)


def _places(given: Any, where: str) -> list[Place]:
    """One place or several, in lists or under names."""
    if isinstance(given, Mapping):
        given = list(given.values())
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"{where}: got {str(given)[:60]!r} for its ends. The file is damaged.")
    if given and isinstance(given[0], str):
        return [_place(given, where)]
    return [_place(one, where) for one in given]


def unknown_layers(model: Model, known: tuple[str, ...], where: str, depth: int = 0) -> list[str]:
    """All layers of kinds that cannot be read, each in a few words."""
    if depth > 32:
        raise ValueError(f"{where}: models within models beyond 32. The file was made to harm.")
    found = []
    for layer in model.layers:
        if layer.kind in MODELS:
            inner = described_model(layer.kind, layer.settings.values, f"model {layer.name!r}")
            found += unknown_layers(inner, known, where, depth + 1)
        elif layer.kind not in (*known, "InputLayer"):
            close = nearest(layer.kind, known).partition("? Known")[0]
            hint = f", {close[0].lower()}{close[1:]}?" if "Did you" in close else ""
            found.append(f"{layer.name!r} ({layer.kind}{hint})")
    return found
