"""TinyODIN against the rules of its documentation, event by event."""

import importlib.util

import numpy as np
import pytest

from ranvier.hardware.chips import tiny_odin
from ranvier.hardware.chips.tiny_odin import _parts


def after(core, *, weight=0, leak=0, reference=0):
    return int(_parts.membrane_after(core, weight, leak, reference))


def test_the_membrane_in_every_case():
    for core in range(-2048, 2048):
        for weight in (-8, -1, 0, 3, 7):
            assert after(core, weight=weight) == min(max(core + weight, -2048), 2047)
        for leak in (0, 1, 5, 127):
            nearer = max(core - leak, 0) if core >= 0 else min(core + leak, 0)
            assert after(core, leak=leak, reference=1, weight=7) == nearer
    rows = np.arange(-2048, 2048)
    row = _parts.membrane_after(rows, rows % 16 - 8, 0 * rows, 0)
    assert row.tolist() == [after(int(c), weight=int(c) % 16 - 8) for c in rows]


def by_hand(neurons, weights, events, max_neur):
    """The chip event by event, in plain words: a queue, a loop, no arrays."""
    core = [n.core for n in neurons]
    out, lost = [], 0
    for event in events:
        queue, served = [], False

        def change(i, amount, queue=queue):
            nonlocal lost
            core[i] = min(max(core[i] + amount, -2048), 2047)
            if core[i] >= 0 and core[i] >= neurons[i].thr:
                core[i] = 0
                if not neurons[i].neur_disable:
                    out.append(i)
                    if len(queue) < 128:
                        queue.append((None, i))
                    else:
                        lost += 1

        if event >> 8 & 1:
            where = range(max_neur + 1) if event & 255 == 255 else [event & 255]
            for i in where:
                leak = min(neurons[i].leak_str, abs(core[i]))
                change(i, -leak if core[i] > 0 else leak)
        elif event >> 9 and event >> 4 & 15:
            queue.append((event >> 4 & 15, event & 15))
        else:
            queue.append((None, event & (15 if event >> 9 else 255)))
        while queue:
            weight, neuron = queue[0]
            if weight is not None:
                change(neuron, weight - 16 if weight > 7 else weight)
            else:
                for i in range(max_neur + 1):
                    change(i, int(weights[neuron][i]))
            queue.pop(0)
            served = True
        assert served or event >> 8 & 1
    return core, out, lost


def drawn(seed):
    draw = np.random.default_rng(seed)
    neurons = [
        tiny_odin.LIFNeuron(
            thr=int(draw.integers(12, 40)),
            leak_str=int(draw.integers(0, 3)),
            neur_disable=int(draw.random() < 0.1),
            core=int(draw.integers(-40, 12)),
        )
        for _ in range(256)
    ]
    weights = np.where(draw.random((256, 256)) < 0.3, draw.integers(-8, 8, (256, 256)), 0)
    events = draw.integers(0, 1 << 10, 400)
    return neurons, weights, events


@pytest.mark.parametrize("seed", range(3))
def test_events_spikes_and_membranes_are_those_of_the_rules(seed):
    neurons, weights, events = drawn(seed)
    max_neur = (255, 200, 255)[seed]
    configuration = tiny_odin.Configuration(max_neur=max_neur)
    chip = tiny_odin.TinyODIN(neurons, weights, configuration)
    state, output = chip.run(chip.init(), events)
    core, out, lost = by_hand(neurons, weights, events.tolist(), max_neur)
    assert state.neurons[:, 0].tolist() == core
    assert output.events.value.tolist() == out
    assert output.counts.lost == lost
    assert len(out) > 25
    assert output.counts.synaptic_operations == output.counts.spike_events * (max_neur + 1)


