"""Spike trains as event times: checked once, and made from recorded arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Train = NDArray[np.floating]


def spike_times(spikes: ArrayLike, time_step_ms: float) -> list[Train]:
    r"""Times at which each unit fires, from what was recorded step by step.

    A spike of step $k$, counted from 0, is put at $k \, \Delta t$. A unit that gives two spikes
    in one step has that time twice.

    Args:
        spikes: whole numbers of spikes, `[T, *units]`; the units are taken in order, the last axis
            fastest.
        time_step_ms: length of a step, milliseconds.

    Returns:
        One array of times in milliseconds per unit, sorted.

    Raises:
        ValueError: fewer than two axes, a number of spikes that is negative or not whole, or a
            step that is not longer than 0.

    Example:
        >>> [train.tolist() for train in spike_times([[1, 0], [0, 0], [1, 2]], time_step_ms=0.5)]
        [[0.0, 1.0], [1.0, 1.0]]
    """
    counts = np.asarray(spikes)
    if counts.ndim < 2:
        raise ValueError(
            f"spikes have shape {list(counts.shape)}, expected [T, *units]. Give one unit an axis "
            "of its own: spikes[:, None]."
        )
    if not (counts >= 0).all() or not (counts == np.floor(counts)).all():
        raise ValueError(
            "spikes hold numbers other than 0, 1, 2 ..., expected how many spikes each unit gives "
            "in each step. Graded outputs have no times; compare them with a threshold first."
        )
    step = positive("time_step_ms", time_step_ms)
    rows = counts.reshape(len(counts), -1).T.astype(np.int64)
    units, steps = np.nonzero(rows)
    repeated = rows[units, steps]
    times = np.repeat(steps * step, repeated)
    ends = np.cumsum(rows.sum(axis=1))
    return np.split(times, ends[:-1])


def trains_by_unit(times_ms: ArrayLike, units: ArrayLike, count: int) -> list[Train]:
    """Sort the spikes of a population by the unit that fired.

    Args:
        times_ms: time of every spike, milliseconds, `[spikes]`, in any order.
        units: which unit gave it, `[spikes]`, from 0; `ranvier.nets.simulate` records both.
        count: how many units there are, the silent ones too.

    Returns:
        One array of sorted times per unit.

    Raises:
        ValueError: arrays of different lengths, a time that is not finite, or a unit that does
            not exist.

    Example:
        >>> [one.tolist() for one in trains_by_unit([1.0, 2.0, 3.0], [2, 0, 2], 3)]
        [[2.0], [], [1.0, 3.0]]
    """
    times, of = np.asarray(times_ms, np.float64), np.asarray(units)
    if times.ndim != 1 or times.shape != of.shape or not np.isfinite(times).all():
        raise ValueError(
            f"times_ms has shape {list(times.shape)} and units {list(of.shape)}, expected "
            "[spikes] twice, all times finite."
        )
    if len(of) and not (of.min() >= 0 and of.max() < count and (of == np.floor(of)).all()):
        raise ValueError(
            f"units run from {of.min()} to {of.max()}, expected whole numbers within "
            f"0..{count - 1}."
        )
    order = np.lexsort((times, of))
    ends = np.cumsum(np.bincount(of[order].astype(np.int64), minlength=count))
    return np.split(times[order], ends[:-1])


def train(name: str, times_ms: ArrayLike) -> Train:
    """One train, checked.

    Args:
        name: how messages call it.
        times_ms: its times, `[spikes]`, sorted.

    Raises:
        ValueError: another shape, a time that is not finite, or times out of order.

    Example:
        >>> train("one", [1, 2]).tolist()
        [1.0, 2.0]
    """
    times = np.asarray(times_ms, np.float64)
    if times.ndim != 1:
        raise ValueError(
            f"{name} has shape {list(times.shape)}, expected the times of one train, [spikes]. "
            "`spike_times` makes trains from an array [T, units]."
        )
    if not np.isfinite(times).all():
        raise ValueError(
            f"{name} holds {times[~np.isfinite(times)][0]}, expected finite times in milliseconds. "
            "Leave out what is no spike."
        )
    if (times[1:] < times[:-1]).any():
        at = int(np.flatnonzero(times[1:] < times[:-1])[0])
        raise ValueError(
            f"{name} goes back in time from {times[at]:g} to {times[at + 1]:g} ms at spike "
            f"{at + 1}, expected sorted times. If that is meant, sort them with numpy.sort."
        )
    return times


def trains(name: str, times_ms: Sequence[ArrayLike]) -> list[Train]:
    """Several trains, checked; a message names the train by its number.

    Args:
        name: how messages call them.
        times_ms: one array of times per train.

    Raises:
        ValueError: no train, or one that `train` refuses.

    Example:
        >>> len(trains("trains", [[1.0], []]))
        2
    """
    if not len(times_ms):
        raise ValueError(f"{name} is empty, expected at least one train; it may be silent: [[]].")
    return [train(f"{name}[{number}]", one) for number, one in enumerate(times_ms)]


def positive(name: str, value: float) -> float:
    """A finite number above 0.

    Args:
        name: how messages call it.
        value: the number.

    Raises:
        ValueError: another number.

    Example:
        >>> positive("window_ms", 5)
        5.0
    """
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} is {value}, expected a finite number of more than 0.")
    return float(value)


def span(start_ms: float, stop_ms: float) -> float:
    """Length of an observation in milliseconds.

    Args:
        start_ms: where it begins.
        stop_ms: where it ends.

    Raises:
        ValueError: an end that is not later than the beginning.

    Example:
        >>> span(100, 1100)
        1000.0
    """
    if not (np.isfinite(start_ms) and np.isfinite(stop_ms) and stop_ms > start_ms):
        raise ValueError(
            f"the observation lasts from {start_ms} to {stop_ms} ms, expected an end that is later "
            "than the beginning, both finite."
        )
    return float(stop_ms - start_ms)
