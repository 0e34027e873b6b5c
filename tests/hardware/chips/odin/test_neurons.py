"""Neurons, update by update, against the hardware's own simulation."""

import numpy as np
import pytest

from ranvier.hardware.chips import odin, pack, registers, unpack
from ranvier.hardware.chips.odin import _izhikevich, _lif, _words
from tests.hardware.chips.odin import golden

KINDS = {
    "lif_neuron": (odin.LIFNeuron, odin.LIFState),
    "izh_neuron": (odin.IzhikevichNeuron, odin.IzhikevichState),
    "izh_behaviours": (odin.IzhikevichNeuron, odin.IzhikevichState),
}


def updated(name, p, s, events):
    weight, sign, reference, burst_end = events.astype(np.int64).T
    if name == "lif_neuron":
        return _lif.lif_update(p, s, weight, sign, reference)
    return _izhikevich.izhikevich_update(p, s, weight, sign, reference, burst_end)


@golden.needed
@pytest.mark.parametrize("name", KINDS)
def test_every_update_is_the_hardware_s(name):
    trace = golden.read(name)
    names = [str(n) for n in trace["state_names"]]
    p = trace["params"][:, 1:].astype(np.int64).T
    s = trace["state0"].astype(np.int64).T.copy()
    for t in range(trace["events"].shape[1]):
        words, flags = updated(name, p, s, trace["events"][:, t])
        for case, column in np.argwhere(trace["states"][:, t] != s.T):
            raise AssertionError(
                f"case {case}, event {t}: {names[column]} is {s[column, case]}, expected "
                f"{trace['states'][case, t, column]}"
            )
        told = {"event word": words, "up": flags & 1, "down": flags >> 1}
        true = {"event word": "event_out", "up": "v_up", "down": "v_down"}
        for what, values in told.items():
            expected = trace[true[what]][:, t]
            for case in np.flatnonzero(values != expected):
                raise AssertionError(
                    f"case {case}, event {t}: {what} is {values[case]}, expected {expected[case]}"
                )


@golden.needed
@pytest.mark.parametrize("name", KINDS)
def test_one_neuron_alone_is_a_column_of_many(name):
    trace = golden.read(name)
    for case in (1, 7):
        p, s = trace["params"][case, 1:].astype(np.int64), trace["state0"][case].astype(np.int64)
        for t in range(60):
            updated(name, p, s, trace["events"][case, t])
            assert s.tolist() == trace["states"][case, t].tolist(), f"case {case}, event {t}"


@golden.needed
@pytest.mark.parametrize("name", KINDS)
def test_words_are_read_and_written_as_the_hardware_lays_them_out(name):
    trace = golden.read(name)
    neuron, state = KINDS[name]
    for kind, given in ((neuron, "param"), (state, "state")):
        rows = [str(n) for n in trace[f"{given}_names"]][given == "param" :]
        assert list(registers(kind)) == rows
        for register, bits, at in zip(
            registers(kind).values(),
            trace[f"{given}_bits"][given == "param" :],
            trace[f"{given}_lsb"][given == "param" :],
            strict=True,
        ):
            assert (register.bits, register.at) == (bits, at)
    is_lif, parameters, states = _words.load(trace["word0"])
    assert (is_lif == (name == "lif_neuron")).all()
    assert np.array_equal(parameters[:, : len(registers(neuron))], trace["params"][:, 1:])
    assert np.array_equal(states[:, : len(registers(state))], trace["state0"])
    end = states.copy()
    end[:, : len(registers(state))] = trace["states"][:, -1]
    moved = _words.store(trace["word0"], end)
    for ours, expected in zip(_words.load(moved), (is_lif, parameters, end), strict=True):
        assert np.array_equal(ours, expected)
    assert np.array_equal(_words.store(moved, states), trace["word0"])
    word = int.from_bytes(trace["word0"][0].tobytes(), "little")
    assert pack(unpack(neuron, word)) | pack(unpack(state, word)) | word & 1 == word


@pytest.mark.parametrize(
    ("module", "neuron", "state"),
    [
        (_lif, odin.LIFNeuron, odin.LIFState),
        (_izhikevich, odin.IzhikevichNeuron, odin.IzhikevichState),
    ],
)
def test_columns_stand_in_the_order_of_the_registers(module, neuron, state):
    for kind in (neuron, state):
        for column, name in enumerate(registers(kind)):
            known = "DISABLE" if name == "neur_disable" else name.upper()
            assert getattr(module, known) == column, name


@pytest.mark.parametrize(("sign", "end"), [(0, 7), (1, 9)])
def test_stimulation_stops_at_seven_either_way(sign, end):
    # The traces never reach -7, which is 9 in four bits.
    s = np.zeros(len(registers(odin.IzhikevichState)), np.int64)
    p = np.zeros(len(registers(odin.IzhikevichNeuron)), np.int64)
    p[_izhikevich.THR], p[_izhikevich.NEG_EN] = 7, 1
    seen = []
    for _ in range(24):
        _izhikevich.izhikevich_update(p, s, 7, sign, 0, 0)
        seen.append(int(s[_izhikevich.STIM_STR_TMP]))
    assert seen[-8:] == [end] * 8 and (15 if sign else 1) in seen


def test_registers_of_neurons_do_not_overlap():
    for kinds in KINDS.values():
        used = [0]
        for register in (r for kind in kinds for r in registers(kind).values()):
            used += range(register.at or 0, (register.at or 0) + register.bits)
        assert len(used) == len(set(used)) and max(used) == 127
