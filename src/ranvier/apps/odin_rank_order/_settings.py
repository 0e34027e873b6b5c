"""What can be chosen when codes of digits are compared on ODIN."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps._odin_digits.task import SMALL, check

_Code = Literal["brightest", "shuffled", "darkest", "rate"]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the comparison; every result is saved with them.

    Images, registers and teacher are those of `ranvier run odin-sdsp-digits`, which were searched
    for with the brightest pixel first; a chip of the same seed that learns so is the same chip.

    Attributes:
        codes: of the same pixels of an image: "brightest" first, which is rank order and always
            among them, "shuffled", "darkest" first, or "rate", where each spikes several times.
        rate_spikes: of a pixel as bright as can be, in the mean, by the rate code.
        rate_steps: in each of which such a pixel may spike once.
        data: "mnist", "fashion-mnist", or "optical-digits" (8 x 8).
        judge: "test", or "validation": the last training images, none of which is learned.
        judged: images to judge by, at most.
        swept: of these, by which thresholds and checkpoints are judged.
        images: that are learned, each shown once, drawn anew for every seed.
        crop: central rows and columns that are kept.
        side: rows and columns after scaling down; each pixel is a presynaptic address.
        deskew: whether slanted digits are set upright.
        dimmest: pixels that are darker send no spike, of 0 to 255.
        spikes: pixels of an image that spike, at most, the brightest ones; also how many spikes of
            an image are learned at most, by any code: after more, outputs fire twice by themselves.
        threshold: of the neurons when they answer, register `thr`.
        learning_threshold: when they learn.
        thetamem: register: synapses rise from this membrane on, fall below.
        margin: spikes of an image that are still sent when its own neuron has fired.
        alone: spikes of the teacher's second showing at which the right neuron alone learns.
        together: of those at which wrong ones forget, too.
        slowing: images after which the teacher shows half as many; 0 never.
        thresholds: at which accuracy is set against energy.
        checkpoints: how often while it learns a chip is judged.
        seeds: chips for each code, each with first weights and an order of images of its own.
        first_seed: of these.

    Example:
        >>> Settings(codes=("brightest", "shuffled")).threshold
        255
    """

    codes: tuple[_Code, ...] = ("brightest", "shuffled", "darkest", "rate")
    rate_spikes: float = Field(default=4, gt=0)
    rate_steps: int = Field(default=64, ge=1)
    data: Literal["mnist", "fashion-mnist", "optical-digits"] = "mnist"
    judge: Literal["test", "validation"] = "test"
    judged: int = Field(default=10_000, ge=1)
    swept: int = Field(default=1500, ge=1)
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
    thresholds: tuple[int, ...] = (20, 40, 80, 120, 160, 200, 255)
    checkpoints: int = Field(default=4, ge=1)
    seeds: int = Field(default=3, ge=1)
    first_seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        check(self)
        if "brightest" not in self.codes or len(set(self.codes)) < len(self.codes):
            raise ValueError(
                f"codes are {list(self.codes)}, expected each once and 'brightest' among them: "
                "the others are compared with it."
            )
        if self.rate_spikes > self.rate_steps:
            raise ValueError(
                f"rate_spikes is {self.rate_spikes:g}, expected at most rate_steps, "
                f"{self.rate_steps}: a pixel spikes once in a step."
            )


PRESETS: dict[str, dict[str, Any]] = {"small": {**SMALL, "rate_steps": 16}}
"""Named starting points; any option given beside a preset goes over it."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose, with errors in words.

    Args:
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(preset="small").seeds
        2
    """
    return checked(Settings, PRESETS, chosen)
