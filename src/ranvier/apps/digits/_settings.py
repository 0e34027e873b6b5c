"""What can be chosen in the digit experiment, and its published settings."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import GATED, checked
from ranvier.apps._optimisers import Name, Schedule
from ranvier.core import nearest

NEURONS = ("snu", "ssnu", "li-snu", "li-ssnu", *GATED)


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the digit experiment; every result is saved with them.

    Attributes:
        data: "mnist" or "fashion-mnist".
        neurons: units to train, one network for each: every layer has them. With lateral
            inhibition, the output layer is without it; gated units feed their output back.
        layers: fully connected ones, the output layer included.
        size: units of each of them but the last.
        channels: of the convolutional layers before them ("snu" and "ssnu" only), first to last;
            none for a fully connected network. A layer sums its currents over two by two places.
        kernel: places along each axis that a convolutional unit sees.
        steps: time steps per digit.
        spikes: mean number of spikes of the brightest pixel in these steps.
        judge_steps: time steps per digit when the test set is judged, at the same rate; 0 for as
            many as in training.
        decay: part of the membrane kept per step (SNU family).
        threshold: firing threshold at the start (SNU family).
        gain: factor on the Glorot weights at the start (SNU family). With 1, spikes die out from
            layer to layer, and the upper layers of a deep network get no gradient.
        membrane: activation of the membrane (SNU family): "identity", or "leaky", which keeps a
            tenth of what is below zero.
        distortion: strength of the elastic distortion that every digit is learned with, anew in
            every epoch; 0 for none.
        smoothness: of the distortion, pixels.
        product: of weights and activity: "dense", or "events", which skips what is silent and
            rounds in another order.
        spike_cost: price of activity on top of the loss, see `losses.spike_cost`.
        dropout: probability with which a layer does not hear a hidden unit for a whole digit.
        seeds: how many; seed s draws the weights, the order of the digits and their spikes.
        first_seed: the first of them.
        epochs: at most.
        patience: stop after so many epochs without a better validation; 0 never stops.
        batch_size: digits per update.
        optimiser: "adam", "rmsprop" or "sgd".
        learning_rate: at the start, for half the summed squared error of a digit.
        schedule: "constant", or "cosine" down to a hundredth at the last epoch.
        weight_decay: of Adam, decoupled from the gradient.
        clip: largest global norm of the gradient; 0 does not clip.
        validation: digits at the end of the training set that choose the epoch.

    Example:
        >>> Settings(neurons=("ssnu",), layers=4, size=256).widths
        (256, 256, 256, 10)
    """

    data: Literal["mnist", "fashion-mnist"] = "mnist"
    neurons: tuple[str, ...] = ("snu", "li-snu")
    layers: int = Field(default=2, ge=1)
    size: int = Field(default=100, ge=1)
    channels: tuple[Annotated[int, Field(ge=1)], ...] = ()
    kernel: int = Field(default=5, ge=1)
    steps: int = Field(default=20, ge=1)
    spikes: float = Field(default=6.0, gt=0)
    judge_steps: int = Field(default=0, ge=0)
    decay: float = Field(default=0.9, ge=0, le=1)
    threshold: float = 1.0
    gain: float = Field(default=2.0, gt=0)
    membrane: Literal["identity", "leaky"] = "leaky"
    distortion: float = Field(default=0.0, ge=0)
    smoothness: float = Field(default=4.0, gt=0)
    product: Literal["dense", "events"] = "dense"
    spike_cost: float = Field(default=0.0, ge=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=3, ge=1)
    patience: int = Field(default=0, ge=0)
    batch_size: int = Field(default=100, ge=1)
    optimiser: Name = "adam"
    learning_rate: float = Field(default=1e-3, gt=0)
    schedule: Schedule = "constant"
    weight_decay: float = Field(default=0.0, ge=0)
    clip: float = Field(default=0.0, ge=0)
    validation: int = Field(default=5000, ge=1)

    def __post_init__(self) -> None:
        if not self.neurons:
            raise ValueError("expected at least one neuron.")
        for name in self.neurons:
            if name not in NEURONS:
                raise ValueError(f"no network of digits has {name!r}. {nearest(name, NEURONS)}")
        if self.spikes > self.steps:
            raise ValueError(
                f"spikes is {self.spikes} in {self.steps} steps; expected at most one per step."
            )
        if self.channels:
            self._check_convolutions()

    def _check_convolutions(self) -> None:
        """Raise if there is a unit that is not to be convolved, or a layer without a place."""
        for name in self.neurons:
            if name not in _CONVOLVED:
                raise ValueError(
                    f"channels are {list(self.channels)} and neurons has {name!r}; expected "
                    f"{' or '.join(map(repr, _CONVOLVED))} in a convolutional network."
                )
        side = SIDE
        for number in range(1, len(self.channels) + 1):
            if side <= self.kernel:
                raise ValueError(
                    f"kernel is {self.kernel}, but convolutional layer {number} sees {side} by "
                    f"{side} places; expected less. Take a smaller kernel or fewer channels."
                )
            side = (side - self.kernel + 1) // POOLED

    @property
    def axes(self) -> tuple[int, ...]:
        """Axes of the input: an image for convolutions, all pixels in one row without."""
        return (SIDE, SIDE, 1) if self.channels else (SIDE**2,)

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of every fully connected layer."""
        return (self.size,) * (self.layers - 1) + (CLASSES,)


CLASSES = 10
SIDE = 28
POOLED = 2
_CONVOLVED = ("snu", "ssnu")

_DEEP: dict[str, Any] = {
    "size": 256,
    "epochs": 60,
    "batch_size": 100,
    "learning_rate": 1e-3,
    "schedule": "cosine",
    "clip": 1.0,
}

_INHIBITION: dict[str, Any] = {"neurons": ("snu", "li-snu"), "layers": 2, "gain": 1.0}

_CONVOLUTIONAL: dict[str, Any] = {
    "neurons": ("snu",),
    "layers": 2,
    # Sums over two by two places are large enough for every layer to fire.
    "gain": 1.0,
    "judge_steps": 300,
    "distortion": 34.0,
}

PRESETS: dict[str, dict[str, Any]] = {
    "published-ssnu": {
        **_DEEP,
        "neurons": ("ssnu",),
        "layers": 4,
        "gain": 3.0,
        "membrane": "identity",
        "learning_rate": 3e-3,
        "distortion": 34.0,
        "judge_steps": 300,
    },
    "published-snu": {
        **_DEEP,
        "neurons": ("snu",),
        "layers": 7,
        "learning_rate": 2e-3,
        "distortion": 34.0,
        "judge_steps": 300,
    },
    # Its layers are not stated; the steps, the distortion and the epochs are.
    "published-convolutional": {
        **_DEEP,
        **_CONVOLUTIONAL,
        "channels": (32, 64),
        "size": 128,
        "steps": 30,
        "spikes": 9.0,
        "epochs": 100,
    },
    # Half an hour on two cores.
    "convolutional": {
        **_DEEP,
        **_CONVOLUTIONAL,
        "channels": (16, 32),
        "size": 64,
        "steps": 10,
        "spikes": 3.0,
        "epochs": 8,
        "batch_size": 50,
        "learning_rate": 5e-3,
    },
    "lateral-inhibition": {
        **_INHIBITION,
        "size": 100,
        "epochs": 5,
        "optimiser": "rmsprop",
        "learning_rate": 1e-1,
        "batch_size": 15,
    },
    # The more units there are, the more of them one spike holds back.
    "lateral-inhibition-wide": {
        **_INHIBITION,
        "size": 1000,
        "decay": 1.0,
        "epochs": 15,
        "learning_rate": 2e-3,
        "schedule": "cosine",
    },
    # Half the summed error is five times the mean over ten classes: 0.5 becomes 0.1.
    "toolkit": {
        "neurons": ("snu", "lstm"),
        "layers": 3,
        "size": 250,
        "gain": 1.0,
        "batch_size": 15,
        "epochs": 3,
        "optimiser": "sgd",
        "learning_rate": 0.1,
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
        >>> build(preset="published-ssnu", epochs=1).layers
        4
    """
    return checked(Settings, PRESETS, chosen)


def name_of(neuron: str, seed: int) -> str:
    """How files of one training are called.

    Example:
        >>> name_of("li-snu", 0)
        'li-snu-seed0'
    """
    return f"{neuron}-seed{seed}"
