"""What can be chosen for digits on filamentary memory."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.hardware.devices import catalogue as devices

Way = Literal["pair", "three-per-polarity", "verified"]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the digits on filamentary memory; every result is saved with them.

    Attributes:
        data: "mnist" or "fashion-mnist".
        ways: "pair": two devices per weight, written once; "three-per-polarity": six devices per
            weight; "verified": a pair, written until it reads within a tolerance.
        device: of `ranvier list`.
        tolerance: of "verified", in parts of the largest conductance.
        writes: of "verified", at most.
        size: hidden spiking units.
        epochs: of training, without devices.
        images: of the test set that every array is judged on.
        arrays: drawn for every way.
        seed: draws everything.

    Example:
        >>> Settings(arrays=3).device
        'rram'
    """

    data: Literal["mnist", "fashion-mnist"] = "mnist"
    ways: tuple[Way, ...] = ("pair", "three-per-polarity", "verified")
    device: str = "rram"
    tolerance: float = Field(default=0.02, gt=0)
    writes: int = Field(default=20, ge=1)
    size: int = Field(default=100, ge=1)
    epochs: int = Field(default=15, ge=1)
    images: int = Field(default=2000, ge=250, multiple_of=250)
    arrays: int = Field(default=20, ge=2)
    seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        devices.check(self.device)
        if not self.ways:
            raise ValueError("expected at least one way to hold weights.")


PRESETS: dict[str, dict[str, Any]] = {
    "small": {"size": 20, "epochs": 1, "images": 250, "arrays": 3},
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
