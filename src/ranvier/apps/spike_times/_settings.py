"""What can be chosen for training in spike time."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of training in spike time; every result is saved with them.

    Attributes:
        data: "mnist", "fashion-mnist", "optical-digits", which needs no download, "cifar10", or
            "cifar10-lossy", compressed copies of its photographs.
        channels: of convolutions before the hidden layers: what stands between two pools of the
            maximum is a tuple of its own.
        kernel: places that a unit of a convolution sees along an axis.
        hidden: units of the hidden layers.
        source_epochs: of a network of rectified units with batch normalisation behind every
            convolution, from whose weights both twins start; 0 for drawn weights.
        source_rate: learning rate of its descent with Nesterov's momentum, at the beginning; it
            falls as a cosine.
        source_decay: of its weights.
        source_batch: images per update.
        shift: pixels by which its images are moved along each axis at most, anew in every epoch.
        mirror: whether every other of its images is mirrored.
        epochs: of training, of both twins.
        batch_size: images per update.
        learning_rate: of Adam, at the beginning.
        decay: of the learning rate, over every `decay_updates` updates.
        decay_updates: see `decay`.
        learn: images to learn from, the first ones; 0 for all but those held out.
        held_out: images of the training set, its last ones, that pick the epoch.
        judged: images before those that judge in place of the test set, where there is none; 0
            for the test set.
        window: largest activity that windows are made for before anything is known.
        activity: prices of activity that further networks are trained with.
        time_bits: clocks that the network is fine-tuned for.
        weight_bits: weights that it is fine-tuned for.
        jitter: standard deviations of spike times that it is fine-tuned for, in time constants.
        quantiles: of activities, whose windows it is fine-tuned for.
        tuning_epochs: of fine-tuning.
        tuning_rate: its learning rate.
        seeds: how many networks.
        first_seed: the first of them.

    Example:
        >>> Settings(seeds=1).hidden
        (340,)
    """

    data: Literal["mnist", "fashion-mnist", "optical-digits", "cifar10", "cifar10-lossy"] = "mnist"
    channels: tuple[tuple[Annotated[int, Field(ge=1)], ...], ...] = ()
    kernel: int = Field(default=5, ge=1)
    hidden: tuple[int, ...] = (340,)
    source_epochs: int = Field(default=0, ge=0)
    source_rate: float = Field(default=0.05, gt=0)
    source_decay: float = Field(default=5e-4, ge=0)
    source_batch: int = Field(default=128, ge=1)
    shift: int = Field(default=0, ge=0)
    mirror: bool = False
    epochs: int = Field(default=15, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=5e-4, gt=0)
    decay: float = Field(default=0.9, gt=0, le=1)
    decay_updates: int = Field(default=1250, ge=1)
    learn: int = Field(default=0, ge=0)
    held_out: int = Field(default=5000, ge=1)
    judged: int = Field(default=0, ge=0)
    window: float = Field(default=1000.0, gt=0)
    activity: tuple[float, ...] = (1e-4, 4.5e-4)
    time_bits: tuple[int, ...] = (2, 3, 4)
    weight_bits: tuple[int, ...] = (2, 3, 4)
    jitter: tuple[float, ...] = (0.03, 0.1, 0.3)
    quantiles: tuple[float, ...] = (0.9, 0.97, 0.99)
    tuning_epochs: int = Field(default=1, ge=1)
    tuning_rate: float = Field(default=1e-4, gt=0)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        if not self.hidden or min(self.hidden) < 1:
            raise ValueError(f"hidden is {self.hidden}, expected at least one layer of units.")
        if self.source_epochs and not self.channels:
            raise ValueError(
                "source_epochs asks for batch normalisation behind convolutions, but channels is "
                "empty. Give channels, or source_epochs = 0."
            )
        if any(not 0 < q <= 1 for q in self.quantiles):
            raise ValueError(f"quantiles are {self.quantiles}, expected above 0, at most 1.")
        if any(bits < 1 for bits in self.time_bits) or any(bits < 2 for bits in self.weight_bits):
            raise ValueError(
                f"time_bits are {self.time_bits} and weight_bits {self.weight_bits}, expected at "
                "least 1 and at least 2 each."
            )
        if any(value <= 0 for value in (*self.activity, *self.jitter)):
            raise ValueError(
                f"activity is {self.activity} and jitter {self.jitter}, expected values above 0."
            )


PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "data": "optical-digits",
        "hidden": (64,),
        "epochs": 10,
        "held_out": 200,
        "activity": (1e-3,),
        "time_bits": (2,),
        "weight_bits": (2,),
        "jitter": (0.3,),
        "quantiles": (0.9,),
        "tuning_epochs": 3,
    },
    "lenet": {"channels": ((6,), (16,)), "hidden": (120, 84), "epochs": 5, "activity": ()},
    # The kind of network that VGG16 is, of a size for one core.
    "vgg": {
        "data": "cifar10-lossy",
        "channels": ((16, 16), (32, 32), (64, 64)),
        "kernel": 3,
        "hidden": (128,),
        "learn": 20_000,
        "epochs": 5,
        "learning_rate": 1e-3,
        "activity": (),
        "time_bits": (5,),
        "weight_bits": (4,),
        "jitter": (),
        "quantiles": (),
    },
    "vgg16": {
        "data": "cifar10",
        "channels": ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3),
        "kernel": 3,
        "hidden": (512,),
        "source_epochs": 200,
        "shift": 4,
        "mirror": True,
        "epochs": 5,
        "batch_size": 8,
        "learning_rate": 1e-6,
        "tuning_rate": 1e-6,
        "activity": (1e-6,),
        "time_bits": (5,),
        "weight_bits": (4,),
        "jitter": (),
        "quantiles": (),
    },
    "published": {"batch_size": 8, "decay_updates": 5000, "epochs": 50, "tuning_rate": 1e-6},
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
        (64,)
    """
    return checked(Settings, PRESETS, chosen)