def test_a_queue_of_128_loses_the_rest():
    neurons = dict.fromkeys(range(1, 256), tiny_odin.LIFNeuron(thr=1))
    chip = tiny_odin.TinyODIN(neurons, np.ones((1, 256), int))
    _, output = chip.run(chip.init(), [tiny_odin.spike(0)])
    assert (output.counts.spikes, output.counts.lost) == (255, 255 - 127)


def test_words_hold_registers_and_membrane():
    neuron = tiny_odin.LIFNeuron(thr=0xABC, leak_str=0x5A, neur_disable=1, core=-2)
    chip = tiny_odin.TinyODIN([neuron], [[-8, 7]])
    words, weights = chip.memory(chip.init())
    assert words[0] == 1 << 31 | 0x5A << 24 | 0xABC << 12 | 0xFFE
    assert weights[0, :3].tolist() == [-8, 7, 0]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: tiny_odin.spike(256), "spike: neuron is 256, expected 0 to 255"),
        (lambda: tiny_odin.virtual(16, 1), "virtual: neuron is 16, expected 0 to 15"),
        (lambda: tiny_odin.virtual(0, 8), "weight is 8, expected -8 to 7"),
        (lambda: tiny_odin.virtual(0, 0), "weight is 0, expected another"),
        (lambda: tiny_odin.time_reference(255), "expected 0 to 254: the address of 255"),
        (lambda: tiny_odin.TinyODIN([], [[8]]), "4 bits wide and holds -8 to 7"),
        (lambda: tiny_odin.TinyODIN({300: None}), "TinyODIN: neurons has index 300"),
        (lambda: tiny_odin.Configuration(max_neur=256), "register max_neur is 8 bits wide"),
    ],
)
def test_what_the_chip_refuses(call, told):
    with pytest.raises(ValueError, match=told):
        call()


def test_an_address_beyond_ten_bits():
    chip = tiny_odin.TinyODIN([])
    with pytest.raises(ValueError, match=r"TinyODIN\.run: event 0 is 0x400, .* 10 bits"):
        chip.run(chip.init(), [1 << 10])
    with pytest.raises(TypeError, match="neuron 0 is 4, expected a LIFNeuron"):
        tiny_odin.TinyODIN([4])  # pyright: ignore[reportArgumentType]


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="Numba is not installed")
def test_compiled_and_not_give_the_same_bits():
    draw = np.random.default_rng(0)
    weights = draw.integers(-8, 8, (256, 256))
    neurons = [tiny_odin.LIFNeuron(thr=int(t), leak_str=3) for t in draw.integers(9, 99, 256)]
    events = [*range(12), tiny_odin.time_reference(), tiny_odin.virtual(3, 7)]
    runs = []
    for compiled in (False, True):
        chip = tiny_odin.TinyODIN(neurons, weights, compiled=compiled)
        arrivals = np.arange(len(events)) * 300
        runs.append(chip.run(chip.init(), events, arrivals=arrivals, finish=False))
    (state, output), (other, other_output) = runs
    assert all(np.array_equal(a, b) for a, b in zip(state, other, strict=True))
    assert output.counts == other_output.counts
    assert output.counts.spikes > 0
    assert output.events.cycle.tolist() == other_output.events.cycle.tolist()


def test_a_trace_is_the_state_after_each_event():
    chip = tiny_odin.TinyODIN([tiny_odin.LIFNeuron(thr=9)] * 2, [[5, 3], [0, -2]])
    events = [tiny_odin.spike(0), tiny_odin.spike(0), tiny_odin.spike(1)]
    state, seen = chip.trace(chip.init(), events, ["core"])
    now = chip.init()
    for row, event in zip(seen["core"], events, strict=True):
        now, _ = chip.run(now, [event])
        assert row.tolist() == now.neurons[:, 0].tolist()
    assert np.array_equal(state.neurons, now.neurons)
    with pytest.raises(ValueError, match=r"TinyODIN.trace: signal is 'cor'\. Did you mean 'core'"):
        chip.trace(chip.init(), events, ["cor"])
