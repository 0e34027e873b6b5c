"""What can be chosen in the feedback experiment, and its published settings."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps._credit import credit
from ranvier.apps._optimisers import Name, Schedule

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the feedback experiment; every result is saved with them.

    Attributes:
        data: "mnist", "fashion-mnist", or "optical-digits", which needs no download.
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
        seeds: how many; seed s draws the weights, the feedback and the order of the images.
        first_seed: the first of them.
        epochs: of every training.
        batch_size: images per update.
        optimiser: "adam", "rmsprop" or "sgd".
        learning_rates: at the start. With several, every rule is first trained with each, by the
            first seed, and goes on with the one that validates best.
        momentum: of "sgd".
        schedule: "constant", or "cosine" down to a hundredth at the last epoch.
        validation: images at the end of the training set that choose epoch and learning rate.
        held_out: images before them that judge in place of the test set, where there is none; 0
            for the test set.

    Example:
        >>> Settings(rules=("bp", "dfa")).hidden
        (256, 256)
    """

    data: Literal["mnist", "fashion-mnist", "optical-digits"] = "mnist"
    rules: tuple[str, ...] = ("bp", "fa", "dfa", "sdfa", "drtp", "shallow")
    channels: tuple[Count, ...] = ()
    kernel: int = Field(default=5, ge=1)
    stride: int = Field(default=2, ge=1)
    hidden: tuple[Count, ...] = (256, 256)
    unit: Literal["tanh", "relu"] = "tanh"
    loss: Literal["bernoulli", "categorical"] = "bernoulli"
    gain: float = Field(default=0.5, gt=0)
    scale: float = Field(default=0.3, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=30, ge=1)
    batch_size: int = Field(default=100, ge=1)
    optimiser: Name = "adam"
    learning_rates: tuple[Annotated[float, Field(gt=0)], ...] = (0.003,)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    schedule: Schedule = "cosine"
    validation: int = Field(default=5000, ge=1)
    held_out: int = Field(default=0, ge=0)

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
        for name in self.rules:
            credit(name)


_GRAPES: dict[str, Any] = {
    "hidden": (256, 256),
    "unit": "relu",
    "loss": "categorical",
    "gain": 1.0,
    "dropout": 0.1,
    "optimiser": "sgd",
    "momentum": 0.0,
    "epochs": 15,
    "schedule": "constant",
    "batch_size": 64,
    "learning_rates": (0.1,),
}

PRESETS: dict[str, dict[str, Any]] = {
    "optical-digits": {
        "data": "optical-digits",
        "rules": ("bp", "fa", "dfa", "drtp", "sdfa", "shallow"),
        "hidden": (200, 100),
        "batch_size": 50,
        "epochs": 30,
        "seeds": 2,
        "optimiser": "sgd",
        "learning_rates": (0.05,),
        "schedule": "constant",
        "validation": 200,
    },
    "convolutional": {"channels": (32,), "hidden": (500,), "epochs": 10},
    # Signals that do not shrink with the error want plain steps, small ones in hidden layers.
    "wide": {
        "rules": ("bp", "drtp", "shallow"),
        "hidden": (1000,),
        "batch_size": 50,
        "optimiser": "sgd",
        "learning_rates": (0.1,),
    },
    "tuned": {"learning_rates": (0.001, 0.003), "seeds": 3},
    "grapes": {
        **_GRAPES,
        "rules": (
            "bp",
            "bp+grapes",
            "bp+grapes:mean",
            "bp+grapes:over-mean",
            "bp+grapes:shuffled",
            "bp+local-grapes",
            "bp+local-grapes:mean",
            "bp+local-grapes:over-mean",
            "bp+local-grapes:shuffled",
        ),
        "learning_rates": (0.1, 0.2, 0.4),
        "seeds": 3,
    },
    "grapes-feedback": {
        **_GRAPES,
        "rules": ("fa", "fa+grapes", "dfa", "dfa+grapes", "ifa", "ifa+grapes"),
        "learning_rates": (0.0125, 0.025, 0.05, 0.1),
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
        >>> build(preset="convolutional").channels
        (32,)
    """
    return checked(Settings, PRESETS, chosen)
