"""What can be chosen for the spiking restricted Boltzmann machine."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked

WAYS = {
    "float": "spiking, weights are numbers",
    "pcm": "spiking, weights on pairs of PCM",
    "classic": "classic, CD-1, not spiking",
}
"""What is trained, as reports call it."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the spiking machine; every result is saved with them.

    Attributes:
        ways: what is trained: "float", "pcm", "classic".
        data: "mnist" or "fashion-mnist".
        images: of the training set that are learned from, drawn by the seed.
        epochs: how often each of them is shown.
        hidden: neurons.
        label_units: for each of the ten classes.
        start: of visible biases, "zero", or "data": the log odds of being active in the pictures.
        batch_size: pictures shown side by side, whose changes are averaged.
        learning_rate: of the first update; it falls linearly.
        final_rate: of the last update, as a share of the first.
        limit: weight of a device that reads 1; a full device reads about 2.
        expected_step: of a pulse on a device, in units of the device.
        synapse: the current that a spike leaves: "exponential" of 4 ms as in the publication, or
            "rectangular" for the refractory period, with which spikes sample exactly.
        half_ms: how long a picture is shown, and how long the network then runs free.
        tau_trace_ms: of the traces that spikes leave for learning; 4 in the publication.
        silent: share of each half in which nothing is learned.
        answer_ms: how long spikes of label units are counted.
        checks: how often a training is looked at.
        checked: pictures of the training set, never learned from, for these looks.
        judged: pictures of the test set, its first ones, for the end.
        arrays: drawn for every time after programming.
        aged: pictures of the test set that arrays are judged on.
        seed: draws everything.

    Example:
        >>> Settings(images=1000).hidden
        500
    """

    ways: tuple[Literal["float", "pcm", "classic"], ...] = ("float", "pcm", "classic")
    data: Literal["mnist", "fashion-mnist"] = "mnist"
    images: int = Field(default=20_000, ge=10)
    epochs: int = Field(default=1, ge=1)
    hidden: int = Field(default=500, ge=1)
    label_units: int = Field(default=4, ge=1)
    start: Literal["zero", "data"] = "zero"
    batch_size: int = Field(default=20, ge=1)
    learning_rate: float = Field(default=0.2, gt=0)
    final_rate: float = Field(default=0.1, gt=0, le=1)
    limit: float = Field(default=0.6, gt=0)
    expected_step: float = Field(default=0.15, gt=0)
    synapse: Literal["exponential", "rectangular"] = "rectangular"
    half_ms: float = Field(default=70.0, ge=10)
    tau_trace_ms: float = Field(default=2.0, gt=0)
    silent: float = Field(default=0.1, ge=0, lt=1)
    answer_ms: float = Field(default=200.0, ge=10)
    checks: int = Field(default=8, ge=1)
    checked: int = Field(default=500, ge=10)
    judged: int = Field(default=10_000, ge=10)
    arrays: int = Field(default=3, ge=2)
    aged: int = Field(default=500, ge=10)
    seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        if not self.ways or len(set(self.ways)) < len(self.ways):
            raise ValueError(f"ways are {self.ways}, expected at least one, each once.")
        if self.batch_size > self.images:
            raise ValueError(
                f"batch_size is {self.batch_size}, expected at most the {self.images} images."
            )
        if self.checks > self.updates:
            raise ValueError(
                f"checks is {self.checks}, expected at most the {self.updates} updates."
            )

    @property
    def updates(self) -> int:
        """Of one training."""
        return self.epochs * (self.images // self.batch_size)

    @property
    def visible(self) -> int:
        """Visible units: pictures of 28 x 28 and the label units."""
        return 28 * 28 + 10 * self.label_units


PRESETS: dict[str, dict[str, Any]] = {
    "ishii": {
        "images": 100,
        "epochs": 100,
        "batch_size": 10,
        "learning_rate": 0.1,
        "start": "data",
        "synapse": "exponential",
        "tau_trace_ms": 4.0,
        "judged": 2000,
    },
    "long": {"ways": ("float", "classic"), "images": 30_000, "batch_size": 10},
    "small": {
        "images": 100,
        "epochs": 1,
        "hidden": 30,
        "checks": 1,
        "checked": 50,
        "judged": 50,
        "aged": 20,
        "arrays": 2,
        "half_ms": 20.0,
        "answer_ms": 20.0,
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
        >>> build(preset="ishii").images
        100
    """
    return checked(Settings, PRESETS, chosen)
