"""The worker's side of the conversation: one JSON object per line, a question and its answer."""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
import traceback
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

Task = Callable[[], None]
Build = Callable[[Any], tuple[Task, dict[str, Any]]]


def serve(build: Build, packages: tuple[str, ...]) -> None:
    """Answer the runner until it says ``quit`` or goes away.

    Args:
        build: Given a workload as `benchmarks.workloads.find` takes it, a function that does the
            work once and returns when it is finished, and a record of what it computed (first
            loss, firing rates).
        packages: Distributions whose versions the report names.
    """
    # Libraries print; only answers may reach the runner.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    task: Task | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            match request["command"]:
                case "describe":
                    answer = {"python": platform.python_version()}
                    answer["packages"] = {name: version(name) for name in packages}
                case "prepare":
                    # Let go of the last task first: two large ones may not fit side by side.
                    task = None
                    started = time.perf_counter()
                    task, answer = build(request["workload"])
                    task()
                    answer = {"record": answer, "first_call": time.perf_counter() - started}
                    for _ in range(request.get("warm_up", 2)):
                        task()
                case "measure":
                    if task is None:
                        raise RuntimeError("measure came before prepare")
                    answer = measure(task, request["iterations"])
                case "quit":
                    answers.write("{}\n")
                    return
                case other:
                    raise ValueError(f"unknown command {other!r}")
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")


def measure(task: Task, iterations: int) -> dict[str, Any]:
    """Wall time of each iteration, processor time of all, and peak resident memory so far."""
    seconds = []
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(iterations):
        started = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - started)
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "seconds": seconds,
        "processor_seconds": processor / iterations,
        "preemptions": after.ru_nivcsw - before.ru_nivcsw,
        "peak_bytes": after.ru_maxrss * unit,
    }
