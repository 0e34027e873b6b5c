r"""A neuron that answers to ten inputs of 20 Hz in phase, and is silent when they are spread out.

Each of $N$ synapses moves the membrane by $w$ at each of its spikes, every $T$ ms. Evenly spread,
the membrane peaks at $w / (1 - e^{-T/(N\tau)})$; all at once, at $N w / (1 - e^{-T/\tau})$. Between
the two weights at which either reaches the threshold, the neuron tells the phases apart.

Two things in it lie exactly on an edge, and are settled as in the published script. At
$w = 1.5$ mV a volley from rest moves the membrane by 15 mV, which is the threshold: it fires at
the threshold, not only above, so that the strict test of `LIF` gets the next smaller number. And
inputs that are spread out come every 5 ms, which is the refractory period: it ends after the
input, which is lost; so the period is counted from the step after the spike.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from ranvier.apps._recording import new_run, read_run
from ranvier.apps.phase_selectivity._report import write_report
from ranvier.nets import Layer, record
from ranvier.neurons import LIF, Refractory
from ranvier.synapses import Dense

PHASES = ("in phase", "out of phase")
RUNS = ((2.5, "out of phase"), (2.0, "out of phase"), (1.5, "out of phase"), (1.5, "in phase"))
"""Weights in mV and phases of the published script."""

SOURCE = (
    "Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 1.3, for the neuron; "
    "the bounds are derived from it"
)
_LARGEST_mV, _WEIGHTS = 3.0, 61


class Constants(NamedTuple):
    """The neuron and its synapses.

    Example:
        >>> [round(bound, 3) for bound in Constants().bounds_mV]
        [1.217, 2.303]
    """

    synapses: int = 10
    rate_Hz: float = 20.0
    tau_ms: float = 30.0
    threshold_mV: float = 15.0
    refractory_ms: float = 5.0

    @property
    def period_ms(self) -> float:
        """Between two spikes of a synapse."""
        return 1000 / self.rate_Hz

    @property
    def bounds_mV(self) -> tuple[float, float]:
        """Weights at which inputs in phase, and inputs evenly spread, reach the threshold."""
        together = -math.expm1(-self.period_ms / self.tau_ms) / self.synapses
        apart = -math.expm1(-self.period_ms / (self.synapses * self.tau_ms))
        return self.threshold_mV * together, self.threshold_mV * apart


def run(folder: Path, *, time_step_ms: float = 0.1, duration_ms: float = 2000.0) -> dict[str, Any]:
    """Count spikes under both phases for the published weights, and for many more.

    Args:
        folder: where the run leaves its files.
        time_step_ms: of the simulation; the inputs, 5 ms apart, must fall on steps.
        duration_ms: over which spikes are counted.

    Returns:
        What `result.json` holds.

    Raises:
        ValueError: a time step of which 5 ms are no multiple, or a duration below one period.
        FileExistsError: the folder holds a run.

    Example:
        See `ranvier run phase-selectivity`, which is this function.
    """
    constants = Constants()
    apart_ms = constants.period_ms / constants.synapses
    steps_apart = round(apart_ms / time_step_ms)
    if abs(steps_apart * time_step_ms - apart_ms) > 1e-9 or steps_apart < 1:
        raise ValueError(
            f"time_step_ms is {time_step_ms}, expected a part of {apart_ms:g} ms, such as 0.1: the "
            "inputs must fall on steps."
        )
    if not constants.period_ms <= duration_ms < math.inf:
        raise ValueError(
            f"duration_ms is {duration_ms}, expected at least one period of "
            f"{constants.period_ms:g} ms."
        )
    weights = np.concatenate(
        [sorted({weight for weight, _ in RUNS}), np.linspace(0, _LARGEST_mV, _WEIGHTS)]
    )
    settings = {**constants._asdict(), "time_step_ms": time_step_ms, "duration_ms": duration_ms}
    with new_run(folder, "phase-selectivity", settings, SOURCE) as recorder:
        steps = round(duration_ms / time_step_ms)
        spikes = _inputs(constants.synapses, steps, steps_apart)
        (history,) = record(
            _layer(constants, weights, time_step_ms), jnp.asarray(spikes, jnp.float32)
        )
        fired = np.asarray(history.y) > 0
        counts = fired.sum(axis=0)
        recorder.result = {
            "bounds_mV": list(constants.bounds_mV),
            "runs": [],
            "measured_bounds_mV": {
                phase: _onset(weights[-_WEIGHTS:], counts[row, -_WEIGHTS:])
                for row, phase in enumerate(PHASES)
            },
        }
        recorder.arrays = {
            "times_ms": time_step_ms * np.arange(steps),
            "weights_mV": weights[-_WEIGHTS:],
            "counts": counts[:, -_WEIGHTS:],
        }
        for number, (weight, phase) in enumerate(RUNS):
            at = PHASES.index(phase), int(np.argmax(weights == weight))
            run_of = {"weight_mV": weight, "phase": phase, "spikes": int(counts[at])}
            recorder.result["runs"].append(run_of)
            recorder.arrays[f"run/{number}/membrane_mV"] = np.asarray(history.neuron.v)[:, *at]
            recorder.arrays[f"run/{number}/fired"] = fired[:, *at]
    write_report(folder)
    return read_run(folder)[0]


def _inputs(synapses: int, steps: int, steps_apart: int) -> np.ndarray:
    """Spikes `[T, phase, synapses]`: all at once, and evenly spread."""
    found = np.zeros((steps, len(PHASES), synapses))
    for index in range(synapses):
        found[:: synapses * steps_apart, 0, index] = 1
        found[index * steps_apart :: synapses * steps_apart, 1, index] = 1
    return found


def _layer(constants: Constants, weights: np.ndarray, time_step_ms: float) -> Layer:
    """One neuron per weight, with that weight on each of its synapses."""
    kept = math.exp(-time_step_ms / constants.tau_ms)
    unit = Refractory(
        LIF(
            len(weights),
            tau_membrane_ms=constants.tau_ms,
            time_step_ms=time_step_ms,
            # An input of one moves the membrane by one.
            resistance=1 / (1 - kept),
            threshold=float(np.nextafter(np.float32(constants.threshold_mV), np.float32(0))),
        ),
        period_ms=constants.refractory_ms,
        counted="next_step",
    )
    dense = jnp.asarray(np.tile(weights[:, None], constants.synapses), jnp.float32)
    return Layer(unit, {"dendrite": Dense(dense)})


def _onset(weights: np.ndarray, counts: np.ndarray) -> list[float] | None:
    """The largest weight that is silent, and the least that fires."""
    if not counts.any() or counts.all():
        return None
    first = int(np.argmax(counts > 0))
    return [float(weights[first - 1]), float(weights[first])]
