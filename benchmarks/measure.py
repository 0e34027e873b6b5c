"""Measure every implementation in turn, again and again, with the others idle."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers import FLOOR, Implementation
from benchmarks.session import Session, WorkerError, settings
from benchmarks.workloads import WORKLOADS

# Thread pools spin for a while after their last task; let them fall asleep.
SETTLE_SECONDS = 0.3
MOST_ITERATIONS = 200


def machine(threads: int, environment: dict[str, str]) -> dict[str, Any]:
    """What the numbers depend on and the code does not."""
    model = platform.processor()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [n for n in information.read_text().splitlines() if n.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "threads": threads,
        "system": platform.platform(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "settings": environment,
    }


def measure_all(
    implementations: Sequence[Implementation],
    names: Sequence[str],
    *,
    repeats: int,
    seconds: float,
    threads: int,
    tunables: str,
    report: Callable[[str], None],
) -> dict[str, Any]:
    """Every workload with every implementation, and the machine's best rates.

    Args:
        implementations: Rows, ours first; the floor is added.
        names: Workloads.
        repeats: Rounds; in each round every implementation is measured once.
        seconds: Wall time to spend on one implementation in one round.
        threads: Threads for all.
        tunables: Allocator settings for all, as ``GLIBC_TUNABLES`` takes them.
        report: Called with a line of progress.
    """
    environment = settings(threads, tunables)
    packages: dict[str, Any] = {}

    def measured(name: str, rows: Sequence[Implementation]) -> dict[str, Any]:
        return measure_workload(name, rows, packages, repeats, seconds, environment, report)

    return {
        "machine": machine(threads, environment),
        "repeats": repeats,
        "packages": packages,
        "workloads": {name: measured(name, [FLOOR, *implementations]) for name in names},
        "rates": {name: measured(name, [FLOOR]) for name in ("gemm", "triad")},
    }


def measure_workload(
    name: str,
    implementations: Sequence[Implementation],
    packages: dict[str, Any],
    repeats: int,
    seconds: float,
    environment: dict[str, str],
    report: Callable[[str], None],
) -> dict[str, Any]:
    """One workload: ``{implementation: {repeats, peak_bytes, first_call, record} or {error}}``."""
    rows: dict[str, Any] = {}
    iterations: dict[str, int] = {}
    with ExitStack() as stack:
        sessions: dict[str, Session] = {}
        for implementation in implementations:
            takes_part = implementation.only is None or name in implementation.only
            if not takes_part and name in WORKLOADS:
                continue
            row = implementation.name
            report(f"{name}: preparing {row}")
            session = stack.enter_context(Session(implementation, environment))
            try:
                packages[row] = session.ask(command="describe")
                rows[row] = {**session.ask(command="prepare", workload=name), "repeats": []}
                first = session.ask(command="measure", iterations=3)["seconds"]
            except WorkerError as error:
                rows[row] = {"error": str(error)}
                continue
            sessions[row] = session
            wanted = round(seconds / statistics.median(first))
            iterations[row] = max(3, min(MOST_ITERATIONS, wanted))
        for repeat in range(repeats):
            for row, session in sessions.items():
                time.sleep(SETTLE_SECONDS)
                report(f"{name}: round {repeat + 1} of {repeats}, {row}")
                answer = session.ask(command="measure", iterations=iterations[row])
                rows[row]["peak_bytes"] = answer.pop("peak_bytes")
                answer["seconds"] = statistics.median(answer["seconds"])
                answer["load"] = os.getloadavg()[0]
                rows[row]["repeats"].append(answer)
    return rows
