"""The benchmark measures what it says."""

import pytest


def test_every_neuron_and_kind_of_event_is_measured():
    benchmark = pytest.importorskip("benchmarks.odin", reason="the benchmarks are not there")
    rows = benchmark.measured(2_000, 1, ways=(False,))
    assert [(row.neuron, row.events) for row in rows] == [
        (neuron, events)
        for neuron in ("LIF", "Izhikevich")
        for events in ("spikes", "single synapses")
    ]
    assert all(row.millions > 0 for row in rows)
