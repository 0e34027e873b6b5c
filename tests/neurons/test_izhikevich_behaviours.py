"""The twenty published behaviours: how many spikes, and when the first one."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import Izhikevich, izhikevich_behaviours
from tests.neurons.simulate import simulate, spike_times

pytestmark = pytest.mark.usefixtures("float64")
# Spikes, first spike in ms.
ROWS = {
    "tonic spiking": (5, 13.0),
    "phasic spiking": (1, 43.75),
    "tonic bursting": (28, 25.0),
    "phasic bursting": (6, 39.0),
    "mixed mode": (6, 20.0),
    "spike frequency adaptation": (6, 10.25),
    "class 1 excitability": (10, 84.5),
    "class 2 excitability": (14, 105.75),
    "spike latency": (1, 26.6),
    "subthreshold oscillations": (1, 26.5),
    "resonator": (1, 338.0),
    "integrator": (1, 20.0),
    "rebound spike": (1, 68.0),
    "rebound burst": (7, 68.0),
    "threshold variability": (1, 93.25),
    "bistability": (5, 45.25),
    "depolarizing after-potential": (1, 11.3),
    "accommodation": (1, 311.5),
    "inhibition-induced spiking": (3, 94.5),
    "inhibition-induced bursting": (12, 86.5),
}
CONSTANTS = ("linear", "constant", "recovery_offset_mV", "recovery_leak")


@functools.cache
def spikes_at(time_step_ms):
    """All behaviours with one step as the units of one neuron, as long as the longest."""
    standard = Izhikevich(1)
    chosen = {
        name: behaviour
        for name, behaviour in izhikevich_behaviours.items()
        if behaviour.parameters["time_step_ms"] == time_step_ms
    }
    rows = []
    for behaviour in chosen.values():
        row = {**{name: getattr(standard, name) for name in CONSTANTS}, **behaviour.parameters}
        rows.append({"start_u": row["b"] * row["start_mV"], **row})
    columns = {name: jnp.array([row[name] for row in rows]) for name in rows[0]}
    unit = Izhikevich(len(rows), **{**columns, "time_step_ms": time_step_ms})
    longest = max(len(behaviour.times_ms) for behaviour in chosen.values())
    currents = np.zeros((longest, len(rows)))
    for index, behaviour in enumerate(chosen.values()):
        currents[: len(behaviour.times_ms), index] = behaviour.current(behaviour.times_ms)
    states = simulate(unit, jnp.asarray(currents))
    found = {}
    for index, (name, behaviour) in enumerate(chosen.items()):
        times = spike_times(unit, states, index)
        found[name] = times[times <= behaviour.duration_ms]
    return found


def spikes(name):
    return spikes_at(izhikevich_behaviours[name].parameters["time_step_ms"])[name]


def test_all_twenty_panels_in_order():
    panels = "".join(behaviour.panel for behaviour in izhikevich_behaviours.values())
    assert panels == "ABCDEFGHIJKLMNOPQRST" and list(ROWS) == list(izhikevich_behaviours)


@pytest.mark.parametrize("name", ROWS)
def test_count_and_first_spike(name):
    found = spikes(name)
    assert len(found) == ROWS[name][0]
    assert found[0] == pytest.approx(ROWS[name][1], abs=1e-9)


def test_bistability_is_switched_off():
    """The second pulse, from 216 ms, stops the train: 208 ms is the last spike."""
    assert spikes("bistability")[-1] == pytest.approx(208)


def test_each_is_built_from_its_parameters_alone():
    for behaviour in izhikevich_behaviours.values():
        assert Izhikevich(1, **behaviour.parameters).c == behaviour.parameters["c"]
    # The variants, which hide among twenty rows.
    assert Izhikevich(1, **izhikevich_behaviours["integrator"].parameters).linear == 4.1
    assert Izhikevich(1, **izhikevich_behaviours["class 1 excitability"].parameters).constant == 108
    assert Izhikevich(1, **izhikevich_behaviours["accommodation"].parameters).recovery_leak == 0


def test_behaviours_cannot_be_changed():
    with pytest.raises(TypeError):
        izhikevich_behaviours["resonator"].parameters["a"] = 0.0
