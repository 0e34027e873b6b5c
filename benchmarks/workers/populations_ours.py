"""The networks of populations in ranvier."""

import time

import jax
import numpy as np

from benchmarks.workers.populations import (
    EXCITATORY,
    PROBABILITY,
    STEPS,
    TIME_STEP_MS,
    UNITS,
    WEIGHTS,
    Run,
    serve,
    start,
)
from ranvier.core import Neuron
from ranvier.nets import Population, Projection, simulate
from ranvier.neurons import ConductanceLIF, CurrentLIF, ExponentialKernel, Refractory
from ranvier.synapses import Sparse

PORTS = {"excitatory": slice(0, EXCITATORY), "inhibitory": slice(EXCITATORY, UNITS)}


def neuron(network: str) -> Neuron:
    """One of the two, for all units."""
    if network == "coba":
        inner = ConductanceLIF(UNITS, time_step_ms=TIME_STEP_MS, discretisation="euler")
        return Refractory(inner, period_ms=5.0)
    inner = CurrentLIF(
        UNITS,
        tau_membrane_ms=20.0,
        excitatory=ExponentialKernel(5.0),
        inhibitory=ExponentialKernel(10.0),
        time_step_ms=TIME_STEP_MS,
        threshold=-50.0,
        reset_potential=-60.0,
        resting_potential=-49.0,
    )
    return Refractory(inner, period_ms=5.0)


def prepare(network: str, dtype: str = "float64") -> Run:
    """A run of a network with connections and start of its own."""
    unit = neuron(network)

    def run(seed: int) -> tuple[float, np.ndarray, np.ndarray]:
        keys = jax.random.split(jax.random.key(seed), 2)
        projections = [
            Projection(
                port,
                Sparse.random(
                    pre.stop - pre.start, UNITS, probability=PROBABILITY, key=key, weight=weight
                ),
                pre=pre,
            )
            for (port, pre), key, weight in zip(PORTS.items(), keys, WEIGHTS[network], strict=True)
        ]
        population = Population(unit, projections)
        state = population.init(dtype).neuron
        values = dict(zip(("v", *PORTS), start(network, np.random.default_rng(seed)), strict=True))
        state = state._replace(neuron=state.neuron._replace(**values))
        # What a population needs once, it gets here.
        simulate(population, 1, state=state, dtype=dtype)
        started = time.process_time()
        record = simulate(population, STEPS, state=state, dtype=dtype)
        return time.process_time() - started, record.spike_times_ms, record.spike_units

    return run


if __name__ == "__main__":
    serve(prepare, ("ranvier", "jax", "numba", "numpy"))
