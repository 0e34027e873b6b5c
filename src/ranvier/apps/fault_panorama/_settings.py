"""What can be chosen for the panorama of faults."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps.fault_panorama._kinds import KINDS
from ranvier.core import nearest


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the panorama of faults; every result is saved with them.

    Attributes:
        data: "mnist" or "fashion-mnist".
        kinds: of imperfection, each by itself on otherwise ideal devices.
        size: hidden spiking units.
        epochs: of training, without devices.
        images: of the test set that every array is judged on.
        arrays: drawn for every kind and strength.
        seed: draws everything.

    Example:
        >>> Settings(arrays=3).data
        'mnist'
    """

    data: Literal["mnist", "fashion-mnist"] = "mnist"
    kinds: tuple[str, ...] = tuple(KINDS)
    size: int = Field(default=100, ge=1)
    epochs: int = Field(default=15, ge=1)
    images: int = Field(default=2000, ge=250, multiple_of=250)
    arrays: int = Field(default=10, ge=2)
    seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise ValueError(f"no kind of fault is called {kind!r}. {nearest(kind, KINDS)}")
        if not self.kinds:
            raise ValueError("expected at least one kind of fault.")


PRESETS: dict[str, dict[str, Any]] = {
    "small": {"size": 30, "epochs": 1, "images": 500, "arrays": 3},
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
