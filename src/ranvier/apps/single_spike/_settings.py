"""What can be chosen in the single-spike experiment, and the published settings."""

import math
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps._optimisers import Schedule
from ranvier.core import nearest

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the single-spike experiment; every result is saved with them.

    Attributes:
        method: "s4nn" or "mostafa".
        data: "mnist", "fashion-mnist", or "optical-digits", which needs no download.
        examples: of the training images, the first ones, to learn from; 0 for all but those that
            validate.
        shift: pixels by which images to learn from are moved along each axis at most, anew in
            every epoch.
        hidden: units of the hidden layers.
        seeds: how many; seed s draws the weights and the order of the images.
        first_seed: the first of them.
        epochs: of every training.
        learning_rate: of every example (S4NN), or of descent at the start (Mostafa).
        average: what remains of a moving average of the weights at every update, which is an epoch
            of S4NN and a batch of Mostafa; that average is judged, not the last weights. 0 for
            none.
        weight_decay: by which factor of the learning rate weights shrink at every example (S4NN),
            or the weight of their squares in the loss (Mostafa).
        validation: images at the end of the training set that choose the epoch.
        steps: of time, the last of which is silence (S4NN).
        threshold: of all units (S4NN).
        margin: steps by which the true class shall lead (S4NN).
        rarest: share of examples at which a hidden unit must fire, or it is drawn anew (S4NN).
        high: largest weight at the start, of each layer (S4NN).
        batch_size: images per update (Mostafa).
        momentum: of descent (Mostafa).
        schedule: "constant", or "cosine" down to a hundredth at the last epoch (Mostafa).
        off_time: when dark pixels fire, in time constants after the bright ones (Mostafa).
        total: sum of the weights of a unit at the start, on average (Mostafa).
        weight_sum: cost of weights that do not add up to one (Mostafa).
        largest_gradient: norm to which the gradient of a unit's weights is shortened (Mostafa).

    Example:
        >>> build(method="mostafa", preset="published").hidden
        (800,)
    """

    method: Literal["s4nn", "mostafa"] = "s4nn"
    data: Literal["mnist", "fashion-mnist", "optical-digits"] = "optical-digits"
    examples: int = Field(default=0, ge=0)
    shift: int = Field(default=0, ge=0)
    hidden: tuple[Count, ...] = (200,)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=120, ge=1)
    learning_rate: float = Field(default=0.1, gt=0)
    average: float = Field(default=0.0, ge=0, lt=1)
    weight_decay: float = Field(default=1e-6, ge=0)
    validation: int = Field(default=200, ge=1)
    steps: int = Field(default=256, ge=4)
    threshold: float = Field(default=100.0, gt=0)
    margin: int = Field(default=3, ge=1)
    rarest: float = Field(default=0.001, ge=0, le=1)
    high: tuple[Positive, ...] = (10.0, 20.0)
    batch_size: int = Field(default=50, ge=1)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    schedule: Schedule = "cosine"
    off_time: float = Field(default=math.log(6), gt=0)
    total: float = Field(default=8.0, gt=0)
    weight_sum: float = Field(default=1.0, ge=0)
    largest_gradient: float = Field(default=1.0, gt=0)

    def __post_init__(self) -> None:
        if self.method == "s4nn" and len(self.high) != len(self.hidden) + 1:
            raise ValueError(
                f"high has {len(self.high)} numbers, expected {len(self.hidden) + 1}: one for each "
                "hidden layer, and one for the outputs."
            )


_MNIST: dict[str, Any] = {"data": "mnist", "validation": 5000}
_FEW: dict[str, Any] = {**_MNIST, "validation": 2000, "examples": 5000, "hidden": (200,)}
# Learning rate and weights at the start as in the authors' code.
_AUTHORS: dict[str, Any] = {"learning_rate": 0.2, "high": (5.0, 48.0)}
_EXACT: dict[str, Any] = {"learning_rate": 0.2, "weight_decay": 1e-5}

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "s4nn": {
        "small": {},
        "few-digits": {**_FEW, **_AUTHORS, "epochs": 15},
        "published": {**_MNIST, **_AUTHORS, "hidden": (400,), "epochs": 100},
    },
    "mostafa": {
        "small": {**_EXACT, "hidden": (100,), "epochs": 60},
        "few-digits": {**_EXACT, **_FEW, "epochs": 15},
        "published": {**_EXACT, **_MNIST, "hidden": (800,), "epochs": 60},
    },
}
"""Named starting points of each method, "small" if none is named; other options go over them."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose, with errors in words.

    Args:
        chosen: any of the fields; `preset` starts from a named set of the method.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(preset="published").epochs
        100
    """
    method = chosen.get("method", "s4nn")
    if method not in PRESETS:
        raise ValueError(f"no method is called {method!r}. {nearest(method, PRESETS)}")
    return checked(Settings, PRESETS[method], {"preset": "small", **chosen, "method": method})
