"""The networks that the simulators of populations are given, and what is asked of a run."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

UNITS, EXCITATORY, PROBABILITY = 4000, 3200, 0.02
TIME_STEP_MS, DURATION_MS, SETTLED_MS = 0.1, 1000.0, 200.0
STEPS = round(DURATION_MS / TIME_STEP_MS)
# Brette et al., J. Comput. Neurosci. 23 (2007): benchmarks 2 and 1. Weights of CUBA in mV, of
# COBA in units of the leak conductance.
WEIGHTS = {"cuba": (60 * 0.27 / 10, -20 * 4.5 / 10), "coba": (0.6, 6.7)}

# Runs once: processor seconds of the time loop alone, spike times in ms, and the units that spiked.
# Brian2's own clock counts these; with one thread they are what an idle machine's clock shows.
Run = Callable[[int], tuple[float, np.ndarray, np.ndarray]]
# The step of each spike, the units that spiked, and all membranes in mV at the end.
Once = tuple[np.ndarray, np.ndarray, np.ndarray]


def start(network: str, rng: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Membranes in mV, and both currents or conductances, from which a network starts."""
    if network == "cuba":
        return rng.uniform(-60, -50, UNITS), np.zeros(UNITS), np.zeros(UNITS)
    v, excitatory, inhibitory = rng.standard_normal((3, UNITS))
    return -60 + 5 * v - 5, 1.5 * excitatory + 4, 12 * inhibitory + 20


def drawn(network: str) -> tuple[np.ndarray, ...]:
    """One network for all: who reaches whom, and from where the variables start, as in `start`.

    Drawn by the generator of NumPy whose numbers never change.
    """
    rng: Any = np.random.RandomState(1)
    pre, post = np.nonzero(rng.random_sample((UNITS, UNITS)) < PROBABILITY)
    return pre, post, *start(network, rng)


def windows(steps: np.ndarray, units: np.ndarray) -> dict[str, list[Any]]:
    """How many spikes there were in each 100 ms, and a digest of which."""
    order = np.lexsort((units, steps))
    spikes = np.stack([steps, units], -1)[order].astype("<i4")
    cuts = np.searchsorted(spikes[:, 0], np.arange(1, 10) * STEPS // 10)
    parts = np.split(spikes, cuts)
    return {
        "spikes": [len(part) for part in parts],
        "digests": [hashlib.sha256(part.tobytes()).hexdigest()[:16] for part in parts],
    }


def statistics(times_ms: np.ndarray, units: np.ndarray) -> dict[str, float | None]:
    """Mean and spread of the rates, how irregular the intervals are, and how much units do at once.

    All is taken once the network has settled. One that has fallen silent by then, as COBA sometimes
    does, has no such intervals. The Fano factor is that of the number of all spikes in 1 ms: 1 for
    units that know nothing of each other.
    """
    settled = times_ms >= SETTLED_MS
    times_ms, units = times_ms[settled], units[settled]
    rates = np.bincount(units, minlength=UNITS) / (DURATION_MS - SETTLED_MS) * 1e3
    edges = np.arange(SETTLED_MS, DURATION_MS + 1) - TIME_STEP_MS / 2
    together, _ = np.histogram(times_ms, edges)
    return {
        "rate_Hz": float(rates.mean()),
        "rate_sd_Hz": float(rates.std()),
        "cv_isi": irregularity(times_ms, units, UNITS),
        "fano": float(together.var() / together.mean()) if len(units) else None,
    }


def irregularity(times_ms: np.ndarray, units: np.ndarray, count: int) -> float | None:
    """Mean coefficient of variation of the intervals, of units with five spikes or more."""
    order = np.lexsort((times_ms, units))
    ends = np.cumsum(np.bincount(units, minlength=count))[:-1]
    intervals = map(np.diff, np.split(times_ms[order], ends))
    irregular = [np.std(d) / np.mean(d) for d in intervals if len(d) >= 4]
    return float(np.mean(irregular)) if irregular else None


def serve(
    prepare: Callable[[str], Run],
    packages: tuple[str, ...],
    describe: Callable[[np.ndarray, np.ndarray], dict[str, Any]] = statistics,
    once: Callable[[str], Once] | None = None,
) -> None:
    """Answer the runner, one JSON object per line, until it goes away.

    Args:
        prepare: a network by its name.
        packages: whose versions are told.
        describe: what is told of a run, from its spike times in ms and the units that spiked.
        once: simulates the one network that `drawn` draws for all.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    runs: dict[str, Run] = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            network = request["network"]
            if request["command"] == "prepare":
                started = time.perf_counter()
                runs[network] = prepare(network)
                runs[network](0)
                answer: dict[str, Any] = {
                    "start_up_seconds": time.perf_counter() - started,
                    "packages": {name: version(name) for name in packages},
                }
            elif request["command"] == "once" and once is not None:
                steps, units, v = once(network)
                answer = {**windows(steps, units), "v_mV": v.tolist()}
            else:
                seconds, times_ms, units = runs[network](request["seed"])
                answer = {"seconds": seconds, "spikes": len(units), **describe(times_ms, units)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
