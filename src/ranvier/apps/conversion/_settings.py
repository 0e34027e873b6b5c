"""What can be chosen for the conversion of a network."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of a conversion; every result is saved with them.

    Attributes:
        model: the file of the network.
        to: "ttfs", one spike per neuron, or "rate".
        data: what it was trained on: "mnist", "fashion-mnist", "optical-digits", which
            needs no download, "cifar10", or "cifar10-lossy" for a compressed copy.
        layout: of a file that holds weights alone, its layers in order, such as "conv relu
            average:2 flatten dense".
        in_shape: of one example in the order of the file, where the file leaves it open.
        low: what the network takes for a black pixel.
        high: what it takes for a white one.
        mapping: "identity", with unit slopes, or "alpha", with a constant current.
        calibrate: training images that set the windows.
        judged: test images that the two networks are compared on, its first ones; 0 for all.
        margin: how much longer than needed windows are.
        swept: test images for the effects of imperfect hardware, the first ones.
        time_bits: of the clock that spikes keep to.
        weight_bits: of the weights.
        jitter: standard deviations of spike times, in time constants.
        noise: scales of logistic noise on thresholds that rates are made with, in thresholds.
        margins: of shorter and shorter windows.
        trials: draws of jitter and noise.
        simulated: test images that are run spike by spike.
        steps: how long rates have.
        percentile: of the activities above zero, which a rate of one stands for.
        shown: the test image whose spikes are drawn.
        first_seed: of the draws.

    Example:
        >>> Settings(model="network.h5").data
        'mnist'
    """

    model: str
    to: Literal["ttfs", "rate"] = "ttfs"
    data: Literal["mnist", "fashion-mnist", "optical-digits", "cifar10", "cifar10-lossy"] = "mnist"
    layout: str = ""
    in_shape: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 1.0
    mapping: Literal["identity", "alpha"] = "identity"
    calibrate: int = Field(default=5000, ge=1)
    judged: int = Field(default=0, ge=0)
    margin: float = Field(default=0.5, gt=-1)
    swept: int = Field(default=1000, ge=1)
    time_bits: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8, 10)
    weight_bits: tuple[int, ...] = (2, 3, 4, 5, 6, 8, 10)
    jitter: tuple[float, ...] = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1)
    noise: tuple[float, ...] = (0.03, 0.1, 0.2, 0.3, 0.5, 1.0)
    margins: tuple[float, ...] = (-0.9, -0.8, -0.7, -0.6, -0.5, -0.4, -0.2, 0.0, 0.5)
    trials: int = Field(default=3, ge=1)
    simulated: int = Field(default=5, ge=0)
    steps: int = Field(default=32, ge=1)
    percentile: float = Field(default=99.9, gt=0, le=100)
    shown: int = Field(default=0, ge=0)
    first_seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        if not self.high > self.low:
            raise ValueError(f"low is {self.low} and high {self.high}, expected high above low.")
        if any(bits < 1 for bits in self.time_bits) or any(bits < 2 for bits in self.weight_bits):
            raise ValueError(
                f"time_bits are {self.time_bits} and weight_bits {self.weight_bits}, expected at "
                "least 1 and at least 2 each."
            )
        if any(sigma < 0 for sigma in self.jitter) or any(m <= -1 for m in self.margins):
            raise ValueError(
                f"jitter is {self.jitter} and margins are {self.margins}, expected at least 0 and "
                "more than -1 each."
            )
        if any(scale <= 0 for scale in self.noise):
            raise ValueError(f"noise is {self.noise}, expected scales above 0.")


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {
        "calibrate": 1000,
        "judged": 1000,
        "swept": 200,
        "time_bits": (2, 4, 8),
        "weight_bits": (2, 4, 8),
        "jitter": (0.01, 0.1),
        "noise": (0.1, 0.5),
        "margins": (-0.8, -0.5, 0.0),
        "trials": 1,
        "simulated": 1,
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
        >>> build(model="network.h5", preset="quick").swept
        200
    """
    return checked(Settings, PRESETS, chosen)
