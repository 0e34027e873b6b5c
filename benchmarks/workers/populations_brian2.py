"""The networks of populations in Brian2, compiled to a C++ program of their own."""

import tempfile
from collections.abc import Callable
from typing import Any

import brian2 as b2
import numpy as np

from benchmarks.workers.populations import (
    DURATION_MS,
    EXCITATORY,
    PROBABILITY,
    TIME_STEP_MS,
    UNITS,
    WEIGHTS,
    Once,
    Run,
    drawn,
    serve,
)

DECAY = """
dge/dt = -ge / (5*ms) : 1
dgi/dt = -gi / (10*ms) : 1
"""
MEMBRANE = {
    "cuba": "dv/dt = (-49 - v + ge + gi) / (20*ms) : 1 (unless refractory)",
    "coba": "dv/dt = (-60 - v + ge * (0 - v) + gi * (-80 - v)) / (20*ms) : 1 (unless refractory)",
}
# As `start` has it.
START = {
    "cuba": {"v": "-60 + rand() * 10"},
    "coba": {"v": "-60 + 5 * randn() - 5", "ge": "1.5 * randn() + 4", "gi": "12 * randn() + 20"},
}
METHOD = {"cuba": "exact", "coba": "euler"}


def assemble(
    network: str, connect: Callable[[b2.Synapses, str], None], start: dict[str, Any]
) -> tuple[b2.NeuronGroup, b2.SpikeMonitor]:
    """Compile a network, connected by `connect`, which gets synapses and their kind."""
    b2.device.reinit()
    b2.set_device("cpp_standalone", build_on_run=False, directory=tempfile.mkdtemp())
    b2.defaultclock.dt = TIME_STEP_MS * b2.ms
    group = b2.NeuronGroup(
        UNITS,
        MEMBRANE[network] + DECAY,
        threshold="v > -50",
        reset="v = -60",
        refractory=5 * b2.ms,
        method=METHOD[network],
    )
    excitatory, inhibitory = WEIGHTS[network]
    synapses = []
    for kind, part, on_pre in (
        ("excitatory", group[:EXCITATORY], f"ge += {excitatory}"),
        ("inhibitory", group[EXCITATORY:], f"gi += {inhibitory}"),
    ):
        synapses.append(b2.Synapses(part, group, on_pre=on_pre))
        connect(synapses[-1], kind)
    for variable, value in start.items():
        setattr(group, variable, value)
    monitor = b2.SpikeMonitor(group)
    b2.Network(group, *synapses, monitor).run(DURATION_MS * b2.ms)
    b2.device.build(directory=None, run=False)
    return group, monitor


def prepare(network: str) -> Run:
    """Compile a network, which draws its connections and its start anew in each run."""
    _, monitor = assemble(
        network, lambda synapses, _: synapses.connect(p=PROBABILITY), START[network]
    )

    def run(seed: int) -> tuple[float, np.ndarray, np.ndarray]:
        b2.device.run()
        times_ms = np.asarray(monitor.t / b2.ms)
        # Its own clock, which leaves the start of the process and reading and writing out.
        return float(b2.device._last_run_time), times_ms, np.asarray(monitor.i)

    return run


def once(network: str) -> Once:
    """What the network does that all simulators are given."""
    pre, post, v, excitatory, inhibitory = drawn(network)
    first = pre < EXCITATORY

    def connect(synapses: b2.Synapses, kind: str) -> None:
        if kind == "excitatory":
            synapses.connect(i=pre[first], j=post[first])
        else:
            synapses.connect(i=pre[~first] - EXCITATORY, j=post[~first])

    group, monitor = assemble(network, connect, {"v": v, "ge": excitatory, "gi": inhibitory})
    b2.device.run()
    steps = np.rint(monitor.t / b2.ms / TIME_STEP_MS).astype(int)
    return steps, np.asarray(monitor.i), np.asarray(group.v)


if __name__ == "__main__":
    serve(prepare, ("brian2", "numpy"), once=once)
