"""ranvier as in `ours`, with dense products that skip what is silent."""

from __future__ import annotations

from typing import Any

from benchmarks.workers import ours
from benchmarks.workers.protocol import serve
from ranvier.nets import event_driven


def build(asked: Any) -> Any:
    return ours.build(asked, lambda shape: event_driven(ours.network(shape)))


if __name__ == "__main__":
    serve(build, (*ours.PACKAGES, "numba"))
