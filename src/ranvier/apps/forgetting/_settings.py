"""What can be chosen in the forgetting experiment."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps._credit import credit
from ranvier.apps._optimisers import Name

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the forgetting experiment; every result is saved with them.

    Attributes:
        data: "mnist", "fashion-mnist", or "optical-digits", which needs no download.
        stream: "permuted", every task the whole data set with its pixels in an order of its own;
            "split-domain", two classes per task and one head of two outputs for all of them; or
            "split-class", two classes per task and an output per class.
        tasks: how many are learned, one after another; at most five of a split.
        images: training images per task; 0 for all that there are.
        rules: how errors reach hidden layers: "bp", "fa", "dfa", "sdfa", "drtp", "ifa" or
            "shallow", with "+grapes" or "+local-grapes", with ":mean", ":over-mean" or ":shuffled".
        channels: of the convolutional layers, first to last; none for a fully connected network.
        kernel: places along each axis that a convolutional unit sees.
        stride: places from one convolutional unit to the next.
        hidden: units of the fully connected hidden layers.
        unit: "tanh" or "relu".
        loss: "bernoulli", a sigmoid per class, or "categorical", a softmax.
        gain: factor on the He-uniform weights at the start, and on all feedback.
        scale: of the signals of sDFA and DRTP, which do not shrink with the error.
        dropout: probability with which a fully connected layer does not hear a hidden unit.
        seeds: how many; seed s draws the permutations, the weights, the feedback and the order of
            the images.
        first_seed: the first of them.
        epochs: of every task; its last one counts.
        batch_size: images per update.
        optimiser: "adam", "rmsprop" or "sgd"; it starts anew with every task.
        learning_rates: with several, every rule first learns all tasks with each, and goes on with
            the one whose accuracy on the validation images of all tasks is best at the end.
        tuning_seeds: how many of the seeds, from the first, each learning rate is tried with.
        momentum: of "sgd".
        validation: images at the end of the training set that choose the learning rate.

    Example:
        >>> Settings(stream="split-class").tasks
        5
    """

    data: Literal["mnist", "fashion-mnist", "optical-digits"] = "optical-digits"
    stream: Literal["permuted", "split-domain", "split-class"] = "permuted"
    tasks: int = Field(default=5, ge=2)
    images: int = Field(default=0, ge=0)
    rules: tuple[str, ...] = ("bp", "bp+grapes", "bp+grapes:shuffled", "dfa", "fa")
    channels: tuple[Count, ...] = ()
    kernel: int = Field(default=5, ge=1)
    stride: int = Field(default=2, ge=1)
    hidden: tuple[Count, ...] = (100, 100)
    unit: Literal["tanh", "relu"] = "relu"
    loss: Literal["bernoulli", "categorical"] = "categorical"
    gain: float = Field(default=1.0, gt=0)
    scale: float = Field(default=0.3, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    seeds: int = Field(default=2, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=4, ge=1)
    batch_size: int = Field(default=20, ge=1)
    optimiser: Name = "sgd"
    learning_rates: tuple[Annotated[float, Field(gt=0)], ...] = (0.02, 0.05)
    tuning_seeds: int = Field(default=1, ge=1)
    momentum: float = Field(default=0.0, ge=0, lt=1)
    validation: int = Field(default=200, ge=1)

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError("rules is empty; expected at least one.")
        if not self.learning_rates:
            raise ValueError("learning_rates is empty; expected at least one.")
        if not self.channels and not self.hidden:
            raise ValueError(
                "hidden and channels are empty; expected a hidden layer, without which there is "
                "nothing to feed an error back to."
            )
        if self.stream != "permuted" and self.tasks > 5:
            raise ValueError(
                f"tasks is {self.tasks}; expected at most 5: ten classes make five pairs. Take "
                "fewer, or the stream 'permuted'."
            )
        if self.tuning_seeds > self.seeds:
            raise ValueError(
                f"tuning_seeds is {self.tuning_seeds} of {self.seeds} seeds; expected no more than "
                "there are."
            )
        for name in self.rules:
            credit(name)


_MNIST: dict[str, Any] = {
    "data": "mnist",
    "images": 10_000,
    "hidden": (256, 256),
    "batch_size": 50,
    "seeds": 10,
    "epochs": 1,
    "validation": 2000,
    "tuning_seeds": 2,
}

PRESETS: dict[str, dict[str, Any]] = {
    "optical-digits": {},
    "permuted": {**_MNIST, "learning_rates": (0.01, 0.03, 0.1, 0.3)},
    "split": {
        **_MNIST,
        "stream": "split-domain",
        "learning_rates": (0.0001, 0.0003, 0.001, 0.003, 0.01),
    },
    "split-class": {
        **_MNIST,
        "stream": "split-class",
        "seeds": 3,
        "learning_rates": (0.0001, 0.0003, 0.001, 0.003, 0.01),
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
        >>> build(preset="split").stream
        'split-domain'
    """
    return checked(Settings, PRESETS, chosen)
