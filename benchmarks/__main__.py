"""Measure the package against its peers and the machine: ``python -m benchmarks``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import table
from benchmarks.measure import measure_all
from benchmarks.peers import EVENTS, OURS, PEERS, Implementation, prepare
from benchmarks.session import WARM_HEAP
from benchmarks.workloads import WORKLOADS


def main(
    workload: Annotated[list[str] | None, typer.Option(help="Workloads; all by default.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="Peers to leave out.")] = None,
    extra: Annotated[
        list[str] | None, typer.Option(help="One more row, NAME=FILE.py, run in our interpreter.")
    ] = None,
    ours: Annotated[bool, typer.Option(help="Measure ranvier itself.")] = True,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.0, help="Time per row and round.")] = 1.5,
    threads: Annotated[int, typer.Option(min=1, help="Threads for every worker.")] = min(
        2, os.cpu_count() or 1
    ),
    tunables: Annotated[str, typer.Option(help="GLIBC_TUNABLES of every worker.")] = WARM_HEAP,
    quick: Annotated[bool, typer.Option(help="Two short rounds, to see that all works.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the tables as Markdown.")] = None,
    record: Annotated[Path | None, typer.Option(help="Write every measurement as JSON.")] = None,
    recorded: Annotated[
        Path | None, typer.Option(help="Measure nothing; render this JSON.", exists=True)
    ] = None,
) -> None:
    """Measure training and inference against peers and bounds, interleaved, in one run."""
    console = Console()
    if recorded is not None:
        result = json.loads(recorded.read_text())
    else:
        names = workload or list(WORKLOADS)
        for name in names:
            if name not in WORKLOADS:
                raise typer.BadParameter(f"{name!r} is no workload; one of {', '.join(WORKLOADS)}")
        left_out = set(without or [])
        known = {peer.script for peer in PEERS}
        if unknown := left_out - known:
            raise typer.BadParameter(f"{sorted(unknown)} are no peers; some of {sorted(known)}")
        chosen = [peer for peer in PEERS if peer.script not in left_out]
        added = [Implementation(*pair.split("=", 1), None) for pair in extra or []]
        for pair in extra or []:
            if "=" not in pair or not Path(pair.split("=", 1)[1]).is_file():
                raise typer.BadParameter(f"--extra takes NAME=FILE.py of a file there is: {pair!r}")
        for peer in chosen:
            with console.status(f"environment of {peer.name}"):
                prepare(peer)
        with console.status("starting") as status:
            result = measure_all(
                [*([OURS, EVENTS] if ours else []), *added, *chosen],
                names,
                repeats=2 if quick else repeats,
                seconds=0.3 if quick else seconds,
                threads=threads,
                tunables=tunables,
                report=status.update,
            )
    if record is not None:
        record.write_text(json.dumps(result, indent=1))
    for name in result["workloads"]:
        console.print(table.terminal(result, name))
    if output is not None:
        output.write_text(table.markdown(result))


if __name__ == "__main__":
    typer.run(main)
