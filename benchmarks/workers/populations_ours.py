"""The networks of populations in ranvier."""

import time
from typing import Any, Literal

import jax
import numpy as np

from benchmarks.workers.populations import (
    EXCITATORY,
    PROBABILITY,
    STEPS,
    TIME_STEP_MS,
    UNITS,
    WEIGHTS,
    Once,
    Run,
    drawn,
    serve,
    start,
)
from ranvier.core import Neuron
from ranvier.nets import Population, Projection, simulate
from ranvier.neurons import ConductanceLIF, CurrentLIF, ExponentialKernel, Refractory
from ranvier.synapses import Sparse

Precision = Literal["float32", "float64"]
Network = tuple[Population, Any]
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


def assemble(network: str, synapses: list[Sparse], values: Any, dtype: Precision) -> Network:
    """A network of excitatory and inhibitory synapses, and the state that it starts from."""
    projections = [
        Projection(port, synapse, pre=pre)
        for (port, pre), synapse in zip(PORTS.items(), synapses, strict=True)
    ]
    population = Population(neuron(network), projections)
    state = population.init(dtype).neuron
    values = dict(zip(("v", *PORTS), values, strict=True))
    return population, state._replace(neuron=state.neuron._replace(**values))


def prepare(network: str, dtype: Precision = "float64") -> Run:
    """A run of a network with connections and start of its own."""

    def run(seed: int) -> tuple[float, np.ndarray, np.ndarray]:
        keys = jax.random.split(jax.random.key(seed), 2)
        synapses = [
            Sparse.random(
                pre.stop - pre.start, UNITS, probability=PROBABILITY, key=key, weight=weight
            )
            for pre, key, weight in zip(PORTS.values(), keys, WEIGHTS[network], strict=True)
        ]
        values = start(network, np.random.default_rng(seed))
        population, state = assemble(network, synapses, values, dtype)
        # What a population needs once, it gets here.
        simulate(population, 1, state=state, dtype=dtype)
        started = time.process_time()
        record = simulate(population, STEPS, state=state, dtype=dtype)
        return time.process_time() - started, record.spike_times_ms, record.spike_units

    return run


def once(network: str) -> Once:
    """What the network does that all simulators are given."""
    pre, post, *values = drawn(network)
    synapses = []
    for units, weight in zip(PORTS.values(), WEIGHTS[network], strict=True):
        here = (pre >= units.start) & (pre < units.stop)
        size = units.stop - units.start
        ends = pre[here] - units.start, post[here]
        synapses.append(Sparse(*ends, in_size=size, out_size=UNITS, weight=weight))
    population, state = assemble(network, synapses, values, "float64")
    record = simulate(population, STEPS, state=state, dtype="float64")
    return record.spike_steps, record.spike_units, record.state.neuron.neuron.v


if __name__ == "__main__":
    serve(prepare, ("ranvier", "jax", "numba", "numpy"), once=once)
