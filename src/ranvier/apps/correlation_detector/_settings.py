"""What can be chosen for the correlation detector."""

from itertools import pairwise
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps.correlation_detector._synapses import KINDS
from ranvier.core import one_of

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the correlation detector; every result is saved with them.

    Attributes:
        synapses: "float" (numbers), "pair" (of phase-change devices that are only raised), "single"
            (gradual SET, abrupt RESET) and "overlap" (the same, programmed by overlapping pulses).
        streams: inputs of a neuron.
        chance: of an event, per stream and step.
        group: streams that are correlated, for one neuron.
        correlation: within the group, where one run is shown.
        correlations: at which the detector is judged; 0 and the one above are added.
        groups: streams of the groups that a layer of as many neurons is to tell apart, falling.
        groups_correlation: within each of them.
        steps: of time.
        pieces: of a run, after each of which mean weights are recorded.
        arrays: of synapses, with streams and noise of their own.
        step: change of a weight by one pulse, as the rule expects it, of 1.
        start: mean weight at the start; they are spread evenly by a fifth of it to both sides.
        level_deviations: the level that one neuron needs, over the mean input of uncorrelated
            streams at the start, in standard deviations of it.
        growth_uS: of a neuron's device per unit of input; it fires at 2 uS.
        seed: draws everything.

    Example:
        >>> Settings(arrays=3).streams
        1000
    """

    synapses: tuple[str, ...] = tuple(KINDS)
    streams: int = Field(default=1000, ge=2)
    chance: float = Field(default=0.02, gt=0, lt=1)
    group: Count = 100
    correlation: float = Field(default=0.25, gt=0, le=1)
    correlations: tuple[Share, ...] = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5)
    groups: tuple[Count, ...] = (150, 90, 50)
    groups_correlation: Share = 0.5
    steps: int = Field(default=4000, ge=2)
    pieces: Count = 40
    arrays: int = Field(default=10, ge=2)
    step: float = Field(default=0.05, gt=0, lt=1)
    start: float = Field(default=0.5, gt=0, le=0.8)
    level_deviations: float = Field(default=2.5, ge=0)
    growth_uS: float = Field(default=0.1, gt=0)
    seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        if not self.synapses or not self.groups:
            raise ValueError("synapses or groups is empty; expected at least one of each.")
        for kind in self.synapses:
            one_of("Settings", "synapses", kind, KINDS)
        if self.group >= self.streams or sum(self.groups) >= self.streams:
            raise ValueError(
                f"group is {self.group} and groups {self.groups}, expected fewer streams in them "
                f"than the {self.streams} there are, so that some are left for comparison."
            )
        if any(one <= two for one, two in pairwise(self.groups)):
            raise ValueError(
                f"groups are {self.groups}, expected falling sizes: neurons are tuned to levels, "
                "and groups of one size have one level."
            )
        if self.steps % self.pieces:
            raise ValueError(
                f"steps is {self.steps} and pieces {self.pieces}, expected a whole number of steps "
                "per piece."
            )
        wanted = tuple(sorted({0.0, self.correlation, *self.correlations}))
        object.__setattr__(self, "correlations", wanted)


PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "streams": 200,
        "group": 40,
        "groups": (40, 20),
        "correlations": (0.0, 0.5),
        "correlation": 0.5,
        "steps": 1000,
        "pieces": 10,
        "arrays": 2,
        "growth_uS": 0.5,
        "synapses": ("float", "single"),
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
        >>> build(preset="small").arrays
        2
    """
    return checked(Settings, PRESETS, chosen)
