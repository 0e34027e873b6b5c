"""MorphIC's machine: the bits of ODIN where both can tell a network, and the same bits compiled."""

import numpy as np
import pytest

from ranvier.hardware.chips import morphic, odin
from tests.hardware.chips.morphic.networks import random_cores, random_events, random_neuron


def same(one, two):
    (state, output), (other_state, other) = one, two
    assert output.counts == other.counts
    for a, b in zip(
        (*state, *output.events, *output.dropped),
        (*other_state, *other.events, *other.dropped),
        strict=True,
    ):
        assert np.array_equal(a, b)


def on_odin(neurons, weights, signs, *, mapped):
    """The network on ODIN; synapses that are not mapped do not learn there."""
    synapses = np.zeros((256, 256), int)
    synapses[: len(weights)] = weights + 8 * mapped
    sign = sum(int(one) << i for i, one in enumerate(signs))
    configuration = odin.Configuration(syn_sign=sign, propagate_unmapped_syn=1)
    return odin.ODIN(neurons, synapses, configuration, compiled=False)


def on_morphic(neurons, weights, signs, *, learns):
    sign = sum(int(one) << i for i, one in enumerate(signs))
    configuration = morphic.Configuration(line_sign=sign, sdsp_en=int(learns))
    return morphic.MorphIC([morphic.Core(neurons, weights, configuration)], compiled=False)


def paired_events(rng, count):
    """The same inputs for both chips."""
    for kind in rng.choice(4, count, p=[0.03, 0.07, 0.3, 0.6]):
        i, weight = int(rng.integers(256)), int(rng.integers(1, 8))
        inhibits = bool(rng.integers(4) == 0)
        yield (
            (
                (odin.time_reference(), morphic.time_reference(core=0)),
                (odin.time_reference(i), morphic.time_reference(i, core=0)),
                (
                    odin.virtual(i, weight, inhibitory=inhibits),
                    morphic.virtual(i, weight, inhibitory=inhibits),
                ),
            )[kind]
            if kind < 3
            else (odin.spike(i), morphic.spike(i))
        )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("learns", [False, True])
def test_a_core_is_odin_where_both_can_tell_the_network(seed, learns):
    """With weights 0 and 1; learning where synapses only fall, as ODIN's rise beyond 1."""
    rng = np.random.default_rng(seed)
    given = {"ca_en": 1, "ca_theta1": 0, "ca_theta3": 0} if learns else {}
    # Spikes reach five neurons on average: avalanches end.
    neurons = [random_neuron(rng, **given) for _ in range(256)]
    weights = (rng.random((256, 256)) < 0.025).astype(int)
    signs = rng.random(256) < 0.3
    one = on_odin(neurons, weights, signs, mapped=learns)
    two = on_morphic(neurons, weights, signs, learns=learns)
    here, there = zip(*paired_events(rng, 300), strict=True)
    state, output = one.run(one.init(), here, limit=2000)
    own_state, own = two.run(two.init(), there, limit=2000)
    assert output.counts.spikes > 30
    assert np.array_equal(own.events.value, output.events.value)
    assert np.array_equal(own.events.cause, output.events.cause)
    assert np.array_equal(own.dropped.value, output.dropped.value)
    assert np.array_equal(own_state.neurons[0, :256], state.neurons[:, :3])
    assert np.array_equal(own_state.flags[0, :256], state.flags)
    assert np.array_equal(own_state.synapses[0, :256, :256], state.synapses & 7)
    assert own.counts.synapse_changes == output.counts.synapse_changes
    assert (own.counts.synapse_changes > 100) == learns
    assert own.counts.synaptic_operations == 2 * output.counts.synaptic_operations
    assert own.counts.lost == output.counts.lost


def test_full_queues_lose_what_odin_loses():
    """All neurons fire at once, into a queue of 32 of which one place is being served."""
    neurons = [morphic.LIFNeuron(thr=1)] * 50
    weights = np.zeros((256, 256), int)
    weights[255, :50] = 1
    one = on_odin(neurons, weights, [0], mapped=False)
    two = on_morphic(neurons, weights, [0], learns=False)
    _, output = one.run(one.init(), [odin.spike(255)])
    _, own = two.run(two.init(), [morphic.spike(255)])
    assert own.counts.lost == output.counts.lost == 50 - 31
    assert own.dropped.value.tolist() == output.dropped.value.tolist() == list(range(31, 50))


def test_compiled_and_not_are_the_same_bits():
    pytest.importorskip("numba")
    rng = np.random.default_rng(7)
    cores = random_cores(rng, (512, 100, 37), 2)
    events = random_events(rng, 400, 2)
    fast, slow = (
        morphic.MorphIC.joined([cores, cores[::-1]], compiled=compiled, queue=2)
        for compiled in (True, False)
    )
    done = slow.run(slow.init(), events, limit=2000)
    same(fast.run(fast.init(), events), done)
    counts = done[1].counts
    assert counts.lost and counts.synapse_changes and counts.packets_between_chips
    # Together and apart, and in two runs, they are the same again.
    together = morphic.run_together([(fast, fast.init(), events)] * 2, threads=2)
    same(together[1], done)
    middle, first = fast.run(fast.init(), events[:150])
    after, second = fast.run(middle, events[150:])
    assert all(np.array_equal(a, b) for a, b in zip(after, done[0], strict=True))
    values = [*first.events.value, *second.events.value]
    assert np.array_equal(values, done[1].events.value)


def test_neurons_that_are_not_there_change_nothing():
    """The machine leaves out what lies beyond the last neuron in use; with it the bits are the
    same."""
    rng = np.random.default_rng(3)
    (core,) = random_cores(rng, (60,), 1)
    held = dict(enumerate(core.neurons))
    padding = {511: morphic.LIFNeuron(thr=255, neur_disable=1)}
    wide = morphic.Core({**held, **padding}, core.synapses, core.configuration, core.routes)
    events = random_events(rng, 60, 1)
    chips = [morphic.MorphIC([one], compiled=False) for one in (core, wide)]
    same(*(chip.run(chip.init(), events) for chip in chips))


def test_a_state_is_left_as_it_was_and_signals_are_seen():
    neuron = morphic.LIFNeuron(thr=3, ca_en=1, thetamem=2, ca_theta3=7)
    chip = morphic.MorphIC([morphic.Core([neuron], [[0]] * 512 + [[1]])])
    state = chip.init()
    after, seen = chip.trace(state, [morphic.line(0)] * 3, ["core", "calcium", "up", "synapses"])
    assert not any(a.any() for a in (state.neurons, state.flags, state.counts))
    assert seen["core"][:, 0, 0].tolist() == [1, 2, 0]
    assert seen["calcium"][:, 0, 0].tolist() == [0, 0, 1]
    assert seen["up"][:, 0, 0].tolist() == [0, 1, 0]
    assert seen["synapses"].shape == (3, 4, 1024, 512) and after.neurons[0, 0, 1] == 1
    with pytest.raises(ValueError, match=r"signal is 'cores'\. Did you mean 'core'"):
        chip.trace(state, [], ["cores"])


def test_a_network_without_rest_is_stopped():
    chip = morphic.MorphIC([morphic.Core([morphic.LIFNeuron(thr=1)], [[1]])])
    with pytest.raises(RuntimeError, match="still spikes after 50 entries"):
        chip.run(chip.init(), [morphic.virtual(0, 1)], limit=50)
