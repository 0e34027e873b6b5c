"""Readers of event files against their peers: `python -m benchmarks.events`."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import events_plan as plan
from benchmarks.measure import SETTLE_SECONDS, machine
from benchmarks.online_table import shown
from benchmarks.peers import Implementation, prepare
from benchmarks.session import Session, WorkerError, settings
from ranvier.core import atomic_path

OURS = Implementation("ranvier", "events_ours", None)
THEIRS = Implementation("peers", "events_peers", "events")
DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results" / "events.json"
VARIANTS = ("told the format", "NumPy alone")
HEADINGS = ("file", "events", "reader", "ns per event", "theirs / ours", "reads it")

Report = Callable[[str], None]


def readers(file: plan.File) -> list[tuple[str, Implementation]]:
    """Who reads a file: ours first.

    Example:
        >>> [name for name, _ in readers(plan.generated(10)[0])]
        ['ranvier', 'told the format', 'NumPy alone', 'expelliarmus', 'faery', 'evlib']
    """
    ours = ["ranvier"]
    if file.small:
        ours.append("told the format")
    if file.events and file.format in plan.COMPILED:
        ours.append("NumPy alone")
    return [(n, OURS) for n in ours] + [(n, THEIRS) for n in plan.READERS[file.format]]


def measure(
    file: plan.File, folder: Path, truth: dict[str, Any] | None, rounds: int, report: Report
) -> dict[str, Any]:
    """One file: every reader in turn, round after round; what each found in it."""
    # As a user has it: no allocator settings.
    environment = settings(1, tunables="")
    rows: dict[str, Any] = {}
    load = [os.getloadavg()[0]]
    with ExitStack() as stack:
        sessions = {}
        for name, implementation in readers(file):
            report(f"{file.name}: {name} reads it first")
            session = stack.enter_context(Session(implementation, environment))
            try:
                asked = plan.request(file, folder, name)
                record = session.ask(command="prepare", workload=asked, warm_up=1)["record"]
            except WorkerError as error:
                rows[name] = {"error": plain(str(error), folder)}
                continue
            truth = truth or record
            rows[name] = {"found": record, "seconds": [], "processor_seconds": []}
            sessions[name] = session
        for count in range(rounds):
            for name, session in sessions.items():
                report(f"{file.name}: round {count + 1} of {rounds}, {name}")
                time.sleep(SETTLE_SECONDS)
                iterations = 300 if file.small else 3 if file.events else 20
                taken = session.ask(command="measure", iterations=iterations)
                rows[name]["seconds"].append(min(taken["seconds"]))
                rows[name]["processor_seconds"].append(taken["processor_seconds"])
            load.append(os.getloadavg()[0])
    about = {"file": file.name, "format": file.format, "small": file.small}
    return {**about, "load": round(max(load), 1), "truth": truth, "rows": rows}


def plain(words: str, folder: Path) -> str:
    """A message without the place of the file, and not too long.

    Example:
        >>> plain("peers: OSError: no events in data/a.raw", Path("data"))
        'OSError: no events in a.raw'
    """
    words = words.replace(f"{folder}{os.sep}", "").replace(f"{folder}", "").partition(": ")[2]
    return words if len(words) < 120 else words[:117] + "..."


def rows_of(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """A line per file and reader, in the time that others on the machine change least.

    That is processor time; of a small file, which is read in less than a turn on the processor,
    the least time by the clock of all readings of a round.
    """
    lines = []
    for entry in result["files"]:
        clock = "seconds" if entry["small"] else "processor_seconds"
        ours = entry["rows"]["ranvier"][clock]
        for name, row in entry["rows"].items():
            count = entry["truth"]["count"]
            shown_name = f"ranvier, {name}" if name in VARIANTS else name
            if "error" in row:
                lines.append((entry["file"], f"{count:,}", shown_name, "", "", row["error"]))
                continue
            wrong = plan.differs(row["found"], entry["truth"])
            seconds = row[clock]
            ratios = [b / a for a, b in zip(ours, seconds, strict=True)]
            lines.append(
                (
                    entry["file"],
                    f"{count:,}",
                    shown_name,
                    f"{min(seconds) / count * 1e9:.1f}",
                    f"{statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})",
                    "otherwise: " + ", ".join(wrong) if wrong else "yes",
                )
            )
    return lines


def markdown(result: dict[str, Any]) -> str:
    """The table, with the versions that were compared."""
    versions = "; ".join(
        ", ".join(f"{name} {number}" for name, number in found["packages"].items())
        for found in result["packages"].values()
    )
    about = result["machine"]
    beside = f" ({result['beside']})" if result["beside"] else ""
    loads = [entry["load"] for entry in result["files"]]
    lines: list[Sequence[str]] = [HEADINGS, ("---",) * 3 + ("---:",) * 2 + ("---",)]
    return "\n".join(
        [
            *("| " + " | ".join(line) + " |" for line in [*lines, *rows_of(result)]),
            "",
            f"{about['processor']}, one thread, {about['date']}; "
            f"{result['rounds']} rounds{beside}.",
            f"Versions: {versions}.",
            f"Load of the {about['cores']} cores meanwhile: {min(loads)} to {max(loads)}, where "
            "1 is a reader alone.",
        ]
    )


def main(
    data: Annotated[
        Path | None, typer.Option(help="Folder with the recordings; $RANVIER_DATA if not given.")
    ] = None,
    events: Annotated[int, typer.Option(min=1000, help="Events of a generated file.")] = 10_000_000,
    format: Annotated[list[str] | None, typer.Option(help="Formats; all by default.")] = None,
    only: Annotated[str, typer.Option(help="Files with this in their name.")] = "",
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of every reader.")] = 5,
    beside: Annotated[str, typer.Option(help="What else ran, for the record.")] = "",
    record: Annotated[Path, typer.Option(help="Where to write every measurement.")] = DEFAULT,
) -> None:
    """Read recordings and generated files with every reader, write the record, print the table."""
    console = Console()
    wanted = format or list(plan.READERS)
    folder = data or Path(os.environ.get("RANVIER_DATA", "data"))
    recordings = folder / "events"
    result: dict[str, Any] = {
        "machine": machine(1, settings(1, tunables="")),
        "rounds": rounds,
        "beside": beside,
        "files": [],
    }
    known = json.loads(record.read_text())["files"] if record.exists() else []
    measured = {entry["file"]: entry for entry in known}
    with console.status("environment of the peers") as status, tempfile.TemporaryDirectory() as new:
        prepare(THEIRS)
        with Session(OURS, settings(1)) as ours, Session(THEIRS, settings(1)) as theirs:
            result["packages"] = {s.name: s.ask(command="describe") for s in (ours, theirs)}
        work = [(f, recordings) for f in plan.RECORDED if (recordings / f.path).exists()]
        files = (*plan.generated(plan.SMALL), *plan.generated(events))
        work += [(file, Path(new)) for file in files]
        for file, place in work:
            if file.format not in wanted or only not in file.name:
                continue
            truth = None
            if file.events:
                status.update(f"{file.name}: writing")
                truth = plan.make(file, place)
            measured[file.name] = measure(file, place, truth, rounds, status.update)
            result["files"] = [measured[f.name] for f, _ in work if f.name in measured]
            if file.events:
                (place / file.path).unlink()
            with atomic_path(record) as path:
                path.write_text(json.dumps(result, indent=1) + "\n")
    console.print(shown("readers of event files", HEADINGS, rows_of(result)))


if __name__ == "__main__":
    typer.run(main)
