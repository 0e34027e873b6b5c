"""What can be chosen in the language experiment."""

from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import GATED, checked
from ranvier.apps._optimisers import Name, Schedule
from ranvier.core import nearest

NEURONS = ("ssnu", "snu", *GATED)
DATA = ("penn-treebank", "wikitext-2")


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the language experiment; every result is saved with them.

    Attributes:
        data: "penn-treebank", "wikitext-2", or a folder with `train.txt`, `valid.txt` and
            `test.txt`.
        neurons: hidden units: "ssnu", "snu", "rnn", "gru" or "lstm"; a network for each.
        size: hidden units of a layer, and numbers per word.
        layers: hidden ones, one behind the other.
        recurrent: whether a hidden layer hears its own last output (SNU family; gated units
            always do).
        tied: whether a word has the same numbers at the input and at the output.
        decay: part of the membrane kept per step (SNU family).
        gain: factor on the Glorot weights of the hidden layer at the start. Numbers of words are
            small at the start; with 1, hidden units hardly tell them apart.
        dropout: probability with which a unit's output, and a number of a word, is not heard.
        steps: words between two updates, through which errors go back; the state goes on.
        batch_size: places of the text that are read at the same time.
        seeds: how many; seed s draws weights, dropout and the places where reading begins.
        first_seed: the first of them.
        epochs: passes over the text.
        optimiser: "adam", "rmsprop" or "sgd".
        learning_rate: at the start.
        schedule: "constant", or "cosine" down to a hundredth at the last epoch.
        weight_decay: of Adam, decoupled from the gradient.
        clip: largest global norm of the gradient; 0 does not clip.
        patience: stop after so many epochs without a better validation; 0 never stops.

    Example:
        >>> Settings(neurons=("snu",), tied=False).size
        256
    """

    data: str = "penn-treebank"
    neurons: tuple[str, ...] = ("ssnu",)
    size: int = Field(default=256, ge=1)
    layers: int = Field(default=1, ge=1)
    recurrent: bool = True
    tied: bool = True
    decay: float = Field(default=0.5, ge=0, le=1)
    gain: float = Field(default=4.0, gt=0)
    dropout: float = Field(default=0.25, ge=0, lt=1)
    steps: int = Field(default=35, ge=1)
    batch_size: int = Field(default=20, ge=1)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=12, ge=1)
    optimiser: Name = "adam"
    learning_rate: float = Field(default=6e-3, gt=0)
    schedule: Schedule = "cosine"
    weight_decay: float = Field(default=0.0, ge=0)
    clip: float = Field(default=1.0, ge=0)
    patience: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        if not self.neurons:
            raise ValueError("neurons is empty; expected at least one.")
        for name in self.neurons:
            if name not in NEURONS:
                raise ValueError(f"no network of words has {name!r}. {nearest(name, NEURONS)}")
        if self.data not in DATA and not Path(self.data).is_dir():
            raise ValueError(
                f"data is {self.data!r}, which is no folder either. {nearest(self.data, DATA)}"
            )


PRESETS: dict[str, dict[str, Any]] = {
    "feedforward-snu": {
        "neurons": ("snu",),
        "recurrent": False,
        "tied": False,
        "decay": 0.8,
    },
    # The small network of Zaremba, Sutskever, Vinyals 2014 has 200 units in each of two layers.
    "small-lstm": {"neurons": ("lstm",), "size": 200, "layers": 2, "tied": False},
    "small": {
        **{"data": "wikitext-2", "size": 64, "epochs": 5, "learning_rate": 5e-3},
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
        >>> build(preset="feedforward-snu").recurrent
        False
    """
    return checked(Settings, PRESETS, chosen)


def name_of(neuron: str, seed: int) -> str:
    """How files of one training are called.

    Example:
        >>> name_of("ssnu", 0)
        'ssnu-seed0'
    """
    return f"{neuron}-seed{seed}"
