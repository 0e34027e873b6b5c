"""What can be chosen when ODIN learns digits."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps._odin_digits.task import SMALL, check


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the learning chip; every result is saved with them.

    Registers, teacher and preparation are not published: the defaults were searched for on
    training images alone.

    Attributes:
        data: "mnist", "fashion-mnist", or "optical-digits" (8 x 8).
        judge: "test", or "validation": the last training images, none of which is learned.
        judged: images to judge by, at most.
        images: that are learned, each shown once, drawn anew for every seed.
        crop: central rows and columns that are kept.
        side: rows and columns after scaling down; each pixel is a presynaptic address.
        deskew: whether slanted digits are set upright.
        dimmest: pixels that are darker send no spike, of 0 to 255.
        spikes: of an image, at most, the brightest pixel first.
        threshold: of the neurons when they answer, register `thr`.
        learning_threshold: when they learn.
        thetamem: register: synapses rise from this membrane on, fall below.
        margin: spikes of an image that are still sent when its own neuron has fired.
        alone: spikes of the teacher's second showing at which the right neuron alone learns.
        together: of those at which wrong ones forget, too.
        slowing: images after which the teacher shows half as many; 0 never.
        count_threshold: of neurons that are judged by their number of spikes.
        thresholds: at which accuracy is set against energy.
        checkpoints: how often while it learns the chip is judged.
        seeds: chips, each with first weights and an order of images of its own.
        first_seed: of these.

    Example:
        >>> Settings(spikes=40).images
        6000
    """

    data: Literal["mnist", "fashion-mnist", "optical-digits"] = "mnist"
    judge: Literal["test", "validation"] = "test"
    judged: int = Field(default=10_000, ge=1)
    images: int = Field(default=6000, ge=1)
    crop: int = Field(default=20, ge=1)
    side: int = Field(default=16, ge=1, le=16)
    deskew: bool = True
    dimmest: int = Field(default=10, ge=1, le=255)
    spikes: int = Field(default=60, ge=1, le=256)
    threshold: int = Field(default=255, ge=1, le=255)
    learning_threshold: int = Field(default=225, ge=1, le=255)
    thetamem: int = Field(default=84, ge=1, le=255)
    margin: int = Field(default=4, ge=0)
    alone: float = Field(default=50, ge=0)
    together: float = Field(default=20, ge=0)
    slowing: float = Field(default=200, ge=0)
    count_threshold: int = Field(default=60, ge=1, le=255)
    thresholds: tuple[int, ...] = (20, 40, 80, 120, 160, 200, 255)
    checkpoints: int = Field(default=12, ge=1)
    seeds: int = Field(default=5, ge=1)
    first_seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        check(self)


PRESETS: dict[str, dict[str, Any]] = {
    "small": {**SMALL, "count_threshold": 10},
}
"""Named starting points; any option given beside a preset goes over it."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose, with errors in words.

    Args:
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(preset="small").images
        80
    """
    return checked(Settings, PRESETS, chosen)
