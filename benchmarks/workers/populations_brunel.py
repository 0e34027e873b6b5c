"""The four states of Brunel's network in ranvier, at full size."""

from __future__ import annotations

import time
from typing import Any

import jax
import numpy as np

from benchmarks.workers.populations import TIME_STEP_MS, Run, irregularity, serve
from ranvier.nets import PoissonInput, Population, Projection, simulate
from ranvier.neurons import LIF, Refractory
from ranvier.synapses import Delayed, Sparse

EXCITATORY, INHIBITORY, PROBABILITY = 10_000, 2_500, 0.1
UNITS, FROM_OUTSIDE = EXCITATORY + INHIBITORY, 1000
# Brunel, J. Comput. Neurosci. 8 (2000): figure 8. How much stronger inhibition is, and the rate
# from outside as a multiple of the one that alone brings a neuron to its threshold.
STATES = {"A": (3.0, 2.0), "B": (6.0, 4.0), "C": (5.0, 2.0), "D": (4.5, 0.9)}
JUMP_MV, TAU_MS, THRESHOLD_MV, RESET_MV, PERIOD_MS, DELAY_MS = 0.1, 20.0, 20.0, 10.0, 2.0, 1.5
DURATION_MS, SETTLED_MS, RECORDED = 1200.0, 200.0, 1000


def prepare(state: str) -> Run:
    """A run of one state, with connections and input of its own.

    The membrane is counted from its reset, so that rest lies below zero. What arrives is added
    before the leak, as in Brian2: hence the weight.
    """
    inhibition, outside = STATES[state]
    lif = LIF(
        UNITS,
        tau_membrane_ms=TAU_MS,
        time_step_ms=TIME_STEP_MS,
        threshold=THRESHOLD_MV - RESET_MV,
    )
    neuron = Refractory(lif, PERIOD_MS, counted="next_step")
    weight = JUMP_MV * float(lif.decay / lif.gain)
    alone_Hz = THRESHOLD_MV / (JUMP_MV * FROM_OUTSIDE * TAU_MS * 1e-3)
    given = PoissonInput("dendrite", rate_Hz=outside * alone_Hz, count=FROM_OUTSIDE, weight=weight)
    kinds = ((slice(0, EXCITATORY), weight), (slice(EXCITATORY, UNITS), -inhibition * weight))

    def run(seed: int) -> tuple[float, np.ndarray, np.ndarray]:
        projections = [
            Projection(
                "dendrite",
                Delayed(
                    Sparse.random(
                        pre.stop - pre.start, UNITS, probability=PROBABILITY, key=key, weight=jump
                    ),
                    round(DELAY_MS / TIME_STEP_MS),
                ),
                pre=pre,
            )
            for (pre, jump), key in zip(kinds, jax.random.split(jax.random.key(seed)), strict=True)
        ]
        population = Population(neuron, projections, [given], {"dendrite": -RESET_MV})
        start = population.init("float64").neuron
        start = start._replace(neuron=start.neuron._replace(v=np.full(UNITS, -RESET_MV)))
        simulate(population, 1, state=start, seed=seed, dtype="float64")
        started = time.process_time()
        steps = round(DURATION_MS / TIME_STEP_MS)
        record = simulate(population, steps, state=start, seed=seed, dtype="float64")
        return time.process_time() - started, record.spike_times_ms, record.spike_units

    return run


def describe(times_ms: np.ndarray, units: np.ndarray) -> dict[str, Any]:
    """What is told of a state: of its first thousand units, once settled."""
    chosen = (times_ms >= SETTLED_MS) & (units < RECORDED)
    times_ms, units = times_ms[chosen], units[chosen]
    seconds = (DURATION_MS - SETTLED_MS) * 1e-3
    steps = np.rint((times_ms - SETTLED_MS) / TIME_STEP_MS).astype(int)
    number = np.bincount(steps, minlength=round(seconds * 1e3 / TIME_STEP_MS))
    per_ms = number.reshape(-1, round(1 / TIME_STEP_MS)).sum(1)
    power = np.abs(np.fft.rfft(number - number.mean())) ** 2
    return {
        "rate_Hz": len(units) / RECORDED / seconds,
        "cv_isi": irregularity(times_ms, units, RECORDED),
        "population_sd_Hz": float(per_ms.std() / RECORDED * 1e3),
        "peak_Hz": float(np.argmax(power) / seconds),
    }


if __name__ == "__main__":
    serve(prepare, ("ranvier", "jax", "numba", "numpy"), describe)
