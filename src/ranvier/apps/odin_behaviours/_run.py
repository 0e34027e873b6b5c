"""Every behaviour on a chip of its own, bit by bit as the hardware."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import new_run, read_run
from ranvier.apps.odin_behaviours._behaviours import BEHAVIOURS
from ranvier.apps.odin_behaviours._chip import BURST_STEP, INTERVAL, membrane, threshold, watch
from ranvier.apps.odin_behaviours._report import write_report
from ranvier.hardware.chips import registers

SOURCE = (
    "Frenkel et al., IEEE TBioCAS 13 (2019), and the documentation of ODIN for the neuron; "
    "Izhikevich, IEEE Trans. Neural Netw. 15 (2004) for the behaviours; settings and input of ours"
)


def run(folder: Path) -> dict[str, Any]:
    """Program a neuron of ODIN for every behaviour, and watch it event by event.

    Args:
        folder: where the run leaves its files.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run.

    Source: Frenkel et al., IEEE TBioCAS 13 (2019), for the neuron; Izhikevich, IEEE Trans. Neural
    Netw. 15 (2004), for the behaviours. The public documentation gives no settings: they are ours.

    Example:
        See `ranvier run odin-behaviours`, which is this function.
    """
    settings = {"cycles_per_interval": INTERVAL, "cycles_per_burst_step": BURST_STEP}
    with new_run(folder, "odin-behaviours", settings, SOURCE) as recorder:
        recorder.result["behaviours"] = []
        for number, (name, behaviour) in enumerate(BEHAVIOURS.items()):
            neuron, steps = behaviour.neuron, behaviour.steps
            seen = watch(neuron, steps)
            programmed = {
                register: getattr(neuron, register)
                for register in registers(neuron)
                if getattr(neuron, register)
            }
            recorder.result["behaviours"].append(
                {
                    "name": name,
                    "registers": programmed,
                    "stimulus": [list(part) for part in behaviour.stimulus],
                    "spikes": len(seen.spikes),
                }
            )
            for what, array in {
                "times": seen.times,
                "core": np.array([held.core for held in seen.states]),
                "membrane": membrane(neuron, seen.states),
                "threshold": threshold(neuron, seen.states),
                "spikes": seen.spikes,
                "steps": np.array(steps),
            }.items():
                recorder.arrays[f"{number}/{what}"] = array
    write_report(folder)
    return read_run(folder)[0]
