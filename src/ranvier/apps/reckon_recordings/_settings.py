"""What can be chosen when the ReckOn chip learns to recognise recordings."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked

OUTPUTS = 16
"""That the chip has at most."""

VOWELS = ("Space", "A", "E", "I", "O", "U", "Y")
"""The letters of the Braille task of Pedersen et al. (2024)."""

Data = Literal["braille", "spoken-digits", "heidelberg-digits"]
Beside = Literal["e-prop-reckon", "bptt"]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the chip's recordings; every result is saved with them.

    Attributes:
        data: "braille" (a fingertip over letters), "spoken-digits" (sound), or
            "heidelberg-digits" (spikes of an ear; those in English).
        split: "published": takes 0 to 4 of the spoken digits, a random fifth of the Braille
            letters, the test part of Heidelberg's; "strangers": by who spoke (one speaker of the
            digits per seed), or by repetition.
        classes: names of those that are learned, 16 at most; all of them if empty.
        deltas: by how much a signal moves from spike to spike, each a pair of inputs (up, down)
            per taxel or band of frequency.
        bands: of frequency, for sound.
        low_hz, high_hz: centres of the outermost.
        tick_ms: how long a tick is.
        ticks: of a recording at most; what is longer is cut off.
        asked_from: the part of a recording after which outputs vote and learn.
        neurons: recurrent ones, an even number.
        alpha: the lower 12 bits of what membranes and traces keep per tick, (0x7000 + alpha) /
            0x8000.
        threshold: of neurons, eight of which are a step of a weight.
        slope_from: the membrane from which neurons learn, in parts of the threshold.
        kappa: what outputs keep per tick, in 128ths.
        rate: log2 of how fast input and recurrent weights move (registers LR_P_WINP, LR_P_WREC).
        rate_out: the same of output weights (LR_P_WOUT).
        halve_every: epochs after which all rates are halved, by one less in these registers; 0
            never does.
        limit: of the trace of a neuron, above which its weights are taken back (REGUL_F0).
        restraint: log2 of how strongly (REGUL_K).
        deviations: of input, recurrent and output weights at the start, in steps.
        seeds: chips, each with seeds, weights and order of its own, and a split where it is drawn.
        first_seed: of these chips.
        epochs: passes over the training part, a test after each.
        beside: rules by which the same network learns in floating point: "e-prop-reckon", or
            "bptt", whose gradients explode where neurons leak slowly and feed back.
        beside_seeds: how many of the seeds' networks learn so.
        beside_epochs: passes over the training part.
        batch_size: recordings per update, in floating point.
        learning_rate: of Adam, in floating point.

    Example:
        >>> Settings(epochs=5).data
        'braille'
    """

    data: Data = "braille"
    split: Literal["published", "strangers"] = "published"
    classes: tuple[str, ...] = VOWELS
    deltas: tuple[Annotated[float, Field(gt=0)], ...] = (0.005, 0.02)
    bands: int = Field(default=32, ge=2)
    low_hz: float = Field(default=100.0, gt=0)
    high_hz: float = Field(default=3800.0, gt=0)
    tick_ms: float = Field(default=12.5, gt=0)
    ticks: int = Field(default=156, ge=2)
    asked_from: float = Field(default=0.75, ge=0, lt=1)
    neurons: int = Field(default=100, ge=2, le=256, multiple_of=2)
    alpha: int = Field(default=0xF00, ge=0, le=0xFFF)
    threshold: int = Field(default=2400, ge=1, le=32767)
    slope_from: float = Field(default=0.6, ge=0, le=1)
    kappa: int = Field(default=0x7D, ge=0, le=0x80)
    rate: int = Field(default=6, ge=0, le=31)
    rate_out: int = Field(default=12, ge=0, le=31)
    halve_every: int = Field(default=3, ge=0)
    limit: int = Field(default=160, ge=0, le=4095)
    restraint: int = Field(default=10, ge=0, le=31)
    deviations: tuple[float, float, float] = (60.0, 3.0, 6.0)
    seeds: int = Field(default=5, ge=1)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=15, ge=1)
    beside: tuple[Beside, ...] = ("e-prop-reckon",)
    beside_seeds: int = Field(default=5, ge=0)
    beside_epochs: int = Field(default=20, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=3e-3, gt=0)

    def __post_init__(self) -> None:
        if len(self.classes) > OUTPUTS:
            raise ValueError(
                f"there are {len(self.classes)} classes, expected at most {OUTPUTS}: the chip has "
                "no more outputs."
            )
        if not self.deltas:
            raise ValueError("deltas are empty, expected at least one.")


_SOUND: dict[str, Any] = {
    "classes": (),
    "deltas": (0.5,),
    "tick_ms": 10.0,
    "asked_from": 0.5,
    "alpha": 0x400,
    "threshold": 1200,
    "kappa": 0x79,
    "rate": 8,
    "halve_every": 2,
    "deviations": (40.0, 3.0, 6.0),
    "seeds": 3,
    "epochs": 8,
    "beside": ("e-prop-reckon", "bptt"),
    "beside_epochs": 12,
}

# What each data set starts from, found by search on what the first seed learns from.
DEFAULTS: dict[str, dict[str, Any]] = {
    "spoken-digits": {**_SOUND, "ticks": 80},
    "heidelberg-digits": {**_SOUND, "ticks": 100},
}

PRESETS: dict[str, dict[str, Any]] = {
    "three-letters": {"classes": ("A", "E", "U")},
    "sixteen-letters": {"classes": tuple("ABCDEFGHIJKLMNOP"), "seeds": 2},
    "strangers": {"split": "strangers"},
    "small": {
        "neurons": 10,
        "bands": 6,
        "ticks": 40,
        "seeds": 2,
        "epochs": 2,
        "beside_seeds": 1,
        "beside_epochs": 1,
        "batch_size": 4,
    },
}
"""Named starting points; any option given beside a preset goes over it."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose; what is not chosen is as the data set wants it.

    Args:
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(data="spoken-digits").ticks
        80
    """
    preset = PRESETS.get(str(chosen.get("preset")), {})
    data = chosen.get("data", "braille")
    values = {**DEFAULTS.get(data, {}), **preset, **chosen, "data": data}
    return checked(Settings, PRESETS, values)


def name_of(settings: Settings) -> str:
    """By which name the experiment is called on the command line.

    Args:
        settings: of a run.

    Example:
        >>> name_of(Settings(data="heidelberg-digits"))
        'reckon-spoken-digits'
    """
    return "reckon-braille" if settings.data == "braille" else "reckon-spoken-digits"
