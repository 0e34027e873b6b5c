"""The networks that the simulators of populations are given, and what is asked of a run."""

from __future__ import annotations

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


def start(network: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Membranes in mV, and both currents or conductances, from which a network starts."""
    if network == "cuba":
        return rng.uniform(-60, -50, UNITS), np.zeros(UNITS), np.zeros(UNITS)
    v, excitatory, inhibitory = rng.standard_normal((3, UNITS))
    return -60 + 5 * v - 5, 1.5 * excitatory + 4, 12 * inhibitory + 20


def statistics(times_ms: np.ndarray, units: np.ndarray) -> dict[str, float | None]:
    """Mean and spread of the rates, and how irregular the intervals are, once settled.

    A network that has fallen silent by then, as COBA sometimes does, has no such intervals.
    """
    settled = times_ms >= SETTLED_MS
    order = np.lexsort((times_ms[settled], units[settled]))
    times_ms, units = times_ms[settled][order], units[settled][order]
    number = np.bincount(units, minlength=UNITS)
    rates = number / (DURATION_MS - SETTLED_MS) * 1e3
    intervals = np.split(times_ms, np.cumsum(number)[:-1])
    irregular = [np.std(d) / np.mean(d) for d in map(np.diff, intervals) if len(d) >= 4]
    return {
        "rate_Hz": float(rates.mean()),
        "rate_sd_Hz": float(rates.std()),
        "cv_isi": float(np.mean(irregular)) if irregular else None,
    }


def serve(prepare: Callable[[str], Run], packages: tuple[str, ...]) -> None:
    """Answer the runner, one JSON object per line, until it goes away."""
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
            else:
                seconds, times_ms, units = runs[network](request["seed"])
                answer = {"seconds": seconds, "spikes": len(units), **statistics(times_ms, units)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
