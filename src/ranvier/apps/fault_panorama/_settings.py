"""What can be chosen for the panorama of faults."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps.fault_panorama._in_place import LEARNING
from ranvier.apps.fault_panorama._kinds import KINDS
from ranvier.core import nearest


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the panorama of faults; every result is saved with them.

    Attributes:
        data: "mnist" or "fashion-mnist".
        kinds: of imperfection, each by itself on otherwise ideal devices.
        learning: of imperfection of pulses, in which a small network learns in place; may be none.
        size: hidden spiking units.
        epochs: of training, without devices.
        learning_epochs: of learning in place, on small digits that need no download.
        images: of the test set that every array is judged on.
        arrays: drawn for every kind and strength.
        seed: draws everything.

    Example:
        >>> Settings(arrays=3).data
        'mnist'
    """

    data: Literal["mnist", "fashion-mnist"] = "mnist"
    kinds: tuple[str, ...] = tuple(KINDS)
    learning: tuple[str, ...] = tuple(LEARNING)
    size: int = Field(default=100, ge=1)
    epochs: int = Field(default=15, ge=1)
    learning_epochs: int = Field(default=10, ge=1)
    images: int = Field(default=2000, ge=250, multiple_of=250)
    arrays: int = Field(default=10, ge=2)
    seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        for chosen, known in ((self.kinds, KINDS), (self.learning, LEARNING)):
            for kind in chosen:
                if kind not in known:
                    raise ValueError(f"no kind of fault is called {kind!r}. {nearest(kind, known)}")
        if not self.kinds:
            raise ValueError("expected at least one kind of fault.")


PRESETS: dict[str, dict[str, Any]] = {
    "small": {"size": 30, "epochs": 1, "images": 500, "arrays": 3, "learning_epochs": 1},
}
"""Named starting points; any option given beside a preset goes over it."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose, with errors in words.

    Args:
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(preset="small").arrays
        3
    """
    return checked(Settings, PRESETS, chosen)
