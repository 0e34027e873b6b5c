"""The networks of populations in Brian2, compiled to a C++ program of their own."""

import tempfile

import brian2 as b2
import numpy as np

from benchmarks.workers.populations import (
    DURATION_MS,
    EXCITATORY,
    PROBABILITY,
    TIME_STEP_MS,
    UNITS,
    WEIGHTS,
    Run,
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
METHOD = {"cuba": "exact", "coba": "euler"}


def prepare(network: str) -> Run:
    """Compile a network, which draws its connections and its start anew in each run."""
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
    for part, on_pre in (
        (group[:EXCITATORY], f"ge += {excitatory}"),
        (group[EXCITATORY:], f"gi += {inhibitory}"),
    ):
        synapses.append(b2.Synapses(part, group, on_pre=on_pre))
        synapses[-1].connect(p=PROBABILITY)
    if network == "cuba":
        group.v = "-60 + rand() * 10"
    else:
        group.v = "-60 + 5 * randn() - 5"
        group.ge = "1.5 * randn() + 4"
        group.gi = "12 * randn() + 20"
    monitor = b2.SpikeMonitor(group)
    b2.Network(group, *synapses, monitor).run(DURATION_MS * b2.ms)
    b2.device.build(directory=None, run=False)

    def run(seed: int) -> tuple[float, np.ndarray, np.ndarray]:
        b2.device.run()
        times_ms = np.asarray(monitor.t / b2.ms)
        # Its own clock, which leaves the start of the process and reading and writing out.
        return float(b2.device._last_run_time), times_ms, np.asarray(monitor.i)

    return run


if __name__ == "__main__":
    serve(prepare, ("brian2", "numpy"))
