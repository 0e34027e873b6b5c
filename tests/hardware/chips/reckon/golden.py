"""Traces of the chip's hardware description, and how a machine is held against them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ranvier.hardware.chips.reckon import GENERATORS, ReckOn, Registers

SIGNALS = {
    "z": "z",
    "u": "u",
    "e_inp": "tr_inp",
    "e_rec": "tr_rec",
    "e_out": "tr_out",
    "v": "vout",
    "generators": "lfsr",
}
"""Names of ours to names of the traces."""


def folder(data: Path) -> Path:
    """The folder of the traces, or the test is skipped."""
    found = data / "golden" / "reckon"
    if not found.is_dir():
        pytest.skip(f"no golden traces in {found}")
    return found


def chip_of(trace: Any) -> ReckOn:
    """The chip that a trace was made with."""
    registers = Registers.named(json.loads(str(trace["config_json"])))
    return ReckOn(registers, trace["alpha12"], trace["thr"])


def difference(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> str:
    """The first tick in which any signal differs, with both values; nothing if none does."""
    first = None
    for name, expected in wanted.items():
        got = found[name]
        if got.shape != expected.shape:
            return f"{name} has shape {got.shape}, expected {expected.shape}"
        unlike = np.argwhere(got != expected.astype(np.int64))
        if len(unlike) and (first is None or unlike[0][0] < first[0]):
            tick, unit = (int(place) for place in unlike[0])
            place = f"generator {GENERATORS[unit]}" if name == "generators" else f"{name}[{unit}]"
            first = tick, f"tick {tick}: {place} is {got[tick, unit]}, not {expected[tick, unit]}"
    return first[1] if first else ""


def changed_weight(found: np.ndarray, expected: np.ndarray, name: str) -> str:
    """The first weight that differs, with both values; nothing if none does."""
    unlike = np.argwhere(found != expected)
    if not len(unlike):
        return ""
    i, j = unlike[0]
    return f"{name}[{i}, {j}] is {found[i, j]}, not {expected[i, j]}"


def run_random(path: Path, samples: int = 2) -> str:
    """Run a random network as its trace says; where it first differs, or nothing."""
    trace = dict(np.load(path))
    chip, ticks = chip_of(trace), int(trace["n_ticks"])
    state = chip.init(trace["winp0"], trace["wrec0"], trace["wout0"])
    for sample in range(samples):
        of = f"s{sample}_"
        spikes = np.zeros((ticks, chip.inputs), bool)
        spikes[tuple(trace[f"{of}events"].T.astype(int))] = True
        state, outcome = chip.run(
            state,
            spikes,
            asked=np.arange(ticks) >= trace[f"{of}t_start"],
            target=trace[f"{of}targets" if chip.registers.regression else f"{of}label"],
            record=tuple(SIGNALS),
        )
        wanted = {name: trace[of + other] for name, other in SIGNALS.items()}
        told = difference(outcome.recorded, wanted)
        for weight, name in zip(chip.weights(state), ("winp", "wrec", "wout"), strict=True):
            told = told or changed_weight(weight, trace[of + name], name)
        sent = np.stack([trace[f"{of}out_tick"], trace[f"{of}out_bytes"]], -1)
        if not told and not np.array_equal(outcome.sent, sent):
            told = f"sent {outcome.sent.tolist()}, not {sent.tolist()}"
        if told:
            return f"{path.name}, sample {sample}, {told}"
    return ""
