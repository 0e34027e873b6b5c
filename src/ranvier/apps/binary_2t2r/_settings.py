"""What can be chosen for one-bit weights in pairs of devices."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the one-bit weights in pairs; every result is saved with them.

    Attributes:
        data: "mnist" or "fashion-mnist".
        error_rates: bit errors that are aimed at by the width of the devices' error.
        size: hidden spiking units.
        epochs: of training, through weights of one bit.
        images: of the test set that every array is judged on.
        arrays: drawn for every rate.
        seed: draws everything.

    Example:
        >>> Settings(arrays=3).data
        'mnist'
    """

    data: Literal["mnist", "fashion-mnist"] = "mnist"
    error_rates: tuple[float, ...] = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.2)
    size: int = Field(default=256, ge=1)
    epochs: int = Field(default=15, ge=1)
    images: int = Field(default=2000, ge=250, multiple_of=250)
    arrays: int = Field(default=10, ge=2)
    seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        if not self.error_rates or not all(0 < rate < 0.5 for rate in self.error_rates):
            raise ValueError(
                f"error_rates are {self.error_rates}, expected at least one, each between 0 and "
                "0.5, where a pair says nothing."
            )


PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "size": 30,
        "epochs": 1,
        "images": 250,
        "arrays": 2,
        "error_rates": (1e-3, 0.1, 0.3),
    },
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
        2
    """
    return checked(Settings, PRESETS, chosen)
