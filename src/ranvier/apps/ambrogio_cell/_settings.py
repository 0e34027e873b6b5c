"""What can be chosen in the experiment of capacitors and pairs."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps._optimisers import Schedule
from ranvier.core import one_of

Count = Annotated[int, Field(ge=1)]

WAYS = {
    "float": "numbers",
    "pair": "phase-change pairs alone",
    "fixed": "capacitors and pairs",
    "inverted": "capacitors and pairs, polarity inverted",
}
"""Where weights live and learn, by the names of the settings."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the experiment; every result is saved with them.

    Attributes:
        data: "mnist", "fashion-mnist", or "optical-digits", which needs no download.
        ways: where weights live and learn: "float", "pair" (of phase-change memory that pulses
            only raise), "fixed" and "inverted" (capacitors whose charge goes over to pairs, read
            with one sign, or with the other after every transfer).
        crop: rows and columns kept from the middle of the images; all if not given.
        hidden: tanh units of the hidden layers.
        seeds: how many; seed s draws the weights, the devices and the order of the images.
        first_seed: the first of them.
        epochs: of every training.
        batch_size: images per update.
        learning_rates: of descent. With several, every way is first trained with each, by the
            first seed, and goes on with the one that validates best.
        schedule: of the rate: "constant", or "cosine" down to a hundredth at the end.
        limit: weight of a full capacitor.
        factor: how much more a full pair weighs.
        step: of a capacitor, in parts of its full charge.
        slope_spread: standard deviation, over capacitors, of how much more a pulse up changes than
            the mean of both directions.
        images_per_transfer: from one transfer to the next.
        tolerance_uS: within which a conductance is written to its target, of 25 uS.
        aged_images: of the test set, on which the best network is judged as its pairs grow old.
        validation: images at the end of the training set that choose epoch and learning rate.

    Example:
        >>> Settings(ways=("float", "inverted")).hidden
        (125,)
    """

    data: Literal["mnist", "fashion-mnist", "optical-digits"] = "mnist"
    ways: tuple[str, ...] = tuple(WAYS)
    crop: tuple[Count, Count] | None = None
    hidden: tuple[Count, ...] = (125,)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=10, ge=1)
    batch_size: int = Field(default=10, ge=1)
    learning_rates: tuple[Annotated[float, Field(gt=0)], ...] = (0.1,)
    schedule: Schedule = "cosine"
    limit: float = Field(default=0.5, gt=0)
    factor: float = Field(default=3.0, gt=0)
    step: float = Field(default=0.005, gt=0)
    slope_spread: float = Field(default=0.2, ge=0)
    images_per_transfer: int = Field(default=8000, ge=1)
    tolerance_uS: float = Field(default=0.2, gt=0)
    aged_images: int = Field(default=2000, ge=1)
    validation: int = Field(default=5000, ge=1)

    def __post_init__(self) -> None:
        if not self.ways or not self.learning_rates:
            raise ValueError("ways or learning_rates is empty; expected at least one of each.")
        for way in self.ways:
            one_of("Settings", "ways", way, WAYS)


PRESETS: dict[str, dict[str, Any]] = {
    "optical-digits": {
        "data": "optical-digits",
        "hidden": (32,),
        "epochs": 30,
        "seeds": 3,
        "images_per_transfer": 1000,
        "validation": 200,
    },
    "published": {"crop": (22, 24), "hidden": (250, 125), "epochs": 20, "batch_size": 1},
}
"""Named starting points. Of "published", the widths, the crop, the factor of 3 and the 8000 images
per transfer are recalled from the paper, not read there."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose, with errors in words.

    Args:
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(preset="published").crop
        (22, 24)
    """
    return checked(Settings, PRESETS, chosen)
