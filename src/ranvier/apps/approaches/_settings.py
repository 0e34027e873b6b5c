"""What can be chosen for the comparison of approaches to spiking networks."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.core import nearest

APPROACHES = {
    "rates": "conversion to rates",
    "qcfs": "conversion of few levels",
    "qcfs-signed": "conversion of few levels, signed",
    "ttfs": "conversion to single spikes",
    "soft-lif": "trained as smoothed rates",
    "trinary": "trained with trinary weights",
    "single-spike": "trained by times of single spikes",
    "snu": "trained through surrogates",
}
"""Names, and how reports call them."""

NETWORKS = ("dense", "convolutional")
DENSE_ONLY = ("single-spike",)
"""Approaches that know no convolution."""

CLASSES = 10


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the comparison of approaches; every result is saved with them.

    Attributes:
        data: "mnist", "fashion-mnist" or "optical-digits".
        networks: "dense" and "convolutional".
        approaches: to spiking networks; the source of rectified units is always there.
        hidden: units of the fully connected layers of "dense" before the last.
        channels: of the convolutional layers of "convolutional"; one fully connected layer
            follows.
        kernel: places along each axis that a convolutional unit sees.
        pooling: of two by two places behind each convolutional layer: "average" or "maximum".
        learn: images to learn from, the first of the training set; 0 for all of them.
        validation: images at the end of the training set that choose the epoch.
        judged: images of the test set, its first ones; 0 for all.
        samples: images to learn from that scales and windows are found on.
        steps: time steps of rates; accuracy is told after each of them.
        percent: the percentile of activities that is a rate of one.
        levels: of quantised units, and time steps of what is made from them.
        duration_ms: for which leaky neurons see an image, in steps of 1 ms.
        settle_ms: of it, after which their output counts.
        sparsity: price of a spike in the training of trinary weights.
        spiking_steps: time steps of the network that is trained through surrogates.
        seeds: how many; seed s draws the weights and the order of the images.
        first_seed: the first of them.
        epochs: of every training.
        spiking_epochs: of the training through surrogates.
        timed_epochs: of the training by the times of single spikes.
        batch_size: images per update.
        learning_rate: of Adam at the start, down to a hundredth by a cosine.

    Example:
        >>> Settings(networks=("dense",)).hidden
        (128,)
    """

    data: Literal["mnist", "fashion-mnist", "optical-digits"] = "mnist"
    networks: tuple[str, ...] = NETWORKS
    approaches: tuple[str, ...] = tuple(APPROACHES)
    hidden: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(128,), min_length=1)
    channels: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(6, 12), min_length=1)
    kernel: int = Field(default=5, ge=1)
    pooling: Literal["average", "maximum"] = "average"
    learn: int = Field(default=3000, ge=0)
    validation: int = Field(default=1000, ge=1)
    judged: int = Field(default=1000, ge=0)
    samples: int = Field(default=500, ge=1)
    steps: int = Field(default=32, ge=1)
    percent: float = Field(default=99.9, gt=0, le=100)
    levels: int = Field(default=8, ge=1)
    duration_ms: int = Field(default=60, ge=1)
    settle_ms: int = Field(default=20, ge=0)
    sparsity: float = Field(default=1e-4, ge=0)
    spiking_steps: int = Field(default=10, ge=1)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=5, ge=1)
    spiking_epochs: int = Field(default=3, ge=1)
    timed_epochs: int = Field(default=10, ge=1)
    batch_size: int = Field(default=25, ge=1)
    learning_rate: float = Field(default=5e-3, gt=0)

    def __post_init__(self) -> None:
        for name, chosen, known in (
            ("network", self.networks, NETWORKS),
            ("approach", self.approaches, APPROACHES),
        ):
            for one in chosen:
                if one not in known:
                    raise ValueError(f"no {name} is called {one!r}. {nearest(one, known)}")
            if not chosen or len(set(chosen)) < len(chosen):
                raise ValueError(f"expected at least one {name}, each once; got {chosen}.")
        if {*self.approaches} <= {*DENSE_ONLY} and "dense" not in self.networks:
            raise ValueError(
                f"approaches are {self.approaches}, which know no convolution; add the network "
                "'dense'."
            )
        if self.settle_ms >= self.duration_ms:
            raise ValueError(
                f"settle_ms is {self.settle_ms}, expected less than duration_ms = "
                f"{self.duration_ms}."
            )


PRESETS: dict[str, dict[str, Any]] = {
    # All of MNIST: twenty minutes on one core.
    "full": {
        "channels": (8, 16),
        "hidden": (256,),
        "learn": 0,
        "validation": 5000,
        "judged": 0,
        "samples": 1000,
        "epochs": 8,
        "timed_epochs": 20,
        "batch_size": 50,
        "learning_rate": 3e-3,
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
        >>> build(preset="full", epochs=2).channels
        (8, 16)
    """
    return checked(Settings, PRESETS, chosen)


def pairs(settings: Settings) -> list[tuple[str, str]]:
    """Every network with every approach to it, the source of rectified units first.

    Args:
        settings: which there are.

    Example:
        >>> pairs(Settings(networks=("convolutional",), approaches=("rates", "single-spike")))
        [('convolutional', 'relu'), ('convolutional', 'rates')]
    """
    return [
        (network, approach)
        for network in settings.networks
        for approach in ("relu", *settings.approaches)
        if network == "dense" or approach not in DENSE_ONLY
    ]


def name_of(network: str, approach: str, seed: int) -> str:
    """How files of one part of a run are called.

    Example:
        >>> name_of("dense", "rates", 0)
        'dense-rates-seed0'
    """
    return f"{network}-{approach}-seed{seed}"
