"""What the comparison of memory arrays asks of both sides: targets, times, layers, programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365.25 * 86_400.0
COUNT = 400_000
LEVELS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
# Seconds since the reference time of each device; `None` is what programming left.
LATER = (None, HOUR, DAY, YEAR)
# The fit of NeuRRAM counts from programming; our reference time is one second after.
DEVICES: dict[str, tuple[float | None, ...]] = {
    "PCM": LATER,
    "HERMES, one device": LATER,
    "HERMES, two devices": LATER,
    "HfOx (NeuRRAM)": (None, DAY, 2 * DAY),
    "CMO/HfOx, within 0.2 %": LATER,
    "CMO/HfOx, within 2 %": LATER,
}
RANGES = {"PCM": (0.0, 25.0), "HERMES, one device": (0.0, 10.35)}
RANGES |= {"HERMES, two devices": (0.0, 20.7), "HfOx (NeuRRAM)": (0.0, 40.0)}
RANGES |= {name: (9.0, 88.2) for name in DEVICES if name.startswith("CMO")}

INPUTS, HIDDEN, OUTPUTS, BATCH = 784, 256, 10, 128
LAYER_TIMES = (0.0, HOUR, DAY, YEAR)
LAYER_BATCH = 16
DRIFTED = DAY
ARRAYS = 200
# Of |z|: the largest allowed. 500 standard normals pass it by chance in 1 of 300 comparisons.
MOST_Z = 4.5
# The same for the many outputs of layers.
MOST_Z_OUTPUTS = 6.0


@dataclass(frozen=True)
class Layer:
    """How a layer is compared.

    Args:
        periphery: `"exact"` or `"standard"`.
        pairs: `"devices"`, each device on its own; or `"folded"`, as the layers of the kit have
            it: after programming the difference of a pair is put onto one of its devices.
        arrays: how many are drawn.

    Example:
        >>> Layer("exact", "devices", 2).request()["kind"]
        'layer'
    """

    periphery: str
    pairs: str
    arrays: int

    def request(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {"kind": "layer", **asdict(self)}


LAYERS = (
    Layer("exact", "devices", 300),
    Layer("standard", "devices", 300),
    Layer("standard", "folded", 300),
)

# What is timed: name, periphery, and whether theirs has it.
PROGRAMS: dict[str, tuple[str, str, bool]] = {
    "drift, compensate, forward; exact converters": ("draw", "exact", True),
    "drift, compensate, forward; converters and noise": ("draw", "standard", True),
    "forward; converters and output noise": ("forward", "standard", True),
    "forward; the same and noise of every weight": ("forward", "weight noise", False),
    "program, drift, compensate, forward; 200 arrays": ("arrays", "standard", True),
}


def targets(device: str) -> dict[str, np.ndarray]:
    """Conductances in uS: every level, and the positive part of a Gaussian matrix.

    Example:
        >>> found = targets("PCM")
        >>> len(found), float(found["50 %"][0]), found["matrix"].shape
        (10, 12.5, (409600,))
    """
    low, high = RANGES[device]
    found = {f"{100 * r:g} %": np.full(COUNT, low + (high - low) * r) for r in LEVELS}
    weights = np.random.default_rng(0).normal(size=512 * 800) / 3
    found["matrix"] = low + (high - low) * np.clip(weights, 0, 1)
    return {name: array.astype(np.float32) for name, array in found.items()}


def weights() -> tuple[np.ndarray, np.ndarray]:
    """Of both layers, `[out, in]`; the largest weight of the first stands in either half of it."""
    random = np.random.default_rng(1)
    first = random.normal(size=(HIDDEN, INPUTS)) / np.sqrt(INPUTS)
    first[0, 0] = first[0, -1] = np.abs(first).max()
    second = random.normal(size=(OUTPUTS, HIDDEN)) / np.sqrt(HIDDEN)
    return first.astype(np.float32), second.astype(np.float32)


def inputs(batch: int = BATCH) -> np.ndarray:
    """Between 0 and 1, four of five silent, as pictures of digits are."""
    random = np.random.default_rng(2)
    x = random.uniform(size=(batch, INPUTS)) * (random.uniform(size=(batch, INPUTS)) < 0.2)
    return x.astype(np.float32)


def moments(values: np.ndarray, axis: int | None = None) -> dict[str, Any]:
    """Count, mean, variance and fourth central moment.

    Example:
        >>> moments(np.array([1.0, 3.0]))
        {'count': 2, 'mean': 2.0, 'variance': 1.0, 'fourth': 1.0}
    """
    values = np.asarray(values, np.float64)
    apart = values - values.mean(axis=axis, keepdims=True)
    found = {
        "mean": values.mean(axis=axis),
        "variance": (apart**2).mean(axis=axis),
        "fourth": (apart**4).mean(axis=axis),
    }
    count = values.size if axis is None else values.shape[axis]
    return {"count": count, **{name: array.tolist() for name, array in found.items()}}
