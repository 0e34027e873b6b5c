"""Convert a network, prove it on test images, and try it on imperfect hardware."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import OnPart, claim, leave, leave_arrays, made_with
from ranvier.apps.conversion._inputs import Shown, images_for, network_of
from ranvier.apps.conversion._rates import SOURCE as RATES_SOURCE
from ranvier.apps.conversion._rates import rates_of
from ranvier.apps.conversion._report import write_report
from ranvier.apps.conversion._settings import Settings
from ranvier.apps.conversion._spike_times import SOURCE as SPIKE_TIMES_SOURCE
from ranvier.apps.conversion._spike_times import spike_times_of
from ranvier.apps.conversion._sweeps import EFFECTS
from ranvier.core import only_writer

_LIBRARIES = ("ranvier", "jax", "numpy", "scipy")
SOURCES = {"ttfs": SPIKE_TIMES_SOURCE, "rate": RATES_SOURCE}
_PARTS = {
    "ttfs": lambda settings: 4 + sum(len(getattr(settings, name)) for name in EFFECTS),
    "rate": lambda settings: 4 + len(settings.weight_bits) + len(settings.noise),
}


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnPart | None = None,
    report: bool = True,
) -> dict[str, Any]:
    """Turn the network of a file into one of single spikes, and compare every answer.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: begin anew in a folder whose run was interrupted.
        progress: see `OnPart`.
        report: write the page; without, `write_report` makes it later of what is recorded.

    Returns:
        What `result.json` holds.

    Raises:
        FileNotFoundError: there is no such network.
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: a network that cannot be converted (node and reason are named), data that do
            not fit it, or a folder with other settings.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier convert`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        say = progress or (lambda *_: None)
        total = _PARTS[settings.to](settings)
        say("reading", 0, total)
        read = network_of(settings)
        learn, judge = images_for(settings, read.network.in_shape)
        if settings.shown >= len(judge.x):
            raise ValueError(f"shown is {settings.shown}, but there are {len(judge.x)} images.")
        drawn, some = judge.x[settings.shown], slice(settings.judged or None)
        judge = Shown(judge.x[some], judge.labels[some])
        result: dict[str, Any] = {
            "experiment": "convert",
            "source": SOURCES[settings.to],
            "settings": dataclasses.asdict(settings),
            "notes": list(read.notes),
            "file": read.source,
        }
        recorded: dict[str, np.ndarray] = {}
        ways = {"ttfs": spike_times_of, "rate": rates_of}
        say("converting", 1, total)
        for done, (what, found, arrays) in enumerate(
            ways[settings.to](settings, read, learn, judge, drawn), start=2
        ):
            say(what, done, total)
            result |= found
            recorded |= arrays
        leave_arrays(folder / "recordings.npz", recorded)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result | made_with(_LIBRARIES))
        if report:
            write_report(folder)
    return result
