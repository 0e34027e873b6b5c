"""Files of events as ranvier reads them."""

from __future__ import annotations

from typing import Any

from benchmarks.events_plan import described
from benchmarks.workers.protocol import Task, serve
from ranvier.data.events import _compiled, read


def build(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    """Reading the file once, into the form in which it is used."""
    usual = 8_000_000
    _compiled.LEAST_BYTES = 1 << 60 if asked["reader"] == "NumPy alone" else usual

    def task() -> None:
        read(asked["path"])

    return task, described(*read(asked["path"]).columns)


if __name__ == "__main__":
    serve(build, ("ranvier", "numpy", "numba"))
