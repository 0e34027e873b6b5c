"""The controller's order, the queue, bursts, and what a run tells."""

import numpy as np
import pytest

from ranvier.hardware.chips import odin

FIRING = odin.LIFNeuron(thr=1)


def mapped(weights):
    return 8 + np.asarray(weights, np.uint8)


def test_inputs_overtake_the_queue_and_bistability_waits_for_it():
    chip = odin.ODIN([odin.LIFNeuron(thr=255)] * 4)
    events = [odin.spike(1), odin.spike(2), odin.bistability(0), odin.time_reference(3)]
    _, output = chip.run(chip.init(), events, arrivals=[0, 0, 0, 0])
    # Both spikes are in the queue before one is served; the drift comes after both, and what
    # stands behind it on the bus after it.
    assert output.processed.value.tolist() == [1, 2]
    assert output.processed.cause.tolist() == [1, 1]
    assert output.processed.cycle.tolist() == [2, 514]
    assert output.counts.cycles == 1 + 1 + 512 + 512 + 64 + 2
    assert output.counts.bistability_events == output.counts.time_references == 1


def test_a_full_queue_is_served_before_an_input():
    chip = odin.ODIN([odin.LIFNeuron(thr=255)])
    events = [odin.spike(n) for n in range(40)]
    _, output = chip.run(chip.init(), events, arrivals=[0] * 40)
    # 32 fill it; each further one waits until one is served.
    assert output.processed.cause.tolist() == [*range(31, 39), *[39] * 32]
    assert output.processed.value.tolist() == list(range(40))
    assert output.counts.lost == 0


def test_spikes_beyond_the_queue_are_lost_and_told():
    firing = dict.fromkeys(range(1, 101), FIRING)
    chip = odin.ODIN(firing, mapped(np.full((1, 101), 1)))
    _, output = chip.run(chip.init(), [odin.spike(0)], limit=200)
    # The entry that is served keeps its place: 31 are free.
    assert output.counts.spikes == 100
    assert output.counts.lost == 69
    assert output.dropped.value.tolist() == list(range(32, 101))
    assert output.dropped.cause.tolist() == [0] * 69
    assert output.events.cycle[:2].tolist() == [4, 6]


def test_open_loop_sends_spikes_out_alone():
    configuration = odin.Configuration(open_loop=1)
    chip = odin.ODIN([FIRING] * 100, mapped(np.full((1, 100), 1)), configuration)
    _, output = chip.run(chip.init(), [odin.spike(0)])
    assert len(output.events.value) == 100
    assert output.processed.value.tolist() == [0]
    assert output.counts.lost == 0


@pytest.mark.parametrize("cut", [0, 1, 7, 29, 60])
def test_two_runs_are_one(cut):
    draw = np.random.default_rng(3)
    weights = mapped(draw.integers(0, 8, (60, 60)))
    neurons = [
        odin.IzhikevichNeuron(thr=2, rfr=1, spk_ref=3, isi_ref=1)
        if n % 2
        else odin.LIFNeuron(thr=90, leak_str=2, leak_en=1)
        for n in range(60)
    ]
    chip = odin.ODIN(neurons, weights, odin.Configuration(burst_timeref=300), compiled=False)
    events = [odin.spike(int(n)) for n in draw.integers(0, 60, 60)]
    arrivals = np.sort(draw.integers(0, 30_000, 60))
    whole, together = chip.run(chip.init(), events, arrivals=arrivals, finish=False)
    state, first = chip.run(chip.init(), events[:cut], arrivals=arrivals[:cut], finish=False)
    state, second = chip.run(state, events[cut:], arrivals=arrivals[cut:], finish=False)
    assert all(np.array_equal(a, b) for a, b in zip(whole, state, strict=True))
    spikes = np.concatenate([first.events.value, second.events.value])
    assert np.array_equal(together.events.value, spikes)
    assert len(spikes) > 20


def bursting(further, apart, timeref):
    neuron = odin.IzhikevichNeuron(thr=1, rfr=1, spk_ref=further, isi_ref=apart - 1)
    chip = odin.ODIN([neuron], configuration=odin.Configuration(burst_timeref=timeref))
    return chip, chip.run(chip.init(), [odin.virtual(0, 7), odin.virtual(0, 7)])


