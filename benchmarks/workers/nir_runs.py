"""A worker's side of the NIR comparison: files in, spikes out, as arrays in a common folder."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nir
import numpy as np

from benchmarks.workers.protocol import Task, serve

# `(file, input [time, batch, ...], step in the unit of the file, options) -> spikes`.
Run = Callable[[str, np.ndarray, float, dict[str, Any]], np.ndarray]
# `(input [time, batch, units]) -> (its spikes, its export)`.
Own = Callable[[np.ndarray], tuple[np.ndarray, Any]]


def serve_nir(run: Run, own: Mapping[str, Own], packages: tuple[str, ...]) -> None:
    """Answer the runner.

    Args:
        run: imports a graph by the library's own importer and runs it, one step after the other.
        own: name of a neuron to what builds it in the library, runs it and exports it.
        packages: distributions whose versions the report names.
    """
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)

    def work(asked: dict[str, Any]) -> dict[str, Any]:
        xs = np.load(asked["input"])
        if asked["kind"] == "own":
            ys, graph = own[asked["neuron"]](xs.astype(np.float32))
            np.save(asked["output"], ys)
            nir.write(asked["file"], graph)
            return {}
        xs = xs.astype(np.float32)
        np.save(asked["output"], run(asked["file"], xs, asked["step"], asked["options"]))
        return {}

    def build(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
        Path(asked["output"]).unlink(missing_ok=True)
        try:
            found = work(asked)
        except Exception as error:
            said = str(error).strip().splitlines() or [""]
            found = {"refused": f"{type(error).__name__}: {said[0]}"}
        return lambda: None, found

    serve(build, packages)
