"""A run of a machine: room for what it tells, and what it says when it stops."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ranvier.core import positive
from ranvier.hardware.chips.odin import _machine, _work
from ranvier.hardware.chips.odin._border import addresses, arrival_cycles
from ranvier.hardware.chips.odin._state import Counts, Log, Output, State

_LINES = 4096
_REMEDY = "Give `arrivals`, set `open_loop`, weaken its loops, or raise `limit`."


def run(
    owner: str,
    serve: Callable[[int], Callable[..., int]],
    program: Any,
    state: State,
    events: Any,
    bits: int,
    arrivals: Any,
    finish: bool,
    limit: int,
) -> tuple[State, Output]:
    """The state after events and what came out; `serve` gives a machine for so many events."""
    codes = addresses(owner, events, bits)
    when = arrival_cycles(owner, arrivals, codes)
    positive(f"{owner}.run", limit=limit)
    after = State(*(array.copy() for array in state))
    machine, until = serve(len(codes)), _machine.REST if finish else _machine.LAST_INPUT
    _, work = finished(
        owner,
        lambda room: machine(program, after, codes, when, until, limit, room),
        _work.workplace(_LINES, len(state.neurons)),
        limit,
        _REMEDY,
    )
    outputs = logs(work)
    counts = Counts(*(int(n) for n in after.counts - state.counts))
    return after, Output(outputs[0], outputs[1], outputs[2], counts)


def steps(
    owner: str,
    serve: Callable[[int], Callable[..., int]],
    program: Any,
    state: State,
    events: Any,
    bits: int,
    arrivals: Any,
    limit: int,
) -> Iterator[tuple[State, int]]:
    """The state, which moves on, and the last input after everything that is served."""
    codes = addresses(owner, events, bits)
    when = arrival_cycles(owner, arrivals, codes)
    positive(f"{owner}.trace", limit=limit)
    after = State(*(array.copy() for array in state))
    machine = serve(len(codes))
    work: Any = _work.workplace(_LINES, len(state.neurons))

    def step(room: Any) -> int:
        return machine(program, after, codes, when, _machine.ONE_STEP, limit, room)

    while True:
        why, work = finished(owner, step, work, limit, _REMEDY)
        if why == _machine.DONE:
            return
        yield after, int(work.progress[_work.TAKEN]) - 1


def finished(
    owner: str, machine: Callable[[Any], int], work: Any, limit: int, remedy: str
) -> tuple[int, Any]:
    """Let a machine run as far as it goes, with more room for its logs whenever they are full."""
    while (why := machine(work)) == _machine.FULL:
        more = np.concatenate([work.logs, np.zeros_like(work.logs)], axis=1)
        work = work._replace(logs=more)
    if why == _machine.RESTLESS:
        raise RuntimeError(
            f"{owner}.run: after event {work.progress[_work.TAKEN] - 1} the network still "
            f"spikes after {limit} entries of its queue, expected it to come to rest. {remedy}"
        )
    return why, work


def logs(work: Any) -> list[Log]:
    """What a machine has written down, of each kind."""
    return [Log(*lines[: work.progress[kind]].T.copy()) for kind, lines in enumerate(work.logs)]
