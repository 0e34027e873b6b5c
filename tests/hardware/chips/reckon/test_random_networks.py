"""Random networks and generators, bit by bit those of the hardware description."""

import sys

import numpy as np
import pytest

from ranvier.hardware.chips.reckon import _random
from tests.hardware.chips.reckon.golden import folder, run_random

KINDS = {
    "neur15": _random.MEMBRANE,
    "oneur7": _random.OUTPUT,
    "noise32": _random.NOISE,
    "winp_wrec512": _random.WEIGHTS,
    "wout448": _random.OUTPUT_WEIGHTS,
}


def as_one(words, width):
    return sum(int(word) << width * n for n, word in enumerate(words))


@pytest.mark.parametrize("name", KINDS)
def test_generators(real_data, name):
    trace = dict(np.load(folder(real_data) / "lfsr.npz"))
    kind, state = KINDS[name], 0
    for seed, step, row in zip(trace["seed"], trace["step"], trace[name], strict=True):
        if step == 0:
            state = int(seed) & (1 << kind.length) - 1
        drawn, state = kind.draw(state)
        got, wanted = as_one(drawn, kind.word), as_one(np.atleast_1d(row), 32)
        assert got == wanted, f"seed {seed:#x}, clock {step}: {got:#x}, not {wanted:#x}"


@pytest.mark.parametrize("tens", range(8))
def test_random_networks(real_data, tens):
    paths = sorted(folder(real_data).glob(f"rand_0{tens}?.npz"))
    if not paths:
        pytest.skip(f"no networks from {10 * tens} on")
    told = [word for path in paths if (word := run_random(path))]
    assert not told, told[0]


def test_without_numba_the_bits_are_the_same(real_data, monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "ranvier.hardware.chips.reckon._loops", raising=False)
    told = run_random(folder(real_data) / "rand_004.npz", samples=1)
    loops = sys.modules.pop("ranvier.hardware.chips.reckon._loops")
    assert type(loops.run_ticks).__name__ == "function"
    assert not told, told
