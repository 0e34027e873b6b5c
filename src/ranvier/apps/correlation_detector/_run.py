"""Let every kind of synapses hear correlated streams, one neuron and a layer of them."""

import dataclasses
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import cost_told
from ranvier.apps._held import source_told
from ranvier.apps._pulse_energies import programming
from ranvier.apps._resumable import OnPart, claim, kept_arrays, leave, leave_arrays, made_with
from ranvier.apps.correlation_detector._detector import (
    Watched,
    drawn,
    level_of_noise,
    levels_of_groups,
    watch,
)
from ranvier.apps.correlation_detector._measures import (
    d_prime,
    quantiles,
    rightly_taken,
    smallest_detected,
)
from ranvier.apps.correlation_detector._report import write_report
from ranvier.apps.correlation_detector._settings import Settings
from ranvier.apps.correlation_detector._synapses import DEVICES
from ranvier.core import only_writer
from ranvier.hardware.devices import pcm_one_sided

_LIBRARIES = ("ranvier", "jax", "equinox", "numpy")
SOURCE = (
    "Pantazi et al., Nanotechnology 27:355205 (2016), for the task, neurons "
    "and synapses of phase-change memory and level-tuned neurons; its sizes and numbers are not at "
    "hand: sizes, levels and their precedence, and all numbers of the neuron are ours. Devices: "
    f"{pcm_one_sided().source.text}"
)


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Measure from which correlation on a group of streams is told from the rest.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run correlation-detector`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        parts = _Parts(folder, settings, progress or (lambda what, done, total: None))
        arrays: dict[str, np.ndarray] = {}
        result = {
            "experiment": "correlation-detector",
            "source": SOURCE,
            "settings": dataclasses.asdict(settings),
            "devices": [source_told(pcm_one_sided().source)],
            "levels": {"one": level_of_noise(settings), "groups": levels_of_groups(settings)},
            "kinds": {kind: _judged(kind, parts, arrays) for kind in settings.synapses},
            **made_with(_LIBRARIES),
        }
        shown = drawn(settings, (settings.group,), settings.correlation)[0]
        arrays |= {"events": shown.events, "group": shown.group}
        arrays["groups"] = drawn(settings, settings.groups, settings.groups_correlation)[0].group
        leave_arrays(folder / "recordings.npz", arrays)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


class _Parts:
    """The parts of a run, each kept in a file of its own once it is there."""

    def __init__(self, folder: Path, settings: Settings, say: OnPart) -> None:
        self.folder, self.settings, self._say, self._done = folder, settings, say, 0
        self.total = len(settings.synapses) * (len(settings.correlations) + 1)

    def one(self, kind: str, correlation: float) -> Watched:
        """A neuron that hears one group."""
        settings = self.settings
        return self._kept(
            f"{kind}-{correlation:g}",
            lambda: watch(
                kind,
                settings,
                [level_of_noise(settings)],
                drawn(settings, (settings.group,), correlation),
            ),
        )

    def layer(self, kind: str) -> Watched:
        """A layer that hears several groups."""
        settings = self.settings
        return self._kept(
            f"{kind}-groups",
            lambda: watch(
                kind,
                settings,
                levels_of_groups(settings),
                drawn(settings, settings.groups, settings.groups_correlation),
            ),
        )

    def _kept(self, name: str, compute: Callable[[], Watched]) -> Watched:
        self._say(name, self._done, self.total)
        self._done += 1
        return kept_arrays(self.folder / "parts" / f"{name}.npz", Watched, compute)


def _judged(kind: str, parts: _Parts, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Measures of one kind of synapses; what figures show goes to the arrays."""
    settings = parts.settings
    inside = np.arange(settings.streams) < settings.group
    found = [parts.one(kind, correlation) for correlation in settings.correlations]
    apart = np.stack([d_prime(one.weight[:, 0], inside) for one in found])
    shown = found[settings.correlations.index(settings.correlation)]
    arrays |= {
        f"{kind}/d_prime": apart,
        f"{kind}/weight": shown.weight[0, 0],
        f"{kind}/means": shown.means[:, :, 0],
        f"{kind}/fired": shown.fired[0, :, 0],
    }
    weights = DEVICES[kind] * settings.streams
    set_pulses, reset_pulses = (shown.pulses.mean(0) * settings.streams).tolist()
    return {
        "d_prime": [quantiles(row) for row in apart],
        "mean_d_prime": apart.mean(1).tolist(),
        "deviation": apart.std(1, ddof=1).tolist(),
        "smallest_detected": smallest_detected(list(settings.correlations), apart),
        "rightly_taken": [quantiles(rightly_taken(w.weight[:, 0], inside)) for w in found],
        "spikes": [float(one.fired.sum((1, 2)).mean()) for one in found],
        "weight_of_group": float(shown.weight[:, 0, inside].mean()),
        "weight_of_rest": float(shown.weight[:, 0, ~inside].mean()),
        "devices": weights,
        "set_per_device": set_pulses / max(weights, 1),
        "reset_per_device": reset_pulses / max(weights, 1),
        "programming": [cost_told(cost) for cost in programming(set_pulses, reset_pulses)],
        "groups": _told_apart(kind, parts, arrays),
    }


def _told_apart(kind: str, parts: _Parts, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Which neuron came to hear which group."""
    groups = parts.settings.groups
    found, bounds = parts.layer(kind), np.cumsum((0, *groups))
    streams = np.arange(parts.settings.streams)
    insides = [(streams >= low) & (streams < high) for low, high in pairwise(bounds)]
    arrays[f"{kind}/layer"] = found.weight[0]
    # Mean weight of every group in every neuron: which one is heaviest?
    means = found.means[:, -1, :, : len(groups)]
    own = means.argmax(-1) == np.arange(len(groups))
    return {
        "mean_weights": found.means[:, -1].mean(0).tolist(),
        "d_prime": [quantiles(d_prime(found.weight[:, n], one)) for n, one in enumerate(insides)],
        "specialised": float(own.all(-1).mean()),
        "spikes": found.fired.sum(1).mean(0).tolist(),
    }
