"""The whole chip against the hardware's own simulation, compiled and not."""

import importlib.util
import itertools

import numpy as np
import pytest

from ranvier.hardware.chips import odin
from ranvier.hardware.chips.odin import _compiled
from tests.hardware.chips.odin import golden

TRACES = [f"chip_{n:02}" for n in range(17)]
WAYS = [
    False,
    pytest.param(
        True,
        marks=pytest.mark.skipif(
            importlib.util.find_spec("numba") is None, reason="Numba is not installed"
        ),
    ),
]


@golden.needed
@pytest.mark.parametrize("compiled", WAYS, ids=["NumPy", "Numba"])
@pytest.mark.parametrize("name", TRACES)
def test_memories_outputs_and_queue_are_the_hardware_s(name, compiled):
    trace = golden.read(name)
    chip = odin.ODIN.from_memory(
        trace["neuron_words0"],
        trace["synapses0"],
        golden.configuration(trace),
        compiled=compiled,
    )
    events = trace["events"]
    snapshots = dict(zip(trace["snap_event"].tolist(), range(99), strict=False))
    state, parts, starts, lost = chip.init(), [], [], 0
    cuts = [0, *(event + 1 for event in snapshots), len(events)]
    for start, stop in itertools.pairwise(cuts):
        state, output = chip.run(state, events[start:stop])
        parts.append(output)
        starts.append(start)
        lost += output.counts.lost
        if stop - 1 in snapshots:
            k = snapshots[stop - 1]
            memories = trace["snap_neuron_words"][k], trace["snap_synapses"][k]
            golden.same_memories(stop - 1, *chip.memory(state), *memories)
    joined = [
        odin.Log(
            np.concatenate([getattr(p, kind).value for p in parts]),
            np.concatenate(
                [getattr(p, kind).cause + at for p, at in zip(parts, starts, strict=True)]
            ),
            np.concatenate([getattr(p, kind).cycle for p in parts]),
        )
        for kind in ("events", "processed")
    ]
    golden.same_log("output", joined[0], trace["out_addr"], trace["out_event"])
    golden.same_log("entry of the queue", joined[1], trace["pop_data"], trace["pop_event"])
    end = trace["neuron_words_end"], trace["synapses_end"]
    golden.same_memories(len(events) - 1, *chip.memory(state), *end)
    assert (state.flags & 1).tolist() == trace["v_up_end"].tolist()
    assert (state.flags >> 1).tolist() == trace["v_down_end"].tolist()
    if trace["kind"] == "fifo_overflow":
        # Of all spikes that the hardware sends, those that never leave its queue were lost.
        pushed = sum(e < 1 << 16 and e & 127 not in (0, 127) for e in events.tolist())
        assert lost == len(trace["out_addr"]) + pushed - len(trace["pop_data"]) > 0
    else:
        assert lost == 0


def random_chip(seed, burst_timeref, compiled):
    """Any words: legal or not, both models, bursts, learning."""
    draw = np.random.default_rng(seed)
    words = draw.integers(0, 256, (256, 16), dtype=np.uint8)
    words[:, 15] |= np.where(draw.random(256) < 0.7, 128, 0).astype(np.uint8)
    configuration = odin.Configuration(
        syn_sign=int.from_bytes(draw.bytes(32), "little"),
        burst_timeref=burst_timeref,
        sdsp_on_syn_stim=1,
        update_unmapped_syn=seed % 2,
        propagate_unmapped_syn=seed // 2 % 2,
        aer_src_ctrl_nneur=seed % 2,
    )
    synapses = draw.integers(0, 16, (256, 256), dtype=np.uint8)
    chip = odin.ODIN.from_memory(words, synapses, configuration, compiled=compiled)
    events = draw.integers(0, 1 << 17, 60)
    events[draw.random(60) < 0.3] = odin.time_reference()
    return chip, events, np.sort(draw.integers(0, 30_000, 60))


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="Numba is not installed")
@pytest.mark.parametrize("seed", range(6))
def test_compiled_and_not_give_the_same_bits(seed):
    runs = []
    for compiled in (False, True):
        chip, events, arrivals = random_chip(seed, (0, 40, 700)[seed % 3], compiled)
        runs.append(chip.run(chip.init(), events, arrivals=arrivals, finish=False))
    (state, output), (other_state, other_output) = runs
    for name, array, other in zip(state._fields, state, other_state, strict=True):
        assert np.array_equal(array, other), name
    assert output.counts == other_output.counts
    for kind in ("events", "processed", "dropped"):
        for ours, theirs in zip(getattr(output, kind), getattr(other_output, kind), strict=True):
            assert np.array_equal(ours, theirs), kind
    assert output.counts.spikes > 15


def test_a_run_leaves_the_state_that_it_starts_from():
    chip, events, arrivals = random_chip(1, 40, False)
    state = chip.init()
    before = [array.copy() for array in state]
    first = chip.run(state, events, arrivals=arrivals, finish=False)
    assert all(np.array_equal(a, b) for a, b in zip(state, before, strict=True))
    again = chip.run(state, events, arrivals=arrivals, finish=False)
    assert np.array_equal(first[1].events.value, again[1].events.value)


@pytest.mark.parametrize("compiled", WAYS, ids=["NumPy", "Numba"])
def test_networks_side_by_side_are_networks_alone(compiled):
    runs = []
    for seed in range(4):
        chip, events, _ = random_chip(seed, 0, compiled)
        runs.append((chip, chip.init(), events))
    together = odin.run_together(runs, threads=3, finish=False, limit=10**6)
    for (chip, state, events), (after, output) in zip(runs, together, strict=True):
        alone, expected = chip.run(state, events, finish=False, limit=10**6)
        assert all(np.array_equal(a, b) for a, b in zip(after, alone, strict=True))
        assert output.counts == expected.counts
    with pytest.raises(ValueError, match="threads is 0"):
        odin.run_together(runs, threads=0)


def test_numba_compiles_only_when_enough_events_came(monkeypatch):
    monkeypatch.setattr(_compiled, "_events", 0)
    monkeypatch.setattr(_compiled, "installed", lambda: True)
    assert not _compiled.worth_it(_compiled.LEAST_EVENTS - 1)
    assert _compiled.worth_it(1)
    monkeypatch.setattr(_compiled, "installed", lambda: False)
    assert not _compiled.worth_it(1)


def test_without_numba_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    _compiled.compiled.cache_clear()
    chip = odin.ODIN([], compiled=True)
    with pytest.raises(ImportError, match=r"ranvier\[compiled\]"):
        chip.run(chip.init(), [0])
