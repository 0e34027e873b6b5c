"""What can be chosen in the comparison of DRTP."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps._credit import credit
from ranvier.apps._optimisers import Name, Schedule
from ranvier.apps.drtp._networks import NETWORKS
from ranvier.core import nearest


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the comparison; every result is saved with them.

    Attributes:
        networks: names of `NETWORKS`, each learned by every rule.
        rules: how errors reach hidden layers: "bp", "fa", "dfa", "sdfa", "drtp" or "shallow".
        learn: at most so many examples to learn from, the first ones; 0 for all but those that
            validate.
        validation: examples at the end of the training set that choose epoch and learning rate.
        loss: of classifications: "bernoulli", a sigmoid per class, or "categorical", a softmax.
        epochs: of every training.
        batch_size: examples per update.
        optimiser: "adam", "nesterov", "sgd" or "rmsprop".
        momentum: of "nesterov" and "sgd".
        schedule: "constant", or "cosine" down to a hundredth at the last epoch.
        learning_rates: with several, every rule is first trained with each, by the first seed, and
            goes on with the one that validates best.
        signals: "mean", where direct signals are averaged over the batch as the loss is, or
            "summed", as in the published code, where the output layer alone learns from a mean
            over the batch (and the outputs, unless categorical), so that hidden layers take larger
            steps.
        gain: factor on the He-uniform weights at the start.
        dropout: probability with which a fully connected layer does not hear a hidden unit.
        watched: validation examples over which angles are measured.
        seeds: how many; seed s draws the weights, the feedback, flips and the order of examples.
        first_seed: the first of them.

    Example:
        >>> Settings(networks=("mnist-500",)).optimiser
        'adam'
    """

    networks: tuple[str, ...] = ("regression", "classification")
    rules: tuple[str, ...] = ("bp", "fa", "dfa", "sdfa", "drtp", "shallow")
    learn: int = Field(default=5000, ge=0)
    validation: int = Field(default=1000, ge=1)
    loss: Literal["bernoulli", "categorical"] = "bernoulli"
    epochs: int = Field(default=30, ge=1)
    batch_size: int = Field(default=100, ge=1)
    optimiser: Name = "adam"
    momentum: float = Field(default=0.9, ge=0, lt=1)
    schedule: Schedule = "constant"
    learning_rates: tuple[Annotated[float, Field(gt=0)], ...] = (0.001, 0.003, 0.01)
    signals: Literal["mean", "summed"] = "mean"
    gain: float = Field(default=6**-0.5, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    watched: int = Field(default=200, ge=1)
    seeds: int = Field(default=3, ge=1)
    first_seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        for name in ("networks", "rules", "learning_rates"):
            if not getattr(self, name):
                raise ValueError(f"{name} is empty; expected at least one.")
        for name in self.networks:
            if name not in NETWORKS:
                raise ValueError(f"no network is called {name!r}. {nearest(name, NETWORKS)}")
        for name in self.rules:
            way = credit(name)
            if way.form or way.path == "ifa":
                raise ValueError(
                    f"{name!r} is not part of this comparison; expected bp, fa, dfa, sdfa, drtp or "
                    "shallow. `ranvier run feedback` knows the others."
                )


PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "networks": ("regression", "digits-conv"),
        "rules": ("bp", "drtp", "shallow"),
        "learn": 400,
        "validation": 200,
        "epochs": 2,
        "learning_rates": (0.003,),
        "watched": 20,
        "seeds": 1,
    },
    "synthetic": {},
    "mnist": {
        "networks": ("mnist-500", "mnist-2x500"),
        "validation": 2000,
        "epochs": 8,
        "learning_rates": (0.001, 0.003),
        "seeds": 2,
    },
    "mnist-convolutional": {
        "networks": ("mnist-conv",),
        "rules": ("bp", "fa", "dfa", "drtp", "shallow"),
        "learn": 2000,
        "epochs": 4,
        "learning_rates": (0.0003, 0.001),
        "watched": 50,
        "seeds": 1,
    },
    "cifar10": {
        "networks": ("cifar10-1000", "cifar10-small-conv-random", "cifar10-small-conv"),
        "rules": ("bp", "fa", "dfa", "drtp", "shallow"),
        "learn": 2000,
        "epochs": 5,
        "learning_rates": (0.0003, 0.001),
        "watched": 50,
        "seeds": 1,
    },
    # As the released code stands: plain steps, and direct signals that no mean divides.
    "published": {
        "networks": ("mnist-conv",),
        "learn": 0,
        "validation": 5000,
        "epochs": 100,
        "optimiser": "nesterov",
        "signals": "summed",
        "learning_rates": (1e-5, 3e-5, 1e-4),
    },
    "published-cifar10": {
        "networks": ("cifar10-conv-random", "cifar10-conv"),
        "learn": 0,
        "validation": 5000,
        "loss": "categorical",
        "epochs": 200,
        "optimiser": "nesterov",
        "signals": "summed",
        "dropout": 0.05,
        "learning_rates": (5e-5, 1.5e-4, 5e-4),
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
        >>> build(preset="small").epochs
        2
    """
    return checked(Settings, PRESETS, chosen)
