"""The networks of populations in NEST; its conductance neuron takes adaptive Runge-Kutta steps."""

import time

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
    start,
)

COMMON = {"V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0}
# In the units of NEST: a capacitance in pF as large as the time constant in ms makes a current in
# pA a potential in mV; conductances are in units of a leak of 10 nS.
MODEL = {
    "cuba": ("iaf_psc_exp", {"E_L": -49.0, "C_m": 20.0, "tau_m": 20.0}, 1.0),
    "coba": (
        "iaf_cond_exp",
        {"E_L": -60.0, "C_m": 200.0, "g_L": 10.0, "E_ex": 0.0, "E_in": -80.0},
        10.0,
    ),
}


def prepare(network: str) -> Run:
    """A run of a network with connections and start of its own."""
    # Greets on standard output, which `serve` keeps free for answers.
    import nest

    model, parameters, unit = MODEL[network]

    def run(seed: int) -> tuple[float, np.ndarray, np.ndarray]:
        nest.ResetKernel()
        nest.set_verbosity("M_ERROR")
        nest.resolution, nest.local_num_threads, nest.rng_seed = TIME_STEP_MS, 1, seed + 1
        neurons = nest.Create(model, UNITS, params={**COMMON, **parameters})
        v, excitatory, inhibitory = start(network, np.random.default_rng(seed))
        neurons.V_m = v
        if network == "coba":
            neurons.set(
                g_ex=np.maximum(unit * excitatory, 0), g_in=np.maximum(unit * inhibitory, 0)
            )
        recorder = nest.Create("spike_recorder")
        signs = (1.0, 1.0 if network == "cuba" else -1.0)
        for part, weight, sign in zip(
            (neurons[:EXCITATORY], neurons[EXCITATORY:]), WEIGHTS[network], signs, strict=True
        ):
            nest.Connect(
                part,
                neurons,
                {"rule": "pairwise_bernoulli", "p": PROBABILITY},
                # Its shortest delay, one step, acts when a synapse without delay does elsewhere.
                {"weight": sign * unit * weight, "delay": TIME_STEP_MS},
            )
        nest.Connect(neurons, recorder)
        nest.Prepare()
        started = time.process_time()
        nest.Run(DURATION_MS)
        seconds = time.process_time() - started
        nest.Cleanup()
        events = recorder.events
        return seconds, events["times"] - TIME_STEP_MS, events["senders"] - neurons[0].global_id

    return run


if __name__ == "__main__":
    serve(prepare, ("nest-simulator", "numpy"))
