"""Settings of an experiment from what a user chose, with errors in words."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ranvier.core import nearest

S = TypeVar("S")

# Units whose gates feed their output back, whatever the setting.
GATED = ("gru", "lstm", "rnn")


def checked(kind: type[S], presets: Mapping[str, Mapping[str, Any]], chosen: dict[str, Any]) -> S:
    """Settings of one kind; what was chosen goes over the preset, the preset over the defaults.

    Args:
        kind: a pydantic dataclass.
        presets: name to fields.
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.
    """
    chosen = dict(chosen)
    preset = chosen.pop("preset", None)
    if preset is not None and preset not in presets:
        raise ValueError(f"no preset is called {preset!r}. {nearest(preset, presets)}")
    values = {**presets.get(preset or "", {}), **chosen}
    names = [field.name for field in dataclasses.fields(kind)]  # pyright: ignore[reportArgumentType]
    for name in values:
        if name not in names:
            raise ValueError(f"no setting is called {name!r}. {nearest(name, names)}")
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        if cause is not None:
            raise ValueError(str(cause)) from error
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place} is {first['input']!r}: {first['msg']}.") from error
