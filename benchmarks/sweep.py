"""Measure growth with time, width and batch: ``python -m benchmarks.sweep``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from benchmarks import sweep_figures, sweep_plan, sweep_table
from benchmarks.measure import machine
from benchmarks.peers import EVENTS, FLOOR, LIBRARIES, OURS, ROOT, Implementation, prepare
from benchmarks.session import settings
from benchmarks.sweep_measure import Workers, measure_point, takes_part, write_record
from benchmarks.sweep_plan import AXES, KINDS
from benchmarks.workloads import Point

RECORD = ROOT / "docs" / "results" / "sweep.json"
FIGURES = ROOT / "docs" / "assets"

Name = TypeVar("Name", bound=str)


def chosen(asked: list[str] | None, known: Iterable[Name], what: str) -> list[Name]:
    """Those of the known names that were asked for; all if none was.

    Raises:
        typer.BadParameter: A name that is not known.
    """
    names = list(known)
    if unknown := sorted(set(asked or []) - set(names)):
        raise typer.BadParameter(f"{', '.join(unknown)}: no such {what}; one of {', '.join(names)}")
    return [name for name in names if not asked or name in asked]


def sweep(
    record: dict[str, Any],
    planned: list[Point],
    implementations: list[Implementation],
    path: Path,
    *,
    seconds: float,
    console: Console,
) -> None:
    """Measure the planned points into the record, and write it after each."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    rounds, environment = record["rounds"], record["machine"]["settings"]
    with Workers(environment) as workers, Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(planned))
        for point in planned:
            title = point.workload().title

            def report(line: str, title: str = title) -> None:
                progress.update(task, description=f"{title}: {line}")

            before = sweep_plan.entry_of(record["points"], point)
            entry = measure_point(
                point,
                implementations,
                workers,
                record["points"],
                rounds=rounds,
                seconds=seconds,
                report=report,
            )
            if before is not None:
                record["points"].remove(before)
            record["points"].append(entry)
            record["packages"] |= workers.packages
            write_record(path, record)
            progress.advance(task)


def missing(record: dict[str, Any], point: Point, names: Iterable[Implementation]) -> bool:
    """Whether a record lacks a point, or one of those who take part in it."""
    entry = sweep_plan.entry_of(record["points"], point)
    wanted = {each.name for each in names if takes_part(each, point)}
    return entry is None or not wanted <= entry["rows"].keys()


def main(
    network: Annotated[list[str] | None, typer.Option(help="Networks; all by default.")] = None,
    axis: Annotated[list[str] | None, typer.Option(help="steps, width or batch.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="training or inference.")] = None,
    peer: Annotated[list[str] | None, typer.Option(help="Peers, by their worker.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of everyone at a point.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.0, help="Time of one turn.")] = 0.5,
    threads: Annotated[int, typer.Option(min=1, help="Threads for every worker.")] = min(
        2, os.cpu_count() or 1
    ),
    resume: Annotated[bool, typer.Option(help="Keep what the record holds already.")] = False,
    record: Annotated[Path, typer.Option(help="Where to write every measurement.")] = RECORD,
    figures: Annotated[Path, typer.Option(help="Folder of the figures.")] = FIGURES,
    only_draw: Annotated[bool, typer.Option(help="Measure nothing; draw the record.")] = False,
) -> None:
    """Measure every library at every point, in turns; then print the tables and draw the figures.

    A new run replaces the record; with --resume it adds to it.
    """
    console = Console()
    planned = sweep_plan.points(
        chosen(network, sweep_plan.BASE, "network"),
        chosen(kind, KINDS, "kind"),
        chosen(axis, AXES, "axis"),
    )
    scripts = chosen(peer, [each.script for each in LIBRARIES], "peer")
    if only_draw:
        result = json.loads(record.read_text())
    else:
        libraries = [each for each in LIBRARIES if each.script in scripts]
        implementations = [FLOOR, OURS, EVENTS, *libraries]
        for each in libraries:
            with console.status(f"environment of {each.name}"):
                prepare(each)
        result = {
            "machine": machine(threads, settings(threads)),
            "rounds": rounds,
            "packages": {},
            "points": [],
        }
        if resume and record.exists():
            result = json.loads(record.read_text())
            planned = [point for point in planned if missing(result, point, implementations)]
        guess = sweep_plan.estimate(planned, len(implementations), result["rounds"], seconds)
        console.print(
            f"{len(planned)} points, {len(implementations)} implementations, "
            f"{result['rounds']} rounds: about {guess / 60:.0f} minutes."
        )
        sweep(result, planned, implementations, record, seconds=seconds, console=console)
    for name, which in sweep_table.groups(result):
        console.print(sweep_table.terminal(result, name, which))
    for drawn in sweep_figures.draw(result, figures):
        console.print(f"drawn: {drawn}")


if __name__ == "__main__":
    typer.run(main)
