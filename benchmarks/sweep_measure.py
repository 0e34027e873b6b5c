"""The sweep's measurement: one point, every library in turn, workers that live on."""

from __future__ import annotations

import json
import math
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.peers import FLOOR, Implementation
from benchmarks.session import Session, WorkerError
from benchmarks.sweep_plan import at_least
from benchmarks.workloads import Point

SETTLE_SECONDS = 0.1
MOST_ITERATIONS = 100
LONGEST_ITERATION_SECONDS = 2.0
ANSWER_SECONDS = 120.0
MOST_BYTES = 1_000_000_000


class Workers:
    """One worker per implementation, started when first needed, ended when it has grown large.

    Args:
        environment: What every worker finds in its environment.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.running: dict[str, Session] = {}
        self.packages: dict[str, Any] = {}

    def of(self, implementation: Implementation) -> Session:
        """Its worker, running.

        Raises:
            WorkerError: When it does not start.
        """
        name = implementation.name
        if name not in self.running:
            self.running[name] = Session(implementation, self.environment)
            self.packages[name] = self.running[name].ask(ANSWER_SECONDS, command="describe")
        return self.running[name]

    def end(self, implementation: Implementation) -> None:
        """End its worker, if there is one; the next question starts another."""
        if session := self.running.pop(implementation.name, None):
            session.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for session in self.running.values():
            session.close()


def takes_part(implementation: Implementation, point: Point) -> bool:
    """The floor stands for matrix products, which a convolutional network is not made of."""
    return implementation != FLOOR or point.network != "convolutional"


def left_out(name: str, point: Point, measured: list[dict[str, Any]]) -> str | None:
    """Why an implementation is not measured at a point: it was too slow at a smaller one.

    Example:
        >>> small = Point("recurrent", "training", 100, 256, 64)
        >>> rows = {"Peer": {"left_out": "an iteration takes 30 s"}}
        >>> entry = {"point": asdict(small), "rows": rows}
        >>> left_out("Peer", Point("recurrent", "training", 200, 256, 64), [entry])
        'an iteration takes 30 s'
        >>> left_out("Peer", Point("recurrent", "training", 50, 256, 64), [entry])
    """
    for entry in measured:
        reason = entry["rows"].get(name, {}).get("left_out")
        if reason and at_least(point, Point(**entry["point"])):
            return reason
    return None


def measure_point(
    point: Point,
    implementations: list[Implementation],
    workers: Workers,
    measured: list[dict[str, Any]],
    *,
    rounds: int,
    seconds: float,
    report: Callable[[str], None],
) -> dict[str, Any]:
    """One point: ``{"point": ..., "rows": {implementation: measurement}}``.

    A measurement holds the median ``seconds`` of every round, the median ``processor_seconds`` of
    one iteration, the highest ``load`` average, the seconds of the ``first_call``, and what the
    network gave. Instead it may hold an ``error``, or why it was ``left_out``.

    Args:
        point: What is measured.
        implementations: Who takes turns.
        workers: Running workers, kept for the next point.
        measured: Entries of earlier points, which say who is too slow for this one.
        rounds: How often everyone has its turn.
        seconds: Time of one turn; at least two iterations are made.
        report: Called with a line of progress.
    """
    rows: dict[str, Any] = {}
    iterations: dict[str, int] = {}
    present = [each for each in implementations if takes_part(each, point)]
    for each in present:
        report(f"{each.name} prepares")
        if reason := left_out(each.name, point, measured):
            rows[each.name] = {"left_out": reason}
            continue
        try:
            rows[each.name], once = _prepare(workers.of(each), point)
        except WorkerError as error:
            rows[each.name] = {"error": str(error)}
            workers.end(each)
            continue
        if once > LONGEST_ITERATION_SECONDS:
            rows[each.name] = {"left_out": f"an iteration takes {once:.1f} s"}
            workers.end(each)
            continue
        iterations[each.name] = max(2, min(MOST_ITERATIONS, round(seconds / once)))
    for turn in range(rounds):
        for each in present:
            if each.name not in iterations:
                continue
            report(f"round {turn + 1} of {rounds}: {each.name}")
            time.sleep(SETTLE_SECONDS)
            try:
                worker = workers.of(each)
                # Memory that a worker has not touched for a while may have to be fetched back.
                worker.ask(ANSWER_SECONDS, command="measure", iterations=1)
                answer = worker.ask(
                    ANSWER_SECONDS, command="measure", iterations=iterations[each.name]
                )
            except WorkerError as error:
                rows[each.name] = {"error": str(error)}
                workers.end(each)
                del iterations[each.name]
                continue
            _add(rows[each.name], answer)
            if turn == rounds - 1 and answer["peak_bytes"] > MOST_BYTES:
                workers.end(each)
    for name in iterations:
        rows[name]["processor_seconds"] = _short(statistics.median(rows[name]["processor_seconds"]))
    return {"point": asdict(point), "rows": rows}


def _prepare(session: Session, point: Point) -> tuple[dict[str, Any], float]:
    """A row without its rounds, and the seconds of one iteration.

    Raises:
        WorkerError: When the worker cannot do it, or its network gives nothing.
    """
    # Some libraries compile once more at the second call.
    answer = session.ask(ANSWER_SECONDS, command="prepare", workload=point.request(), warm_up=1)
    given = answer["record"]
    if not math.isfinite(given.get("loss", 0.0)):
        raise WorkerError(f"{session.name}: the loss is {given['loss']}")
    if given.get("output", 1.0) == 0.0:
        raise WorkerError(f"{session.name}: its hidden layers are silent")
    once = session.ask(ANSWER_SECONDS, command="measure", iterations=1)["seconds"][0]
    if once < 0.1:
        once = statistics.median(session.ask(command="measure", iterations=5)["seconds"])
    row = {"first_call": _short(answer["first_call"])}
    row |= {key: _short(value) for key, value in given.items()}
    return {**row, "seconds": [], "processor_seconds": [], "load": 0.0}, once


def _add(row: dict[str, Any], answer: dict[str, Any]) -> None:
    row["seconds"].append(_short(statistics.median(answer["seconds"])))
    row["processor_seconds"].append(answer["processor_seconds"])
    row["load"] = max(row["load"], round(os.getloadavg()[0], 1))


def _short(number: float) -> float:
    """Four figures: more is noise, and the record is kept with the code."""
    return float(f"{number:.4g}")


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record so that a reader sees the old one or the new one, never half of it."""
    head = {key: value for key, value in record.items() if key != "points"}
    # One line per point, so that a change shows what changed.
    lines = ",\n".join(json.dumps(entry) for entry in record["points"])
    text = json.dumps(head, indent=1)[:-2] + f',\n "points": [\n{lines}\n]\n}}\n'
    part = path.with_suffix(".part")
    part.write_text(text)
    os.replace(part, path)