@pytest.mark.parametrize(("further", "apart"), [(1, 1), (3, 2), (7, 8), (0, 3)])
def test_a_burst_is_sent_through_the_array_step_by_step(further, apart):
    step = 1000
    _, (_, output) = bursting(further, apart, step - 1)
    assert output.events.value.tolist() == [0]
    assert output.counts.spike_events == 1 + further
    virtual, at_once, *later = output.processed.cycle[1:].tolist()
    assert at_once == virtual + 2
    slots = [cycle // step for cycle in later]
    assert slots == [virtual // step + k * apart for k in range(1, further + 1)]


def test_the_last_spike_of_a_burst_ends_it():
    for timeref, running in ((0, 1), (999, 0)):
        chip, (state, _) = bursting(2, 1, timeref)
        word = int.from_bytes(chip.memory(state)[0][0].tobytes(), "little")
        assert word >> 124 & 1 == running


def test_a_slot_holds_four_spikes():
    neuron = odin.IzhikevichNeuron(thr=1, rfr=1, spk_ref=1)
    configuration = odin.Configuration(burst_timeref=9999)
    chip = odin.ODIN([neuron] * 6, mapped(np.full((1, 6), 7)), configuration)
    events = [odin.spike(0), odin.spike(0)]
    _, output = chip.run(chip.init(), events, arrivals=[0, 600])
    assert output.counts.spikes == 6
    assert output.counts.lost_in_bursts == 2
    assert output.dropped.value.tolist() == [4, 5]
    assert output.counts.spike_events == 2 + 6 + 4


def test_a_network_that_never_rests_is_stopped():
    chip = odin.ODIN([odin.LIFNeuron(thr=0)])
    with pytest.raises(RuntimeError, match=r"after event 0 .* 50 entries .*`open_loop`"):
        chip.run(chip.init(), [odin.spike(0)], limit=50)


def test_counts_and_energy():
    chip = odin.ODIN([odin.LIFNeuron(thr=255)] * 2, mapped([[0, 3], [7, 7]]))
    events = [
        odin.spike(0),
        odin.synapse(1, 0),
        odin.virtual(0, 5),
        odin.time_reference(),
        odin.time_reference(1),
        odin.bistability(1),
    ]
    _, output = chip.run(chip.init(), events)
    counts = output.counts
    assert counts.synaptic_operations == 256 + 1
    assert counts.neuron_updates == 256 + 1 + 1 + 256 + 1
    assert (counts.spike_events, counts.virtual_events, counts.synapse_events) == (1, 1, 1)
    assert (counts.time_references, counts.bistability_events) == (2, 1)
    assert counts.synapse_changes == 0  # Both weights of row 1 are at their end.
    assert counts.cycles == (1 + 512) + 2 + (1 + 2) + 512 + 2 + 64
    cost = odin.energy(counts)
    assert cost.picojoule == pytest.approx(257 * 12.7)
    assert "0.55 V" in cost.source.text


def test_any_signal_after_every_event():
    neurons = [odin.LIFNeuron(thr=20), odin.IzhikevichNeuron(thr=3)]
    chip = odin.ODIN(neurons, mapped([[7, 7]]), odin.Configuration(open_loop=1))
    events = [odin.spike(0)] * 4
    state, seen = chip.trace(chip.init(), events, ["core", "inacc", "synapses", "words", "up"])
    assert seen["core"][:, 0].tolist() == [7, 14, 0, 7]
    assert seen["inacc"][:, 1].tolist() == [7, 14, 21, 28]
    assert seen["core"][:, 1].tolist() == [0, 1, 2, 0]
    assert np.array_equal(seen["words"][-1], chip.memory(state)[0])
    assert seen["synapses"].shape == (4, 256, 256) and seen["up"].shape == (4, 256)


def test_negative_membranes_read_negative():
    chip = odin.ODIN([odin.IzhikevichNeuron(thr=7, neg_en=1)])
    events = [odin.virtual(0, 7, inhibitory=True)] * 4
    _, seen = chip.trace(chip.init(), events, ["core"])
    assert seen["core"][-1, 0] < 0


def test_a_trace_by_steps_shows_what_waits():
    two = [odin.LIFNeuron(thr=5), odin.LIFNeuron(thr=5)]
    chip = odin.ODIN(two, [[0, 8 + 5], [0, 0]], compiled=False)
    names = ["core", "queue", "waiting", "cycle", "cause"]
    state, seen = chip.trace(chip.init(), [odin.spike(0), odin.spike(0)], names, each="step")
    # Per input: it enters the queue, it is served and makes neuron 1 fire, whose spike is served.
    assert seen["cause"].tolist() == [0, 0, 0, 1, 1, 1]
    assert seen["waiting"].tolist() == [1, 1, 0, 1, 1, 0]
    assert seen["queue"][:, 0].tolist() == [0, 1, -1, 0, 1, -1]
    assert seen["cycle"].tolist() == [1, 513, 1025, 1026, 1538, 2050]
    after, _ = chip.run(chip.init(), [odin.spike(0), odin.spike(0)])
    assert all(np.array_equal(a, b) for a, b in zip(state, after, strict=True))


def test_a_trace_with_arrivals_goes_by_steps():
    chip = odin.ODIN([odin.LIFNeuron(thr=50)], [[8 + 5]], compiled=False)
    events = [odin.spike(0)] * 3
    _, seen = chip.trace(chip.init(), events, ["waiting", "cause"], arrivals=[0, 1, 2], each="step")
    assert seen["waiting"].tolist() == [1, 2, 3, 2, 1, 0]
    assert seen["cause"].tolist() == [0, 1, 2, 2, 2, 2]
    with pytest.raises(ValueError, match="Give each='step', or no arrivals"):
        chip.trace(chip.init(), events, ["core"], arrivals=[0, 1, 2])
    with pytest.raises(ValueError, match="each"):
        chip.trace(chip.init(), events, ["core"], each="cycle")
