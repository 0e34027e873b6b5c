"""Monitoring mode: what the output bus tells of one neuron and one of its synapses."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.hardware.chips import odin
from ranvier.hardware.chips.odin import Log
from tests.hardware.chips.odin.test_chip import WAYS, random_chip

SEEN = ["core", "calcium", "reson_sign", "up", "down", "synapses"]


def monitoring(seed, neuron, row, compiled=False, **registers):
    chip, events, _ = random_chip(seed, 0, compiled)
    configuration = dataclasses.replace(
        chip.configuration,
        out_aer_monitor_en=1,
        monitor_neur_addr=neuron,
        monitor_syn_addr=row,
        **registers,
    )
    words, synapses = chip.memory(chip.init())
    return odin.ODIN.from_memory(words, synapses, configuration, compiled=compiled), events


def updates(code, neuron):
    """Whether an event of an open loop updates a neuron."""
    upper, lower = code >> 8 & 255, code & 255
    if code >> 16:
        return lower == neuron
    if lower & 127 == 0:
        return False
    if lower & 127 == 127 or lower >> 3:
        alone = lower >> 7 if lower & 127 == 127 else 1
        return upper == neuron or not alone
    return True


def writes(code, neuron, row):
    """Whether it writes the word of a synapse, of eight synapses."""
    upper, lower = code >> 8 & 255, code & 255
    if code >> 16:
        return upper == row and lower >> 3 == neuron >> 3
    if lower & 127 == 0:
        return upper == row or not lower >> 7
    return upper == row and lower & 127 != 127 and not lower >> 3


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    neuron=st.integers(0, 255),
    row=st.integers(0, 255),
    source=st.integers(0, 1),
    data=st.data(),
)
def test_packets_are_the_state_after_each_update(seed, neuron, row, source, data):
    chip, events = monitoring(seed, neuron, row, open_loop=1, aer_src_ctrl_nneur=source)
    near = [odin.spike(row), odin.synapse(row, neuron), odin.synapse(row, neuron ^ 1)]
    near += [odin.bistability(row), odin.time_reference(neuron), odin.virtual(neuron, 5)]
    near += [odin.spike(neuron), odin.bistability(), odin.time_reference()]
    codes = data.draw(st.lists(st.sampled_from([*near, *events.tolist()]), min_size=1, max_size=12))
    _, output = chip.run(chip.init(), codes)
    _, truth = chip.trace(chip.init(), codes, SEEN)
    told = odin.monitored(output.events)
    updated = [k for k, code in enumerate(codes) if updates(code, neuron)]
    assert told.neuron["cause"].tolist() == updated
    for name in ("calcium", "reson_sign", "up", "down"):
        assert told.neuron[name].tolist() == truth[name][updated, neuron].tolist(), name
    core = truth["core"][updated, neuron]
    bits = 0xFF if chip.memory(chip.init())[0][neuron, 0] & 1 else 0xF
    assert told.neuron["core"].tolist() == (core & bits).tolist()
    written = [k for k, code in enumerate(codes) if writes(code, neuron, row)]
    assert told.synapse["cause"].tolist() == written
    nibbles = told.synapse["mapped"] << 3 | told.synapse["weight"]
    assert nibbles.tolist() == truth["synapses"][written, row, neuron].tolist()


@pytest.mark.parametrize("compiled", WAYS, ids=["NumPy", "Numba"])
@pytest.mark.parametrize("seed", range(3))
def test_monitoring_changes_nothing_but_the_output(seed, compiled):
    plain, events, _ = random_chip(seed, 0, compiled)
    watched, _ = monitoring(seed, 9, 3, compiled, open_loop=0)
    codes = [code for code in events.tolist() if code & 127][:6]
    runs = [chip.run(chip.init(), codes, limit=10**6) for chip in (plain, watched)]
    for ours, theirs in zip(runs[0][0], runs[1][0], strict=True):
        assert np.array_equal(ours, theirs)
    assert runs[0][1].counts == runs[1][1].counts
    assert np.array_equal(runs[0][1].processed.value, runs[1][1].processed.value)
    assert len(odin.monitored(runs[1][1].events).neuron["core"]) > 0


def two(neuron, **registers):
    """Neurons 0 and `neuron`, which fires at the second spike of 0."""
    configuration = odin.Configuration(
        out_aer_monitor_en=1, monitor_neur_addr=neuron, monitor_syn_addr=0, **registers
    )
    synapses = np.zeros((256, 256), int)
    synapses[0, neuron] = 8 + 5
    held = {0: odin.LIFNeuron(thr=255), neuron: odin.LIFNeuron(thr=9)}
    return odin.ODIN(held, synapses, configuration)


def test_the_first_neuron_of_a_word_is_told_before_its_synapse():
    chip = two(16)
    _, output = chip.run(chip.init(), [odin.spike(0)])
    assert output.events.value.tolist() == [0, 5, 0b1111_1101]
    assert output.events.cycle.tolist() == [34, 34, 34]


def test_every_other_after_it():
    chip = two(19)
    _, output = chip.run(chip.init(), [odin.spike(0)])
    assert output.events.value.tolist() == [0b1111_1101, 0, 5]
    assert output.events.cycle.tolist() == [34, 40, 40]


def test_the_spike_flag_is_of_the_neuron_or_of_the_queue():
    events = [odin.spike(0), odin.spike(0)]
    chip = two(1)
    flags = odin.monitored(chip.run(chip.init(), events)[1].events).neuron["spike"]
    assert flags.tolist() == [0, 1, 0]  # At the second spike of 0; then its own is served.
    chip = two(1, aer_src_ctrl_nneur=1)
    flags = odin.monitored(chip.run(chip.init(), events)[1].events).neuron["spike"]
    assert flags.tolist() == [0, 0, 1]


def test_half_a_neuron_is_refused():
    with pytest.raises(ValueError, match=r"byte 1, 0x80, begins .* expected one more"):
        odin.monitored(Log(np.array([0xF1, 0x80]), np.zeros(2, int), np.zeros(2, int)))
