"""Random networks and inputs for the tests of MorphIC."""

import numpy as np

from ranvier.hardware.chips import morphic


def random_neuron(rng: np.random.Generator, **given: int) -> morphic.LIFNeuron:
    """A neuron with any registers that let it fire."""
    drawn = {
        "leak_str": int(rng.integers(0, 3)),
        "leak_en": int(rng.integers(2)),
        "thr": int(rng.integers(2, 12)),
        "ca_en": int(rng.integers(2)),
        "thetamem": int(rng.integers(0, 8)),
        "ca_theta1": int(rng.integers(0, 3)),
        "ca_theta2": int(rng.integers(1, 8)),
        "ca_theta3": int(rng.integers(1, 8)),
        "ca_leak": int(rng.integers(0, 5)),
        "neur_disable": int(rng.integers(10) == 0),
    }
    return morphic.LIFNeuron(**{**drawn, **given})


def random_cores(rng: np.random.Generator, neurons: tuple[int, ...], chips: int):
    """Cores of so many neurons each, with signs, routes to all chips and learning."""
    cores = []
    for number, n in enumerate(neurons):
        signs = int.from_bytes(rng.bytes(128), "little") & int.from_bytes(rng.bytes(128), "little")
        configuration = morphic.Configuration(
            open_loop=int(number == 0),
            sdsp_n=4,
            sdsp_p_up=3,
            sdsp_p_down=16,
            seed=number + 5,
            line_sign=signs,
        )
        routes = {
            i: morphic.Route(
                cores=int(rng.integers(1, 16)),
                chips=int(rng.integers(0, 1 << chips)),
                line=int(rng.integers(512)),
            )
            for i in range(0, n, 2)
        }
        synapses = rng.random((1024, n)) < 0.06
        held = [random_neuron(rng) for _ in range(n)]
        cores.append(morphic.Core(held, synapses.astype(int), configuration, routes))
    return cores


def random_events(rng: np.random.Generator, count: int, chips: int) -> list[int]:
    """Events of every kind at any place."""
    events = []
    for kind in rng.choice(5, count, p=[0.3, 0.3, 0.3, 0.03, 0.07]):
        chip, core = int(rng.integers(chips)), int(rng.integers(4))
        index, weight = int(rng.integers(512)), int(rng.integers(8))
        made = (
            morphic.spike(index, core=core, chip=chip),
            morphic.line(index, core=(core, (core + 1) % 4), chip=chip),
            morphic.virtual(index, weight, inhibitory=bool(weight & 1), core=core, chip=chip),
            morphic.time_reference(chip=chip),
            morphic.time_reference(index, core=core, chip=chip),
        )
        events.append(made[kind])
    return events
