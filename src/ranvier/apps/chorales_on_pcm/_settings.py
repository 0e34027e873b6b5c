"""What can be chosen for chorales on memory devices."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.core import nearest
from ranvier.hardware.devices import catalogue as devices

Training = Literal["plain", "noise-aware", "in-the-loop", "by-pulses"]
MUSIC = ("jsb", "bach", "nottingham", "piano-midi")


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the chorales on memory devices; every result is saved with them.

    Attributes:
        data: name of the data set.
        trainings: "plain" knows nothing of devices; "noise-aware" draws noise on every weight for
            every batch; "in-the-loop" runs every batch on devices that were just programmed,
            drifted and compensated; "by-pulses" does, too, and its weights live on pairs of
            phase-change devices that every update pulses.
        device: of `ranvier list`.
        size: hidden spiking neural units, feed-forward; with 150 and 88 keys the published
            52,800 devices.
        decay: part of the membrane kept per step.
        dropout: probability with which the readout does not hear a hidden unit in a step.
        threshold: firing threshold at the start.
        weight_noise: of "noise-aware", in units of the largest weight of a synapse.
        loop_days: age of the devices "in-the-loop", days.
        clip_deviations: "in-the-loop", a full conductance is so many standard deviations of the
            weights of its column, and weights beyond are clipped, in training and after; 0 clips
            nothing, as the other trainings do.
        pulsed_limit: "by-pulses", weight of half the range of one device.
        arrays: on how many each network is judged.
        seeds: how many networks per training; seed s draws weights, order and noise.
        first_seed: the first of them.
        epochs: of training.
        batch_size: chorales per update.
        learning_rate: of Adam at the start; a cosine down to a hundredth.
        clip: largest global norm of the gradient.

    Example:
        >>> Settings(epochs=5).trainings
        ('plain', 'noise-aware', 'in-the-loop', 'by-pulses')
    """

    data: str = "jsb"
    trainings: tuple[Training, ...] = ("plain", "noise-aware", "in-the-loop", "by-pulses")
    device: str = "pcm"
    size: int = Field(default=150, ge=1)
    decay: float = Field(default=0.6, ge=0, le=1)
    dropout: float = Field(default=0.2, ge=0, lt=1)
    threshold: float = 1.0
    weight_noise: float = Field(default=0.02, gt=0)
    loop_days: float = Field(default=4.0, ge=0)
    clip_deviations: float = Field(default=2.0, ge=0)
    pulsed_limit: float = Field(default=0.6, gt=0)
    arrays: int = Field(default=25, ge=2)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=60, ge=1)
    batch_size: int = Field(default=8, ge=1)
    learning_rate: float = Field(default=5e-3, gt=0)
    clip: float = Field(default=1.0, ge=0)

    def __post_init__(self) -> None:
        devices.check(self.device)
        if self.data not in MUSIC:
            raise ValueError(f"{self.data} is no data set of music. {nearest(self.data, MUSIC)}")
        if not self.trainings:
            raise ValueError("expected at least one training.")


PRESETS: dict[str, dict[str, Any]] = {
    "small": {"data": "bach", "size": 30, "epochs": 5, "arrays": 5},
}
"""Named starting points; any option given beside a preset goes over it."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose, with errors in words.

    Args:
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(preset="small").size
        30
    """
    return checked(Settings, PRESETS, chosen)


def name_of(training: str, seed: int) -> str:
    """How files of one training are called.

    Example:
        >>> name_of("plain", 0)
        'plain-seed0'
    """
    return f"{training}-seed{seed}"
