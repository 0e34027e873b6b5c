"""What can be chosen for the comparison of codes."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps.codes._picture_codes import LABELS
from ranvier.core import nearest


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the comparison of codes; every result is saved with them.

    Attributes:
        codes: by which pictures are sent.
        data: "mnist" or "fashion-mnist".
        spikes: how many per picture, each tried.
        shown: which of them pictures and noise are shown at.
        steps: of the window, the same for all codes; also the slots of times.
        learn: pictures of the training set that a readout learns from, drawn by the seed.
        judged: pictures of the test set, its first ones.
        seeds: how many draws of pictures and spikes.
        first_seed: the first of them.
        jitter: standard deviations of a spike's time, in steps, at which readouts are judged.
        deletion: shares of spikes that are lost, at which they are judged.
        offset: steps by which all spikes of a picture come late together, at most, at which they
            are judged.
        units: of the capacities.
        slots: of the capacities.
        samples: windows drawn for the order of more than five units.

    Example:
        >>> Settings(seeds=1).spikes
        (16, 64, 256)
    """

    codes: tuple[str, ...] = tuple(LABELS)
    data: Literal["mnist", "fashion-mnist"] = "mnist"
    spikes: tuple[int, ...] = (16, 64, 256)
    shown: int = Field(default=64, ge=1)
    steps: int = Field(default=16, ge=8, le=64)
    learn: int = Field(default=2000, ge=50)
    judged: int = Field(default=1000, ge=10)
    seeds: int = Field(default=3, ge=1)
    first_seed: int = Field(default=0, ge=0)
    jitter: tuple[float, ...] = (1.0, 3.0)
    deletion: tuple[float, ...] = (0.3,)
    offset: tuple[int, ...] = (6,)
    units: int = Field(default=10, ge=2, le=12)
    slots: int = Field(default=10, ge=2, le=64)
    samples: int = Field(default=1000, ge=100)

    def __post_init__(self) -> None:
        for code in self.codes:
            if code not in LABELS:
                raise ValueError(f"no code of pictures is called {code!r}. {nearest(code, LABELS)}")
        if not self.codes or len(set(self.codes)) < len(self.codes):
            raise ValueError(f"codes are {self.codes}, expected at least one, each once.")
        if self.shown not in self.spikes:
            raise ValueError(
                f"shown is {self.shown}, expected one of the spikes {self.spikes}. "
                "Choose one of them."
            )
        if min(self.spikes) < 1:
            raise ValueError(f"spikes are {self.spikes}, expected at least 1 each.")
        if any(sigma <= 0 for sigma in self.jitter):
            raise ValueError(f"jitter is {self.jitter}, expected values above 0.")
        if any(not 0 < share <= 1 for share in self.deletion):
            raise ValueError(f"deletion is {self.deletion}, expected values above 0, at most 1.")
        if any(not 0 < steps < self.steps for steps in self.offset):
            raise ValueError(f"offset is {self.offset}, expected 1 to {self.steps - 1} steps.")
        if self.slots < self.units:
            raise ValueError(
                f"slots is {self.slots}, expected at least the {self.units} units, of which an "
                "order would not fit."
            )


PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "spikes": (32, 64),
        "learn": 500,
        "judged": 500,
        "seeds": 1,
        "jitter": (1.0,),
        "deletion": (0.3,),
        "offset": (2,),
        "samples": 200,
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
        >>> build(preset="small").learn
        500
    """
    return checked(Settings, PRESETS, chosen)
