"""What readers of event files are compared on: which files, who reads them, what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.data.events import Events, write

RATE_HZ = 5_000_000
PIECE = 1_000_000
# A file of so many events is read in less than the time that opening it takes, or not much more.
SMALL = 2_000

# Who says that it reads a format; what comes of it is measured.
READERS = {
    "evt2": ("expelliarmus", "faery", "evlib"),
    "evt21": ("evlib",),
    "evt3": ("expelliarmus", "faery", "evlib"),
    "dat": ("expelliarmus", "faery", "evlib"),
    "es": ("faery",),
    "n-mnist": ("tonic",),
    "text": ("evlib",),
    "aedat2": ("tonic", "evlib"),
    "aedat3": ("tonic", "evlib"),
    "aedat4": ("aedat", "faery", "evlib"),
}
# These have loops that Numba compiles; NumPy alone is measured, too.
COMPILED = ("evt2", "evt21", "evt3")


@dataclass(frozen=True)
class File:
    """A file that everyone reads: one of the data folder, or one that is generated.

    Args:
        name: what tables call it.
        format: of `ranvier.data.events.catalogue`.
        path: below the folder of recordings, or below the folder of generated files.
        events: how many are generated; 0 for a recording.
        width: columns of the sensor that events are drawn on.
        height: rows of it.
        small: whether it counts what is done once per file.
    """

    name: str
    format: str
    path: str
    events: int = 0
    width: int = 640
    height: int = 480
    small: bool = False


RECORDED = (
    File("EVT 2.0, VGA", "evt2", "formats/evt2_sample.raw"),
    File("EVT 3.0, HD", "evt3", "formats/evt3_sample.raw"),
    File("DAT, N-CARS", "dat", "formats/sample_ncars.dat", small=True),
    File("Event Stream", "es", "formats/dvs.es"),
    File("N-MNIST", "n-mnist", "nmnist/sample_nmnist.bin", small=True),
    File("text, slider", "text", "slider_depth/events_chunk.txt"),
    File("AEDAT 2.0, DVS128", "aedat2", "formats/dvs128_pendulo2.aedat"),
    File("AEDAT 4", "aedat4", "formats/sample.aedat4"),
)


def generated(events: int) -> tuple[File, ...]:
    """Files of random events, one per format; of many events, a tenth as many lines of text.

    Args:
        events: in each.

    Example:
        >>> [file.events for file in generated(50_000) if file.format in ("evt2", "text")]
        [50000, 5000]
    """
    small = events <= SMALL
    sensors = {"aedat2": (346, 260), "n-mnist": (240, 180)}
    suffixes = {"n-mnist": "bin", "text": "txt", "es": "es", "dat": "dat", "aedat4": "aedat4"}
    suffixes |= {
        name: "aedat" if name.startswith("aedat") else "raw" for name in READERS
    } | suffixes
    return tuple(
        File(
            f"{name}, small" if small else f"{name}, generated",
            name,
            f"{name}.{suffixes[name]}",
            events // 10 if name == "text" and not small else events,
            *sensors.get(name, (640, 480)),
            small,
        )
        for name in READERS
    )


def pieces(file: File) -> Iterator[Events]:
    """The events of a generated file: uniform over sensor, polarity and time."""
    random = np.random.default_rng(1)
    last = 0
    for begin in range(0, file.events, PIECE):
        count = min(PIECE, file.events - begin)
        span = max(1, count * 1_000_000 // RATE_HZ)
        t = np.sort(random.integers(0, span, count)) + last
        x, y, p = (random.integers(0, most, count) for most in (file.width, file.height, 2))
        last = int(t[-1])
        yield Events(t, x, y, p, width=file.width, height=file.height)


def make(file: File, folder: Path) -> dict[str, Any]:
    """Write a generated file; what a reader should find in it."""
    parts = []

    def noted() -> Iterator[Events]:
        for part in pieces(file):
            parts.append(described(*part.columns))
            yield part

    write(folder / file.path, noted(), format=file.format)
    return together(parts)


def described(t: Any, x: Any, y: Any, p: Any) -> dict[str, Any]:
    """What is compared of a reading: count, first and last event, bounding box, ON events.

    Args:
        t: times in microseconds.
        x: columns.
        y: rows.
        p: polarity, where more than 0 is ON.

    Example:
        >>> described([5, 9], [1, 4], [2, 2], [0, 1])["box"]
        [1, 2, 4, 2]
    """
    t, x, y, p = (np.asarray(column) for column in (t, x, y, p))
    on = p > 0
    ends = [[int(t[k]), int(x[k]), int(y[k]), int(on[k])] for k in (0, -1)]
    box = [int(v) for v in (x.min(), y.min(), x.max(), y.max())]
    return {"count": len(t), "first": ends[0], "last": ends[1], "box": box, "on": int(on.sum())}


def together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Descriptions of pieces as one.

    Example:
        >>> one = described([5], [1], [2], [0])
        >>> together([one, described([9], [0], [7], [1])])["box"]
        [0, 2, 1, 7]
    """
    boxes = np.array([part["box"] for part in parts])
    box = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
    return {
        "count": sum(part["count"] for part in parts),
        "first": parts[0]["first"],
        "last": parts[-1]["last"],
        "box": box,
        "on": sum(part["on"] for part in parts),
    }


def differs(found: dict[str, Any], truth: dict[str, Any]) -> list[str]:
    """What of a reading is not as it should be.

    Example:
        >>> truth = described([5, 9], [1, 4], [2, 2], [0, 1])
        >>> differs(described([5, 8], [1, 4], [2, 2], [0, 1]), truth)
        ['last event']
        >>> differs(truth, truth)
        []
    """
    names = {
        "count": "number of events",
        "first": "first event",
        "last": "last event",
        "box": "bounding box",
        "on": "polarity",
    }
    return [named for key, named in names.items() if found[key] != truth[key]]


def request(file: File, folder: Path, reader: str) -> dict[str, Any]:
    """What a worker is asked for."""
    return {**asdict(file), "path": str(folder / file.path), "reader": reader}
