r"""A population of stochastic phase-change neurons hears a signal that is faster than any of them.

Each pulse of amplitude $a_t$ grows the conductance of all devices; a device that passes the
threshold fires and is melted. The spikes of $N$ neurons in a window of $w$ pulses are
$N w a / m$ in the mean, with the mean interval $m$ of a neuron under pulses of one, so that
$m / (N w)$ times their count estimates the mean amplitude in the window, without anything fitted.

Three populations hear the same: with noise; without; and without, from conductances that are
spread out at the start. Without noise, neurons that once fire at the same pulse stay together
ever after, since a reset forgets by how much the threshold was passed.
"""

from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np

from ranvier.apps._recording import Recorder, new_run, read_run
from ranvier.apps.phase_change_neurons._population import (
    TRACED,
    decoded,
    fire,
    intervals,
    means,
    neurons,
    signal,
)
from ranvier.apps.phase_change_neurons._report import write_report
from ranvier.apps.phase_change_neurons._theory import (
    POPULATIONS,
    PUBLISHED,
    Constants,
    expected_error,
    window_variance,
)

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_SETTLING = 1500
_LEAST_PULSES = 1000

SOURCE = (
    "Tuma, Pantazi, Le Gallo, Sebastian, Eleftheriou, Stochastic phase-change neurons, Nat. "
    "Nanotechnol. 11 (2016), for the neuron and the population of 500; model, numbers and the "
    "closed form are ours"
)


def run(
    folder: Path,
    *,
    pulses: int = 4000,
    window: int = 4,
    repeats: int = 10,
    growth_noise: float = 1.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Decode a signal from the spikes of 1 to 1000 neurons, with and without noise.

    Args:
        folder: where the run leaves its files.
        pulses: over which spikes are counted, after 1500 in which the population spreads out.
        window: pulses per count.
        repeats: signals, each heard by populations of their own.
        growth_noise: of a pulse, relative to its growth.
        seed: of signals and noise.

    Returns:
        What `result.json` holds.

    Raises:
        ValueError: too few pulses or repeats, a window that is not shorter than half the fastest
            period, or a noise that is not positive.
        FileExistsError: the folder holds a run.

    Example:
        See `ranvier run phase-change-neurons`, which is this function.
    """
    constants = Constants(growth_noise=growth_noise)
    _check(constants, pulses, window, repeats)
    settings = {
        **constants._asdict(),
        "pulses": pulses,
        "settling": _SETTLING,
        "window": window,
        "repeats": repeats,
        "seed": seed,
        "sizes": list(SIZES),
    }
    with new_run(folder, "phase-change-neurons", settings, SOURCE) as recorder:
        streams = np.random.SeedSequence(seed).spawn(repeats + 1)
        scores = [
            _hear(recorder, constants, pulses, window, stream, keep=number == 0)
            for number, stream in enumerate(streams[:-1])
        ]
        error = expected_error(constants, window, SIZES)
        recorder.result |= {
            "fastest_over_rate": constants.interval / constants.fastest,
            "slowest_over_rate": constants.interval / constants.slowest,
            "signal_deviation": window_variance(constants, window) ** 0.5,
            "expected": {
                "correlation": (1 / np.sqrt(1 + error**2)).tolist(),
                "error": error.tolist(),
            },
            "populations": {
                name: _summary(np.array([score[name] for score in scores])) for name in POPULATIONS
            },
            "levels": [score["levels"] for score in scores],
            "intervals": _intervals(recorder, constants, pulses, streams[-1]),
        }
    write_report(folder)
    return read_run(folder)[0]


def _check(constants: Constants, pulses: int, window: int, repeats: int) -> None:
    if pulses < _LEAST_PULSES:
        raise ValueError(
            f"pulses is {pulses}, expected at least {_LEAST_PULSES}: a neuron fires once in "
            f"{constants.interval:.0f} pulses."
        )
    if not 1 <= window <= constants.fastest // 2:
        raise ValueError(
            f"window is {window}, expected 1 to {constants.fastest // 2} pulses: the signal has "
            f"periods of {constants.fastest}, of which two counts are needed."
        )
    if repeats < 2:
        raise ValueError(f"repeats is {repeats}, expected at least 2, for a spread.")
    if not constants.growth_noise > 0:
        raise ValueError(
            f"growth_noise is {constants.growth_noise}, expected more than 0; the noiseless "
            "population is there in any case."
        )


def _hear(
    recorder: Recorder,
    constants: Constants,
    pulses: int,
    window: int,
    stream: np.random.SeedSequence,
    *,
    keep: bool,
) -> dict[str, Any]:
    """One signal heard by the three populations: correlation and error for every size."""
    rng = np.random.default_rng(stream)
    amplitudes = signal(constants, _SETTLING + pulses, rng)
    start = rng.uniform(constants.reset_uS, constants.threshold_uS, SIZES[-1])
    key = jr.key(int(rng.integers(2**31)))
    heard = means(amplitudes[_SETTLING:], window)
    quiet = constants.noiseless
    if keep:
        recorder.arrays |= {
            "pulse": np.arange(pulses),
            "amplitude": amplitudes[_SETTLING:],
            "window_start": window * np.arange(len(heard)),
        }
    found: dict[str, Any] = {}
    kinds = (constants, None, key), (quiet, start, None), (quiet, None, None)
    for name, (of, start_uS, drawn) in zip(POPULATIONS, kinds, strict=True):
        done = fire(neurons(of, SIZES[-1]), amplitudes, start_uS=start_uS, key=drawn)
        spikes = done.spikes[_SETTLING:]
        told = [decoded(spikes, size, window, of.interval) for size in SIZES]
        found[name] = [
            [_correlation(one, heard) for one in told],
            [float(np.sqrt(np.mean((one - heard) ** 2)) / heard.std()) for one in told],
        ]
        if start_uS is not None:
            found["levels"] = done.levels
        if keep:
            recorder.arrays |= {
                f"{name}/decoded": told[SIZES.index(PUBLISHED)],
                f"{name}/conductance_uS": done.conductance_uS[_SETTLING:],
                f"{name}/fired": spikes[:, :TRACED],
            }
    return found


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Of two series; none where one of them does not vary."""
    if not (one.std() and other.std()):
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _summary(scores: np.ndarray) -> dict[str, Any]:
    """Mean and standard deviation over repeats of `[repeats, 2, sizes]`."""
    mean, spread = scores.mean(axis=0), scores.std(axis=0, ddof=1)
    return {
        measure: {"mean": mean[row].tolist(), "deviation": spread[row].tolist()}
        for row, measure in enumerate(("correlation", "error"))
    }


def _intervals(
    recorder: Recorder, constants: Constants, pulses: int, stream: np.random.SeedSequence
) -> dict[str, float]:
    """Pulses between spikes under pulses of one; their distribution goes to the recorder."""
    key = jr.key(int(np.random.default_rng(stream).integers(2**31)))
    done = fire(neurons(constants, PUBLISHED), np.ones(pulses), key=key)
    # Ten standard deviations: what would be cut off at the end is not begun.
    longest = constants.interval + 10 * constants.interval_variance**0.5
    found = intervals(done.spikes, min(int(longest), pulses // 2))
    counts = np.bincount(found)
    recorder.arrays |= {
        "interval": np.arange(len(counts)),
        "probability": counts / len(found),
    }
    return {
        "count": len(found),
        "mean": float(found.mean()),
        "variance": float(found.var()),
        "expected_mean": constants.interval,
        "expected_variance": constants.interval_variance,
    }
