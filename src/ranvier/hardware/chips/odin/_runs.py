"""A run of a machine: room for what it tells, and what it says when it stops."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ranvier.core import positive
from ranvier.hardware.chips.odin import _machine, _work
from ranvier.hardware.chips.odin._border import addresses, arrival_cycles
from ranvier.hardware.chips.odin._state import Counts, Log, Output, State

_LINES = 4096


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
    machine = serve(len(codes))
    work = finished(
        owner,
        lambda room: machine(program, after, codes, when, finish, limit, room),
        _work.workplace(_LINES, len(state.neurons)),
        limit,
        "Give `arrivals`, set `open_loop`, weaken its loops, or raise `limit`.",
    )
    outputs = logs(work)
    counts = Counts(*(int(n) for n in after.counts - state.counts))
    return after, Output(outputs[0], outputs[1], outputs[2], counts)


def finished(owner: str, machine: Callable[[Any], int], work: Any, limit: int, remedy: str) -> Any:
    """Let a machine run to the end, with more room for its logs whenever they are full."""
    while (why := machine(work)) == _machine.FULL:
        more = np.concatenate([work.logs, np.zeros_like(work.logs)], axis=1)
        work = work._replace(logs=more)
    if why == _machine.RESTLESS:
        raise RuntimeError(
            f"{owner}.run: after event {work.progress[_work.TAKEN] - 1} the network still "
            f"spikes after {limit} entries of its queue, expected it to come to rest. {remedy}"
        )
    return work


def logs(work: Any) -> list[Log]:
    """What a machine has written down, of each kind."""
    return [Log(*lines[: work.progress[kind]].T.copy()) for kind, lines in enumerate(work.logs)]
