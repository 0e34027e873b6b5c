"""What can be chosen when the ReckOn chip accumulates cues."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the chip's cue task; every result is saved with them.

    Attributes:
        data: "shipped" (with the chip, fifty trials to train and fifty to test) or "generated"
            (new ones of the same kind).
        trials: to train and to test, as many of each, if they are generated.
        weights: that chips with seeds of their own start from: "shipped", or "drawn" with the
            shipped ones' standard deviations.
        seeds: chips with random seeds of their generators, beside the one with the shipped seeds
            and weights, which is there if the data are the shipped ones.
        first_seed: of these chips.
        epochs: passes over the training trials, a test after each.
        fresh: generated trials that every chip is judged by in the end.

    Example:
        >>> Settings(epochs=5).seeds
        4
    """

    data: Literal["shipped", "generated"] = "shipped"
    trials: int = Field(default=50, ge=2)
    weights: Literal["shipped", "drawn"] = "shipped"
    seeds: int = Field(default=4, ge=0)
    first_seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=10, ge=1)
    fresh: int = Field(default=500, ge=1)

    def __post_init__(self) -> None:
        if self.data == "generated" and not self.seeds:
            raise ValueError(
                "seeds is 0, expected 1 or more with generated data: the shipped seeds belong to "
                "the shipped trials."
            )


PRESETS: dict[str, dict[str, Any]] = {
    "shipped": {"seeds": 0, "epochs": 5},
    "small": {
        "data": "generated",
        "weights": "drawn",
        "trials": 4,
        "seeds": 2,
        "epochs": 2,
        "fresh": 3,
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
        >>> build(preset="shipped").epochs
        5
    """
    return checked(Settings, PRESETS, chosen)
