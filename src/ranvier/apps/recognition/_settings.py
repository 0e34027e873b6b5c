"""What can be chosen when recordings are recognised, and its published settings."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import GATED, checked
from ranvier.apps._optimisers import Schedule
from ranvier.core import nearest

NEURONS = ("snu", "ssnu", "lif", "alif", *GATED)
Data = Literal["spoken-digits", "speech-commands", "braille"]
Split = Literal["published", "strangers"]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of an experiment in which recordings are recognised; results are saved with them.

    Attributes:
        data: "spoken-digits", "speech-commands" or "braille".
        split: "published": takes 0 to 4 of the spoken digits, the official parts of the speech
            commands, a random fifth of the Braille letters; "strangers": by who spoke (one speaker
            of the digits per seed, a fifth of the speakers of commands), or by repetition.
        neurons: hidden units, one network for each: "snu", "ssnu", "lif", "alif", "gru", "lstm" or
            "rnn".
        size: units of a hidden layer.
        layers: hidden layers.
        recurrent: feed the hidden layers' output back; gated units always do.
        channels: of the sensor, counted from 0; all if empty. For the taxels of Braille.
        bands: of frequency, for sound.
        step_ms: from one frame of sound to the next.
        frames: at most; what is longer is cut off.
        noise: standard deviation of what is added to the features in training, in units of their
            own deviation.
        shift: frames by which a recording is moved at most in training, either way.
        seeds: how many; seed s draws the split where it is random, the weights and the order.
        first_seed: the first of them.
        epochs: at most.
        patience: stop after so many epochs without a better validation; 0 never stops.
        batch_size: recordings per update.
        learning_rate: of Adam at the start.
        schedule: "constant", or "cosine" down to a hundredth at the last epoch.
        weight_decay: of Adam, decoupled from the gradient.
        clip: largest global norm of the gradient; 0 does not clip.

    Example:
        >>> Settings(data="braille", channels=(1, 2, 6, 10)).size
        128
    """

    data: Data = "spoken-digits"
    split: Split = "published"
    neurons: tuple[str, ...] = ("snu", "gru")
    size: int = Field(default=128, ge=1)
    layers: int = Field(default=1, ge=1)
    recurrent: bool = True
    channels: tuple[Annotated[int, Field(ge=0)], ...] = ()
    bands: int = Field(default=40, ge=1)
    step_ms: float = Field(default=10.0, gt=0)
    frames: int = Field(default=100, ge=1)
    noise: float = Field(default=0.0, ge=0)
    shift: int = Field(default=0, ge=0)
    seeds: int = Field(default=1, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=20, ge=1)
    patience: int = Field(default=0, ge=0)
    batch_size: int = Field(default=64, ge=1)
    learning_rate: float = Field(default=3e-3, gt=0)
    schedule: Schedule = "cosine"
    weight_decay: float = Field(default=1e-3, ge=0)
    clip: float = Field(default=1.0, ge=0)

    def __post_init__(self) -> None:
        if not self.neurons:
            raise ValueError("expected at least one neuron.")
        for name in self.neurons:
            if name not in NEURONS:
                raise ValueError(f"no network of recordings has {name!r}. {nearest(name, NEURONS)}")


# What each data set starts from.
DEFAULTS: dict[str, dict[str, Any]] = {
    "spoken-digits": {"noise": 0.3, "shift": 5},
    "speech-commands": {"split": "strangers", "noise": 0.3, "shift": 10, "epochs": 40},
    "braille": {"frames": 77},
}

PRESETS: dict[str, dict[str, Any]] = {
    "four-taxels": {"data": "braille", "channels": (1, 2, 6, 10), "epochs": 60},
    "strangers": {"split": "strangers"},
}


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose; what is not chosen is as the data set wants it.

    Args:
        **chosen: any of the fields of `Settings`; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(data="speech-commands").split, build(preset="four-taxels").channels
        ('strangers', (1, 2, 6, 10))
    """
    preset = PRESETS.get(str(chosen.get("preset")), {})
    data = chosen.get("data", preset.get("data", "spoken-digits"))
    values = {**DEFAULTS.get(data, {}), **preset, **chosen, "data": data}
    return checked(Settings, PRESETS, values)


def name_of(neuron: str, seed: int) -> str:
    """How files and tables call a network.

    Example:
        >>> name_of("snu", 2)
        'snu-2'
    """
    return f"{neuron}-{seed}"
