r"""100 leaky integrate-and-fire neurons under currents that rise from neuron to neuron.

With a refractory period counted from the step of the spike, as Brian2 does, the interval between
two spikes is $(r + k - 1)\,\Delta t$ with $r$ steps in the period and $k$ steps from reset to
threshold; the closed form is $t_{ref} + \tau \ln\frac{RI}{RI - \theta}$.
"""

import math
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from ranvier.apps._recording import new_run, read_run
from ranvier.apps.fi_curve._constants import Constants, closed_form_Hz
from ranvier.apps.fi_curve._report import write_report
from ranvier.nets import Layer, record
from ranvier.neurons import LIF, Refractory
from ranvier.synapses import OneToOne

SOURCE = (
    "the integrate-and-fire tutorial of Brian2, with other constants; closed form: Gerstner, "
    "Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 1.3"
)


def run(
    folder: Path, *, time_step_ms: float = 0.1, duration_ms: float = 2000.0, traced: str = "15,20"
) -> dict[str, Any]:
    """Measure the firing rate of every neuron, and write it beside the closed form.

    Args:
        folder: where the run leaves its files.
        time_step_ms: of the simulation.
        duration_ms: over which spikes are counted.
        traced: numbers of the neurons whose membranes are kept, with commas.

    Returns:
        What `result.json` holds.

    Raises:
        ValueError: a duration shorter than a step, a number that is no neuron, or a time step of
            which the refractory period is no multiple.
        FileExistsError: the folder holds a run.

    Example:
        See `ranvier run fi-curve`, which is this function.
    """
    constants = Constants()
    units = _numbers(traced, constants.neurons)
    if not time_step_ms <= duration_ms < math.inf:
        raise ValueError(f"duration_ms is {duration_ms}, expected at least {time_step_ms} ms.")
    unit = Refractory(
        LIF(
            constants.neurons,
            tau_membrane_ms=constants.tau_ms,
            time_step_ms=time_step_ms,
            resistance=constants.resistance_MOhm,
            threshold=constants.distance_mV,
        ),
        period_ms=constants.refractory_ms,
    )
    settings = {
        **constants._asdict(),
        "time_step_ms": time_step_ms,
        "duration_ms": duration_ms,
        "traced": list(units),
    }
    with new_run(folder, "fi-curve", settings, SOURCE) as recorder:
        steps = round(duration_ms / time_step_ms)
        currents = constants.currents_nA
        layer = Layer(unit, {"dendrite": OneToOne(constants.neurons)})
        xs = jnp.broadcast_to(jnp.asarray(currents), (steps, constants.neurons))
        (history,) = record(layer, xs)
        fired = np.asarray(history.y) > 0
        counts = fired.sum(axis=0)
        measured = 1000 * counts / (steps * time_step_ms)
        analytic = closed_form_Hz(constants, currents)
        recorder.arrays = {
            "currents_nA": currents,
            "measured_Hz": measured,
            "times_ms": time_step_ms * np.arange(steps),
            "membrane_mV": constants.resting_mV + np.asarray(history.neuron.v)[:, list(units)],
            "fired": fired[:, list(units)],
        }
        recorder.result = {
            "first_that_fires": int(np.argmax(counts > 0)) if counts.any() else None,
            "rheobase_nA": constants.rheobase_nA,
            "largest_deviation_Hz": float(np.abs(measured - analytic).max()),
            "neurons": [
                {
                    "index": index,
                    "current_pA": 1000 * float(currents[index]),
                    "spikes": int(counts[index]),
                    "measured_Hz": float(measured[index]),
                    "analytic_Hz": float(analytic[index]),
                    "first_spike_ms": float(time_step_ms * np.argmax(fired[:, index]))
                    if counts[index]
                    else None,
                }
                for index in range(constants.neurons)
            ],
        }
    write_report(folder)
    return read_run(folder)[0]


def _numbers(written: str, count: int) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in written.split(","))
    except ValueError:
        numbers = ()
    if not numbers or not all(0 <= number < count for number in numbers):
        raise ValueError(
            f"traced is {written!r}, expected numbers of neurons from 0 to {count - 1} with "
            "commas, such as 15,20."
        )
    return numbers
