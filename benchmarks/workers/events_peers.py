"""Files of events as expelliarmus, faery, tonic, aedat and evlib read them, by documented calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workers.protocol import Task, serve

Columns = tuple[Any, Any, Any, Any]


def expelliarmus(asked: dict[str, Any]) -> Callable[[], Columns]:
    from expelliarmus import Wizard

    wizard = Wizard(encoding=asked["format"])

    def task() -> Columns:
        found = wizard.read(asked["path"])
        return found["t"], found["x"], found["y"], found["p"]

    return task


def faery(asked: dict[str, Any]) -> Callable[[], Columns]:
    import faery

    def task() -> Columns:
        found = np.concatenate(list(faery.events_stream_from_file(asked["path"])))
        return found["t"], found["x"], found["y"], found["on"]

    return task


def aedat(asked: dict[str, Any]) -> Callable[[], Columns]:
    import aedat

    def task() -> Columns:
        packets = [p["events"] for p in aedat.Decoder(asked["path"]) if "events" in p]
        found = np.concatenate(packets)
        return found["t"], found["x"], found["y"], found["on"]

    return task


def evlib(asked: dict[str, Any]) -> Callable[[], Columns]:
    import evlib

    def task() -> Columns:
        found = evlib.load_events(asked["path"]).collect()
        t = found["t"].to_physical().to_numpy()
        return t, found["x"].to_numpy(), found["y"].to_numpy(), found["polarity"].to_numpy()

    return task


def tonic(asked: dict[str, Any]) -> Callable[[], Columns]:
    import tonic.io

    kind = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])
    calls = {
        "n-mnist": lambda: tonic.io.read_mnist_file(asked["path"], kind),
        "aedat2": lambda: (
            tonic.io.read_davis_346(asked["path"])[1]
            if asked["width"] == 346
            else tonic.io.read_dvs_128(asked["path"])[1]
        ),
        "aedat3": lambda: tonic.io.read_dvs_ibm(asked["path"])[1],
    }

    def task() -> Columns:
        found = calls[asked["format"]]()
        return found["t"], found["x"], found["y"], found["p"]

    return task


READERS = {f.__name__: f for f in (expelliarmus, faery, aedat, evlib, tonic)}


def described(t: Any, x: Any, y: Any, p: Any) -> dict[str, Any]:
    """As of `benchmarks.events_plan`, which needs ranvier."""
    t, x, y, p = (np.asarray(column) for column in (t, x, y, p))
    on = p > 0
    ends = [[int(t[k]), int(x[k]), int(y[k]), int(on[k])] for k in (0, -1)]
    box = [int(v) for v in (x.min(), y.min(), x.max(), y.max())]
    return {"count": len(t), "first": ends[0], "last": ends[1], "box": box, "on": int(on.sum())}


def build(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    """Reading the file once, into arrays that NumPy holds."""
    read = READERS[asked["reader"]](asked)
    return lambda: (read(), None)[1], described(*read())


if __name__ == "__main__":
    serve(build, (*READERS, "numpy"))
