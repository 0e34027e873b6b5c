"""What can be chosen in the chorale experiment, and its published setting."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.core import nearest
from ranvier.data import catalogue as data_sets
from ranvier.learn.rules import catalogue as rules
from ranvier.neurons import catalogue as neurons

MUSIC = ("bach", "jsb", "nottingham", "piano-midi")


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the chorale experiment; every result is saved with them.

    Attributes:
        data: name of the data set.
        neurons: hidden units to train, each with every rule.
        rules: learning rules.
        size: hidden units of the SNU family; gated units get the number that comes closest to
            the same count of parameters.
        recurrent: whether the SNU family feeds its output back; gated units always do.
        decay: part of the membrane kept per step (SNU, sSNU).
        threshold: firing threshold at the start.
        seeds: how many; seed s draws the weights, the order of the pieces and the samples.
        first_seed: the first of them.
        epochs: at most.
        patience: stop after so many epochs without a better validation; 0 never stops.
        batch_size: chorales per update.
        optimiser: Optax optimiser.
        learning_rate: at the start.
        schedule: "constant", or "cosine" down to a hundredth at the last epoch.
        weight_decay: of AdamW, decoupled from the gradient.
        dropout: probability with which the readout does not hear a hidden unit in a step.
        clip: largest global norm of the gradient; 0 does not clip.
        learn_from: pieces to learn from: "train"; or "train+valid", where nothing is left to
            choose an epoch by and the last one is judged.
        average: loss per step, or summed over each sequence.
        shuffle: a new order of the pieces in every epoch; otherwise the stored order.
        arrays: of phase-change memory, on which the spiking network that validates best grows a
            year old; 0 for none.

    Example:
        >>> Settings(neurons=("ssnu",), epochs=5).rules
        ('bptt', 'ostl')
    """

    data: str = "bach"
    neurons: tuple[str, ...] = ("snu", "ssnu", "gru", "lstm")
    rules: tuple[str, ...] = ("bptt", "ostl")
    size: int = Field(default=150, ge=1)
    recurrent: bool = False
    decay: float = Field(default=0.8, ge=0, le=1)
    threshold: float = 1.0
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=12, ge=1)
    patience: int = Field(default=0, ge=0)
    batch_size: int = Field(default=16, ge=1)
    optimiser: Literal["adam", "sgd"] = "adam"
    learning_rate: float = Field(default=1e-2, gt=0)
    schedule: Literal["constant", "cosine"] = "constant"
    weight_decay: float = Field(default=0.0, ge=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    clip: float = Field(default=0.0, ge=0)
    learn_from: Literal["train", "train+valid"] = "train"
    average: Literal["per_step", "per_sequence"] = "per_step"
    shuffle: bool = True
    arrays: int = Field(default=10, ge=0)

    def __post_init__(self) -> None:
        data_sets.check(self.data)
        if self.data not in MUSIC:
            raise ValueError(f"{self.data} holds no music. {nearest(self.data, MUSIC)}")
        for name in self.neurons:
            neurons.check(name)
        for name in self.rules:
            rules.check(name)
        if self.learn_from == "train+valid" and self.patience:
            raise ValueError("patience needs validation pieces; expected 0 with train+valid.")
        if not self.neurons or not self.rules:
            raise ValueError("expected at least one neuron and one rule.")


_TUNED: dict[str, Any] = {
    "data": "jsb",
    "rules": ("bptt",),
    "epochs": 150,
    "batch_size": 8,
    "learning_rate": 1e-2,
    "schedule": "cosine",
    "dropout": 0.1,
    "clip": 1.0,
    "seeds": 5,
}
"""Chosen on the validation pieces of the JSB split, one seed each."""

PRESETS: dict[str, dict[str, Any]] = {
    "ostl-tutorial": {
        "data": "jsb",
        "neurons": ("ssnu",),
        "rules": ("bptt",),
        "recurrent": True,
        "decay": 0.4,
        "epochs": 100,
        "batch_size": 1,
        "optimiser": "sgd",
        "learning_rate": 5e-4,
        "average": "per_sequence",
        "learn_from": "train+valid",
    },
    "published-ssnu": {**_TUNED, "neurons": ("ssnu",), "decay": 0.5, "weight_decay": 2e-2},
    "published-snu": {**_TUNED, "neurons": ("snu",), "dropout": 0.2, "learning_rate": 5e-3},
}
"""Named starting points; any option given beside a preset goes over it."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose, with errors in words.

    Args:
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(size=20, epochs=1).size
        20
    """
    return checked(Settings, PRESETS, chosen)


def name_of(neuron: str, rule: str, seed: int) -> str:
    """How files of one training are called.

    Example:
        >>> name_of("ssnu", "ostl", 0)
        'ssnu-ostl-seed0'
    """
    return f"{neuron}-{rule}-seed{seed}"
