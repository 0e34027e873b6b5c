"""Online rules against braintrace, on the same networks: `python -m benchmarks.online_rules`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import online_formula as formula
from benchmarks import online_plan as plan
from benchmarks.measure import machine
from benchmarks.online_table import GRADIENTS, TIMES, agreement, gradient_rows, shown, time_rows
from benchmarks.peers import Implementation, prepare
from benchmarks.session import Session, WorkerError, settings
from ranvier.core import atomic_path

OURS = Implementation("ranvier", "online_ours", None)
THEIRS = Implementation("braintrace", "online_braintrace", "braintrace")
DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results" / "online_rules.json"
# What both sides' equations are by hand, where they differ or are told apart by a term.
BY_HAND: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "D-RTRL": ({}, {}),
    "SnAp-1": ({"own_weight": True}, {"own_weight": True}),
    "filtered traces": (
        {"low_pass": plan.LOW_PASS, "filtered": "output"},
        {"low_pass": plan.LOW_PASS, "filtered": "potential"},
    ),
}

Report = Callable[[str], None]


def compare_gradients(points: Sequence[plan.Point], report: Report) -> Iterator[dict[str, Any]]:
    """Every rule in double precision: ours against theirs, and each against the exact gradient."""
    environment = {**settings(1), "JAX_ENABLE_X64": "1"}
    with Session(OURS, environment) as ours, Session(THEIRS, environment) as theirs:
        for point in points:
            report(f"gradients: {point.rule}, {point.network}")
            asked = {"command": "prepare", "workload": point.request(), "warm_up": 0}
            one = ours.ask(**asked)["record"]
            try:
                two = theirs.ask(**asked)["record"]
            except WorkerError as error:
                yield {"point": point.request(), "error": str(error)}
                continue
            groups = {
                g: agreement(one["found"][g], two["found"][g], one["exact"][g]) for g in plan.GROUPS
            }
            entry = {"point": point.request(), "groups": groups}
            if point.rule in BY_HAND:
                entry["by_hand"] = by_hand(point, one["found"], two["found"])
            yield entry


def by_hand(
    point: plan.Point, ours: dict[str, Any], theirs: dict[str, Any]
) -> dict[str, dict[str, float]]:
    """How far each side is from its own equation, for the weights of the hidden layer."""
    far: dict[str, dict[str, float]] = {}
    sides = zip((OURS.name, THEIRS.name), BY_HAND[point.rule], (ours, theirs), strict=True)
    for name, options, found in sides:
        wanted = formula.gradients(point, **options)
        far[name] = {
            group: agreement(found[group], array.tolist(), array.tolist())["difference"]
            for group, array in zip(plan.GROUPS, wanted, strict=False)
        }
    return far


def measure_times(
    points: Sequence[plan.Point], rounds: int, seconds: float, report: Report
) -> Iterator[dict[str, Any]]:
    """For every point both sides in turn, round after round."""
    with ExitStack() as stack:
        sessions = {
            side.name: stack.enter_context(Session(side, settings(1))) for side in (OURS, THEIRS)
        }
        for point in points:
            report(f"time: {point.rule}, {point.network}, {point.units} units, batch {point.batch}")
            rows: dict[str, Any] = {}
            iterations: dict[str, int] = {}
            try:
                for name, session in sessions.items():
                    answer = session.ask(command="prepare", workload=point.request(), warm_up=1)
                    rows[name] = {**answer["record"], "seconds_per_step": []}
                    once = min(session.ask(command="measure", iterations=2)["seconds"])
                    iterations[name] = max(1, min(200, round(seconds / once)))
                for _ in range(rounds):
                    for name, session in sessions.items():
                        taken = session.ask(command="measure", iterations=iterations[name])
                        least = min(taken["seconds"]) / point.steps
                        rows[name]["seconds_per_step"].append(least)
            except WorkerError as error:
                yield {"point": point.request(), "error": str(error)}
                continue
            yield {"point": point.request(), "rows": rows}


def describe() -> dict[str, Any]:
    """Versions of both sides."""
    packages = {}
    for side in (OURS, THEIRS):
        with Session(side, settings(1)) as session:
            packages[side.name] = session.ask(command="describe")
    return packages


def missing(points: Sequence[plan.Point], entries: list[dict[str, Any]]) -> list[plan.Point]:
    """The points that no entry is about.

    Example:
        >>> points = plan.gradients()
        >>> len(missing(points, [{"point": points[0].request()}])) == len(points) - 1
        True
    """
    known = [entry["point"] for entry in entries]
    return [point for point in points if point.request() not in known]


def main(
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of every size.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.0, help="Time per side and round.")] = 0.3,
    units: Annotated[list[int] | None, typer.Option(help="Layer sizes to time.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on with what the record holds.")] = False,
    record: Annotated[Path, typer.Option(help="Where to write every measurement.")] = DEFAULT,
) -> None:
    """Compare gradients, measure time and memory, write the record, print the tables."""
    console = Console()
    result: dict[str, Any] = {
        "machine": machine(1, settings(1)),
        "rounds": rounds,
        "packages": {},
        "gradients": [],
        "times": [],
    }
    if resume and record.exists():
        result = json.loads(record.read_text())
    with console.status("environment of braintrace") as status:
        prepare(THEIRS)
        result["packages"] = describe()
        asked = missing(plan.gradients(), result["gradients"])
        timed = missing(plan.times(tuple(units)) if units else plan.times(), result["times"])
        work = {
            "gradients": compare_gradients(asked, status.update),
            "times": measure_times(timed, rounds, seconds, status.update),
        }
        for kind, entries in work.items():
            for entry in entries:
                result[kind].append(entry)
                with atomic_path(record) as path:
                    path.write_text(json.dumps(result, indent=1) + "\n")
    console.print(shown("gradients, double precision", GRADIENTS, gradient_rows(result)))
    console.print(shown("time per step and memory, one thread", TIMES, time_rows(result)))


if __name__ == "__main__":
    typer.run(main)
