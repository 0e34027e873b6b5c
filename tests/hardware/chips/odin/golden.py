"""Traces of the hardware's register-transfer simulation, where they are at hand."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ranvier.hardware.chips import odin, registers

FOLDER = Path(os.environ.get("RANVIER_DATA", "")) / "golden" / "odin"
needed = pytest.mark.skipif(
    "RANVIER_DATA" not in os.environ or not FOLDER.is_dir(),
    reason="the golden traces of ODIN are not there (RANVIER_DATA)",
)


def read(name: str) -> Any:
    return np.load(FOLDER / f"{name}.npz")


def configuration(trace: Any) -> odin.Configuration:
    given = json.loads(str(trace["config_json"]))
    return odin.Configuration(
        **{k.lower(): int(v, 16) if isinstance(v, str) else v for k, v in given.items()}
    )


def fields(word: np.ndarray) -> dict[str, int]:
    """A neuron word by registers."""
    bits = int.from_bytes(word.tobytes(), "little")
    kinds = (
        (odin.LIFNeuron, odin.LIFState)
        if bits & 1
        else (odin.IzhikevichNeuron, odin.IzhikevichState)
    )
    held = {name: r for kind in kinds for name, r in registers(kind).items()}
    return {name: bits >> (r.at or 0) & ((1 << r.bits) - 1) for name, r in held.items()}


def same_log(what: str, log: odin.Log, values: np.ndarray, causes: np.ndarray) -> None:
    """Whether values come in order and after the same inputs; else the first that differs."""
    got = list(zip(log.value.tolist(), log.cause.tolist(), strict=True))
    expected = list(zip(values.tolist(), causes.tolist(), strict=True))
    for n, (ours, theirs) in enumerate(zip(got, expected, strict=False)):
        assert ours == theirs, f"{what} {n}: (value, input event) is {ours}, expected {theirs}"
    assert len(got) == len(expected), f"{what}: {len(got)}, expected {len(expected)}"


def same_memories(
    event: int, words: np.ndarray, synapses: np.ndarray, true_words: Any, true_synapses: Any
) -> None:
    """Whether memories are the same; else the first register that differs."""
    for neuron in np.flatnonzero((words != true_words).any(axis=1)):
        ours, theirs = fields(words[neuron]), fields(true_words[neuron])
        for name in theirs:
            assert ours.get(name) == theirs[name], (
                f"by event {event}, neuron {neuron}: {name} is {ours.get(name)}, "
                f"expected {theirs[name]}"
            )
        raise AssertionError(f"by event {event}, neuron {neuron}: unused bits differ")
    for row, column in np.argwhere(synapses != true_synapses):
        raise AssertionError(
            f"by event {event}, synapse ({row}, {column}) is {synapses[row, column]:#x}, "
            f"expected {true_synapses[row, column]:#x}"
        )
