"""The published task with the shipped configuration, sample by sample that of the hardware."""

import dataclasses
import json
import zlib

import numpy as np
import pytest

from ranvier.data import read_reckon, read_reckon_weights
from ranvier.hardware.chips.reckon import GENERATORS, Registers, cue_accumulation_chip
from tests.hardware.chips.reckon.golden import changed_weight, difference, folder

CORRECT = {0: [32, 46, 47, 46, 48], 1: [45, 49, 49, 50, 50]}
"""Of 50, by phase (training, test) and epoch."""


@pytest.fixture(scope="module")
def task(real_data):
    """Initial weights, and samples `[samples, ticks, inputs]` with labels, by part."""
    data = real_data / "reckon_cue"
    if not data.is_dir():
        pytest.skip(f"no cues in {data}")
    weights = [
        read_reckon_weights(data / f"init_rand_weights_{name}_cueAcc.dat", shape=shape)
        for name, shape in (("inp", (40, 100)), ("rec", (100, 100)), ("out", (100, 2)))
    ]
    parts = {}
    for part in ("train", "test"):
        batch = read_reckon(data / f"dataset_cueAcc_{part}.dat")
        parts[part] = batch.x.swapaxes(0, 1), batch.target[0].argmax(-1), batch.mask[:, 0]
    return weights, parts


def compare(row, trace, state, outcome):
    """Where a sample differs from row `row` of a trace, in the order of time; or nothing."""
    if outcome.recorded:
        where = trace["full_index"].tolist().index(row)
        spikes = np.unpackbits(trace["full_spikes_packed"][where], axis=1, bitorder="little")
        full = {"z": spikes[:, :100], "v": trace["full_vout"][where]}
        if told := difference({**outcome.recorded, "z": outcome.recorded["z"][:, :100]}, full):
            return told
    if outcome.answer != trace["inference"][row]:
        return f"answers {outcome.answer}, not {trace['inference'][row]}"
    if outcome.counts.spikes != trace["spike_count"][row].sum():
        return f"{outcome.counts.spikes} spikes, not {trace['spike_count'][row].sum()}"
    if outcome.v.tolist() != trace["vout_tail"][row, -1].tolist():
        return f"ends with outputs {outcome.v}, not {trace['vout_tail'][row, -1]}"
    for n in np.flatnonzero(state.generators != trace["lfsr"][row]):
        got, wanted = state.generators[n], trace["lfsr"][row, n]
        return f"generator {GENERATORS[n]} is {got:#x}, not {wanted:#x}"
    return ""


@pytest.mark.parametrize("kind", ["stoch", "floor"])
def test_inference_with_the_initial_weights(real_data, task, kind):
    trace = dict(np.load(folder(real_data) / f"cue_infer_init_{kind}.npz"))
    weights, parts = task
    chip = cue_accumulation_chip().replace(do_eprop=0, en_stoch_round=int(kind == "stoch"))
    assert chip.registers == Registers.named(json.loads(str(trace["config_json"])))
    spikes, labels, asked = parts["test"]
    state = chip.init(*weights)
    for row, label in enumerate(trace["label"]):
        assert label == labels[row]
        record = ("z", "v") if row in trace["full_index"] else ()
        state, outcome = chip.run(state, spikes[row], asked=asked, record=record)
        told = compare(row, trace, state, outcome)
        assert not told, f"sample {row}: {told}"
    for now, before in zip(chip.weights(state), weights, strict=True):
        assert np.array_equal(now, before)


def test_five_epochs_of_training(real_data, task):
    """Both files: the first epoch with all weights, and five epochs with their checksums."""
    golden = folder(real_data)
    first, all_five = (
        dict(np.load(golden / f"cue_train_{name}.npz")) for name in ("epoch0", "epochs0to4")
    )
    weights, parts = task
    learning = cue_accumulation_chip()
    chips = [learning, learning.replace(do_eprop=0)]
    shipped = Registers.named(json.loads(str(first["config_json"])))
    assert learning.registers == dataclasses.replace(shipped, do_eprop=7)
    state = learning.init(*weights)
    correct = {0: [0] * 5, 1: [0] * 5}
    for row, (epoch, phase, sample, label) in enumerate(
        zip(*(all_five[name] for name in ("epoch", "phase", "sample", "label")), strict=True)
    ):
        spikes, labels, asked = parts[("train", "test")[phase]]
        assert label == labels[sample]
        record = ("z", "v") if row in all_five["full_index"] else ()
        state, outcome = chips[phase].run(
            state, spikes[sample], asked=asked, target=label, record=record
        )
        where = f"epoch {epoch}, phase {phase}, sample {sample}"
        told = compare(row, all_five, state, outcome)
        found = learning.weights(state)
        for name, weight, checksum in zip(
            ("winp", "wrec", "wout"), found, all_five["weights_crc32"][row], strict=True
        ):
            if not told and row in first["weights_index"]:
                kept = first["weights_index"].tolist().index(row)
                told = changed_weight(weight, first[f"weights_{name}"][kept], name)
            if not told and zlib.crc32(weight.tobytes()) != checksum:
                told = f"{name} has another checksum"
        if not told and row < len(first["inference"]) and not record:
            told = compare(row, first, state, outcome)
        assert not told, f"{where}: {told}"
        correct[int(phase)][epoch] += outcome.answer == label
    assert correct == CORRECT
