"""Many networks, or one network many times, side by side."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ranvier.core import positive


def run_together(
    runs: Iterable[tuple[Any, Any, Any]], *, threads: int | None = None, **how: Any
) -> list[tuple[Any, Any]]:
    """What `chip.run(state, events)` gives for each, in order, on several cores.

    Compiled chips run at once, as they do not hold Python's lock; others take turns.

    Args:
        runs: chip (`ODIN` or `MorphIC`), state and events of each; a chip or a state may stand
            there many times.
        threads: at once; `None` is one for each core.
        **how: what else `run` of the chips takes, for all of them.

    Raises:
        ValueError: less than one thread, or what `run` raises.

    Example:
        >>> from ranvier.hardware.chips import odin
        >>> chip = odin.ODIN([odin.LIFNeuron(thr=9)], [[8 + 5]])
        >>> inputs = [[odin.spike(0)] * n for n in (1, 2, 3)]
        >>> results = odin.run_together((chip, chip.init(), events) for events in inputs)
        >>> [output.events.value.tolist() for _, output in results]
        [[], [0], [0, 0]]
    """
    count = (os.cpu_count() or 1) if threads is None else threads
    positive("run_together", threads=count)

    def one(run: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        chip, state, events = run
        return chip.run(state, events, **how)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, runs))
