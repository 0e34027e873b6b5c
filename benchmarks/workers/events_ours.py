"""Files of events as ranvier reads them."""

from __future__ import annotations

from typing import Any

from benchmarks.events_plan import described
from benchmarks.workers.protocol import Task, serve
from ranvier.data.events import _compiled, _prophesee, read


def build(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    """Reading the file once, into the form in which it is used."""
    # Loops are loaded by the first reading, as if many files had been read before, or never.
    _compiled.LEAST_BYTES = 1 << 60 if asked["reader"] == "NumPy alone" else 0
    form = asked["format"] if asked["reader"] == "told the format" else None

    def task() -> None:
        # What is kept of the last header would be found again, because the file is the same.
        _prophesee.fields.cache_clear()
        read(asked["path"], format=form)

    return task, described(*read(asked["path"], format=form).columns)


if __name__ == "__main__":
    serve(build, ("ranvier", "numpy", "numba"))
