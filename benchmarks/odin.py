"""Synaptic operations of ODIN per second on one core: ``python -m benchmarks.odin``."""

from __future__ import annotations

import time
from typing import Annotated, NamedTuple

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from ranvier.hardware.chips import odin

NEURONS = {
    "LIF": odin.LIFNeuron(
        thr=200, ca_en=1, thetamem=100, ca_theta1=1, ca_theta2=4, ca_theta3=7, ca_leak=5
    ),
    "Izhikevich": odin.IzhikevichNeuron(
        thr=5, rfr=2, ca_en=1, thetamem=2, ca_theta2=4, ca_theta3=7, ca_leak=5
    ),
}


class Measured(NamedTuple):
    """One row: millions of synaptic operations per second, the best of the rounds."""

    neuron: str
    events: str
    compiled: bool
    millions: float


def measured(
    operations: int, rounds: int, ways: tuple[bool, ...] = (True, False)
) -> list[Measured]:
    """All 256 neurons learn from random weights and signs, in open loop."""
    rows = []
    for compiled in ways:
        for name, neuron in NEURONS.items():
            draw = np.random.default_rng(0)
            configuration = odin.Configuration(
                open_loop=1, sdsp_on_syn_stim=1, syn_sign=int.from_bytes(draw.bytes(32), "little")
            )
            weights = draw.integers(8, 16, (256, 256))
            chip = odin.ODIN([neuron] * 256, weights, configuration, compiled=compiled)
            chip.run(chip.init(), [0])  # Compiles.
            single = operations // (20 if compiled else 200)
            events = {
                "spikes": draw.integers(0, 256, max(operations // 256, 1)) << 8 | 7,
                "single synapses": 1 << 16 | draw.integers(0, 1 << 16, max(single, 1)),
            }
            for kind, codes in events.items():
                best = 0.0
                for _ in range(rounds):
                    start = time.perf_counter()
                    _, output = chip.run(chip.init(), codes)
                    took = time.perf_counter() - start
                    best = max(best, output.counts.synaptic_operations / took / 1e6)
                rows.append(Measured(name, kind, compiled, best))
    return rows


def main(
    operations: Annotated[int, typer.Option(min=1, help="Per round.")] = 2_000_000,
    rounds: Annotated[int, typer.Option(min=1, help="The best counts.")] = 5,
) -> None:
    """Measure ODIN, compiled and not, on one core."""
    table = Table("neuron", "events", "with", "million synaptic operations per second")
    for row in measured(operations, rounds):
        way = "Numba" if row.compiled else "NumPy"
        table.add_row(row.neuron, row.events, way, f"{row.millions:.3g}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
