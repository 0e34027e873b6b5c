"""What can be chosen when the SPOON chip reads digits."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.hardware.chips.spoon import Registers

Fraction = Annotated[int, Field(ge=0, le=12)]
Range = Annotated[int, Field(ge=0, le=4)]
Rate = Annotated[int, Field(ge=0, le=24)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of SPOON's digits; every result is saved with them.

    Attributes:
        data: "mnist" (images by time to first spike), "n-mnist" (an event camera's first events),
            or "optical-digits" (8 x 8, no download).
        images: to learn from, the first ones; 0 for all.
        channels: of the convolution.
        pool: places along each side of what is pooled.
        hidden: units of the hidden layer.
        window: of events, in ticks.
        window_us: of a recording that counts, from its beginning, in us; for "n-mnist".
        hard_tanh: whether hidden units are odd and cut on both sides, or rectified and cut.
        fractions: binary places of weights, layer by layer.
        ranges: binary places before the point of what the convolution and the hidden layer send.
        float_epochs: off the chip, without rounding.
        rounded_epochs: off the chip, after those, with everything rounded as on the chip.
        batch_size: images per update off the chip.
        learning_rate: of Adam off the chip, down to a hundredth within either phase.
        seeds: chips that learn on their own; a seed draws weights, feedback and the order of
            images, and is loaded into the generator.
        first_seed: of these chips; it draws the network off the chip, too.
        epochs: on the chip.
        rate_hidden, rate_output: learning rates on the chip as right shifts.
        slower_after: epochs after which both shifts grow by one, again and again; 0 for never.
        start: largest magnitude of weights of the hidden layer at the start on the chip.
        feedback: largest magnitude of the feedback.

    Example:
        >>> Settings(seeds=1).hidden
        128
    """

    data: Literal["mnist", "n-mnist", "optical-digits"] = "mnist"
    images: int = Field(default=0, ge=0)
    channels: int = Field(default=10, ge=1)
    pool: int = Field(default=4, ge=1)
    hidden: int = Field(default=128, ge=1)
    window: int = Field(default=255, ge=1, le=255)
    window_us: int = Field(default=100_000, ge=1)
    hard_tanh: bool = True
    fractions: tuple[Fraction, Fraction, Fraction] = (7, 7, 7)
    ranges: tuple[Range, Range] = (1, 0)
    float_epochs: int = Field(default=3, ge=1)
    rounded_epochs: int = Field(default=1, ge=1)
    batch_size: int = Field(default=100, ge=1)
    learning_rate: float = Field(default=0.003, gt=0)
    seeds: int = Field(default=3, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=5, ge=1)
    rate_hidden: Rate = 14
    rate_output: Rate = 15
    slower_after: int = Field(default=1, ge=0)
    start: int = Field(default=30, ge=0, le=127)
    feedback: int = Field(default=127, ge=1, le=127)


PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "data": "optical-digits",
        "images": 600,
        "channels": 6,
        "pool": 1,
        "hidden": 32,
        "batch_size": 20,
        "float_epochs": 2,
        "rounded_epochs": 1,
        "seeds": 2,
        "epochs": 2,
    },
    "n-mnist": {
        "data": "n-mnist",
        "batch_size": 20,
        "float_epochs": 25,
        "rounded_epochs": 5,
        "seeds": 2,
        "epochs": 20,
        "slower_after": 5,
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
        >>> build(preset="small").hidden
        32
    """
    return checked(Settings, PRESETS, chosen)


def registers_of(settings: Settings, shape: tuple[int, int]) -> Registers:
    """The chip's configuration.

    Args:
        settings: of the experiment.
        shape: rows and columns of the pictures.

    Raises:
        ValueError: what does not fit the chip.

    Example:
        >>> registers_of(Settings(), (28, 28)).conv_shift
        8
    """
    conv, hidden, output = settings.fractions
    odd = int(settings.hard_tanh)
    return Registers(
        rows=shape[0],
        columns=shape[1],
        channels=settings.channels,
        pool=settings.pool,
        hidden=settings.hidden,
        window=settings.window,
        hard_tanh=odd,
        conv_shift=conv + settings.ranges[0],
        hidden_shift=hidden + settings.ranges[1] + odd,
        output_shift=output,
        rate_hidden=settings.rate_hidden,
        rate_output=settings.rate_output,
    )
