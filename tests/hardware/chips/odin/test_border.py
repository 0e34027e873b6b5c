"""What the chip refuses, and how it says so."""

import numpy as np
import pytest

from ranvier.hardware.chips import odin


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: odin.spike(256), "spike: neuron is 256, expected 0 to 255"),
        (lambda: odin.spike(-1), "spike: neuron is -1"),
        (lambda: odin.synapse(0, 300), "synapse: postsynaptic is 300"),
        (lambda: odin.synapse(300, 0), "synapse: presynaptic is 300"),
        (lambda: odin.virtual(256, 1), "virtual: neuron is 256"),
        (lambda: odin.virtual(0, 8), "virtual: weight is 8, expected 1 to 7"),
        (lambda: odin.virtual(0, 0), "takes a virtual event that carries nothing for a spike"),
        (lambda: odin.time_reference(256), "time_reference: neuron is 256"),
        (lambda: odin.bistability(256), "bistability: row is 256"),
    ],
)
def test_events_of_neurons_that_do_not_exist(call, told):
    with pytest.raises(ValueError, match=told):
        call()


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([0, 1 << 17], "event 1 is 0x20000, expected an address of 17 bits"),
        ([-1], "event 0 is -0x1"),
        ([0.5], "expected a row of integers"),
        ([[0]], "expected a row of integers"),
    ],
)
def test_addresses_that_do_not_exist(events, told):
    chip = odin.ODIN([])
    with pytest.raises(ValueError, match=told):
        chip.run(chip.init(), events)


@pytest.mark.parametrize(
    ("arrivals", "told"),
    [
        ([0], "expected one whole clock cycle for each of 2 events"),
        ([0.0, 1.0], "expected one whole clock cycle"),
        ([5, 4], "event 1 arrives at cycle 4"),
        ([-1, 4], "event 0 arrives at cycle -1"),
    ],
)
def test_arrivals_that_make_no_sense(arrivals, told):
    chip = odin.ODIN([])
    with pytest.raises(ValueError, match=told):
        chip.run(chip.init(), [0, 0], arrivals=arrivals)


@pytest.mark.parametrize(
    ("register", "value", "told"),
    [
        ("burst_timeref", 1 << 20, "register burst_timeref is 20 bits wide .* got 1048576"),
        ("syn_sign", -1, "register syn_sign is 256 bits wide"),
        ("open_loop", 2, "register open_loop is 1 bit wide and holds 0 to 1, got 2"),
        ("gate_activity", 1, "register gate_activity is 1, expected 0"),
    ],
)
def test_registers_of_the_configuration(register, value, told):
    with pytest.raises(ValueError, match=told):
        odin.Configuration(**{register: value})


def test_registers_of_neurons_and_states():
    with pytest.raises(ValueError, match=r"LIFNeuron: register leak_str is 7 bits wide .* got 128"):
        odin.LIFNeuron(leak_str=128)
    with pytest.raises(ValueError, match="IzhikevichNeuron: register rfr is 3 bits wide"):
        odin.IzhikevichNeuron(rfr=9)
    with pytest.raises(ValueError, match=r"core is 4 bits wide, two's complement, .* got 8"):
        odin.IzhikevichState(core=8)


def test_what_the_chip_does_not_have():
    with pytest.raises(ValueError, match="neurons has index 256, expected 0 to 255"):
        odin.ODIN({256: odin.LIFNeuron()})
    with pytest.raises(TypeError, match="neuron 1 is 3, expected a LIFNeuron"):
        odin.ODIN({1: 3})
    with pytest.raises(TypeError, match=r"state of neuron 0 is LIFState.* expected a Izh"):
        odin.ODIN([odin.IzhikevichNeuron()], states=[odin.LIFState()])
    with pytest.raises(ValueError, match=r"synapse \(0, 1\) is 4 bits wide .* got 16"):
        odin.ODIN([], [[0, 16]])
    with pytest.raises(ValueError, match=r"synapses have shape \(257, 1\)"):
        odin.ODIN([], np.zeros((257, 1)))
    with pytest.raises(ValueError, match=r"neuron_words are uint8\[256, 8\]"):
        odin.ODIN.from_memory(np.zeros((256, 8), np.uint8))


def test_bits_that_nothing_uses_stay():
    words = np.full((256, 16), 255, np.uint8)
    words[1::2, 0] = 254
    chip = odin.ODIN.from_memory(words)
    assert np.array_equal(chip.memory(chip.init())[0], words)


def test_a_signal_that_there_is_not():
    chip = odin.ODIN([])
    with pytest.raises(ValueError, match=r"signal is 'cores'\. Did you mean 'core'"):
        chip.trace(chip.init(), [], ["cores"])


def test_a_chip_from_its_own_memories_is_the_same_chip():
    states = [odin.LIFState(core=4), odin.IzhikevichState(core=-3, thrmod=-2)]
    chip = odin.ODIN(
        [odin.LIFNeuron(thr=9), odin.IzhikevichNeuron(thr=5)], [[9, 12]], states=states
    )
    words, synapses = chip.memory(chip.init())
    again = odin.ODIN.from_memory(words, synapses)
    for ours, theirs in zip(chip.memory(chip.init()), again.memory(again.init()), strict=True):
        assert np.array_equal(ours, theirs)
    _, seen = again.trace(again.init(), [odin.bistability(255)], ["core", "thrmod"])
    assert seen["core"][0, :2].tolist() == [4, -3] and seen["thrmod"][0, 1] == -2
