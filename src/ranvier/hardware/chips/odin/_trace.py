"""Internal signals of a machine while it runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ranvier.core import nearest, one_of
from ranvier.hardware.chips.odin._state import CYCLES, SLOTS, State

Signal = Callable[[Any], Any]
EACH = ("event", "step")


def _queue(state: State) -> np.ndarray:
    return np.where(np.arange(len(state.queue)) < state.waiting[SLOTS], state.queue, -1)


SCHEDULER: dict[str, Signal] = {
    "cycle": lambda state: state.counts[CYCLES],
    "queue": _queue,
    "waiting": lambda state: state.waiting[SLOTS],
}


def trace(
    owner: str,
    known: Mapping[str, Signal],
    signals: Sequence[str],
    steps: Iterator[tuple[Any, int]],
    start: Any,
    each: str = "event",
    arrivals: Any = None,
) -> tuple[Any, dict[str, np.ndarray]]:
    """Signals after every input event and what it led to, or after everything that is served."""
    one_of(f"{owner}.trace", "each", each, EACH)
    for name in signals:
        if name not in known and name != "cause":
            names = ("cause", *known)
            raise ValueError(f"{owner}.trace: signal is {name!r}. {nearest(name, names)}")
    if each == "event" and arrivals is not None:
        raise ValueError(
            f"{owner}.trace: events with arrivals overlap, so that there is no state after each. "
            "Give each='step', or no arrivals."
        )
    kept: dict[str, list[Any]] = {name: [] for name in signals}
    last, state = -1, start
    for state, cause in steps:
        again = each == "event" and cause == last
        last = cause
        for name, rows in kept.items():
            value = np.array(cause if name == "cause" else known[name](state))
            if again:
                rows[-1] = value
            else:
                rows.append(value)
    return state, {name: np.array(rows) for name, rows in kept.items()}
