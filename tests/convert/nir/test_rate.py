"""One neuron, one file, one rate: the test on which other libraries disagree."""

import jax.numpy as jnp
import nir
import numpy as np
import pytest

import ranvier as rv
from ranvier.convert.nir import read_nir

# tau 20 ms, R 1, threshold 1, a drive of 2: a spike every 20 ln 2 = 13.86 ms, 72.1 per second.
BETWEEN_MS = 20 * np.log(2)


def graph():
    one = np.ones(1)
    return nir.NIRGraph.from_list(
        nir.Linear(np.ones((1, 1))),
        nir.LIF(tau=0.02 * one, r=one, v_leak=0 * one, v_threshold=one, v_reset=0 * one),
    )


@pytest.mark.parametrize("time_step_ms", [1.0, 0.1, 0.01])
def test_each_spike_comes_within_one_step_of_where_it_is_due(time_step_ms):
    model = read_nir(graph(), time_step_ms=time_step_ms, time_unit="s", reset="zero").model
    steps = round(1000 / time_step_ms)
    spikes = np.flatnonzero(rv.run(model, jnp.full((steps, 1), 2.0))[1]) + 1
    between = np.diff(np.concatenate([[0], spikes])) * time_step_ms
    assert np.all(between >= BETWEEN_MS - 1e-6 * time_step_ms)
    assert np.all(between <= BETWEEN_MS + time_step_ms)
    exact, latest = 1000 / BETWEEN_MS, 1000 / (BETWEEN_MS + time_step_ms)
    assert np.floor(latest) <= len(spikes) <= exact
    assert len(spikes) == {1.0: 71, 0.1: 71, 0.01: 72}[time_step_ms]


def test_the_exact_solution_without_steps_is_72():
    assert round(1000 / BETWEEN_MS, 1) == 72.1
