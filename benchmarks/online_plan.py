"""What the comparison of online rules asks of both sides: networks, numbers, rules and sizes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

INPUTS, OUTPUTS = 16, 4
DECAY, THRESHOLD, SURROGATE_SLOPE = 0.9, 0.3, 10.0
# Of e-prop's filter behind the traces.
LOW_PASS = 0.5
NETWORKS = {"rate": "leaky units, tanh", "spiking": "LIF, reset to zero at the next step"}
GROUPS = ("input weights", "recurrent weights", "readout weights", "readout bias")


@dataclass(frozen=True)
class Rule:
    """One rule that both sides offer.

    Args:
        name: what the tables call it.
        ours, theirs: how each side calls it.
        networks: where their equations can agree.
        most_units: the largest layer that it is timed on; 0 compares gradients alone.
    """

    name: str
    ours: str
    theirs: str
    networks: tuple[str, ...] = ("rate", "spiking")
    most_units: int = 1024


RULES = (
    Rule("D-RTRL", "local()", "D_RTRL"),
    Rule("SnAp-1", "snap(1)", "OSTLRecurrent"),
    Rule("SnAp-2", "ostl_with_h", "SnAp(n=2)", most_units=128),
    Rule("filtered traces", f"local(low_pass={LOW_PASS})", f"EProp({LOW_PASS})"),
    Rule("separate traces", "separate()", "ETraceConfig(io_factorized)", ("rate",)),
    Rule("no trace", "at_once()", "OSTLFeedforward(0.0)", most_units=0),
)


@dataclass(frozen=True)
class Point:
    """One network, rule and size.

    Args:
        network: of `NETWORKS`.
        rule: name of one of `RULES`.
        units, batch, steps: sizes.
        kind: `"gradient"` in double precision, or `"time"` in single precision.

    Example:
        >>> point = Point("rate", "D-RTRL", 64, 1, 100, "time")
        >>> Point.of(point.request()) == point
        True
    """

    network: str
    rule: str
    units: int
    batch: int
    steps: int
    kind: str

    def request(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)

    @classmethod
    def of(cls, request: dict[str, Any]) -> Point:
        """From what `request` gave."""
        return cls(**request)


def gradients() -> list[Point]:
    """Where gradients are compared.

    Example:
        >>> len(gradients())
        11
    """
    return [
        Point(network, rule.name, 24, 3, 20, "gradient")
        for rule in RULES
        for network in rule.networks
    ]


def times(units: tuple[int, ...] = (64, 128, 256, 512, 1024)) -> list[Point]:
    """Where time and memory are measured.

    Rules besides the main ones are measured at every second size; a batch of 16 is, where spiking
    layers are small.

    Example:
        >>> [p.units for p in times() if p.rule == "SnAp-2" and p.network == "rate"]
        [64, 128]
    """
    points = []
    for rule in RULES:
        for network in rule.networks:
            sizes = [n for n in units if n <= rule.most_units]
            sizes = sizes if rule.name.startswith(("D-RTRL", "SnAp")) else sizes[::2]
            points += [Point(network, rule.name, n, 1, 100, "time") for n in sizes]
    batched = [n for n in units if n <= 256]
    for name in ("D-RTRL", "SnAp-1"):
        points += [Point("spiking", name, n, 16, 10, "time") for n in batched[::2]]
    return points


@dataclass(frozen=True)
class Numbers:
    """The same weights, input and targets for both sides, in double precision.

    Args:
        inward: weights from the input, `[units, INPUTS]`.
        recurrent: weights among units, `[units, units]`.
        outward: weights of the readout, `[OUTPUTS, units]`.
        x: input, `[steps, batch, INPUTS]`.
        target: `[steps, batch, OUTPUTS]`.
    """

    inward: np.ndarray
    recurrent: np.ndarray
    outward: np.ndarray
    x: np.ndarray
    target: np.ndarray


def numbers(point: Point) -> Numbers:
    """Drawn from a fixed seed; units feed themselves strongly, so that rules differ.

    Example:
        >>> numbers(Point("rate", "D-RTRL", 8, 2, 5, "time")).recurrent.shape
        (8, 8)
    """
    random = np.random.default_rng(0)
    n = point.units
    recurrent = random.normal(size=(n, n)) / np.sqrt(n)
    return Numbers(
        inward=random.normal(size=(n, INPUTS)) / np.sqrt(INPUTS),
        recurrent=recurrent + np.eye(n),
        outward=random.normal(size=(OUTPUTS, n)) / np.sqrt(n),
        x=random.normal(size=(point.steps, point.batch, INPUTS)),
        target=random.normal(size=(point.steps, point.batch, OUTPUTS)),
    )
