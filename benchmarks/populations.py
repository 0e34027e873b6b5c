"""Populations beside Brian2 and NEST, in time and in deed: `python -m benchmarks.populations`."""

from __future__ import annotations

import json
import re
import statistics
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.measure import machine
from benchmarks.peers import Implementation, prepare
from benchmarks.populations_equal import BRIAN2, NETWORKS, OURS, brunel, compare, repeat
from benchmarks.session import Session, settings

SIMULATORS = (OURS, BRIAN2, Implementation("NEST", "populations_nest", "nest"))
SHOWN = ("rate_Hz", "rate_sd_Hz", "cv_isi")
DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results"


class Part(StrEnum):
    """What can be measured by itself; each has a record of its own."""

    TIMES = "times"
    ONE = "one"
    EQUAL = "equal"
    BRUNEL = "brunel"


def measure(rounds: int, console: Console) -> dict[str, Any]:
    """Every simulator in turn, round after round, one thread each, on networks drawn anew."""
    environment = settings(1)
    result: dict[str, Any] = {"machine": machine(1, environment), "rounds": rounds, "networks": {}}
    with ExitStack() as stack:
        sessions = {}
        for simulator in SIMULATORS:
            with console.status(f"environment of {simulator.name}"):
                prepare(simulator)
            sessions[simulator.name] = stack.enter_context(Session(simulator, environment))
        for network in NETWORKS:
            found: dict[str, dict[str, Any]] = {}
            for name, session in sessions.items():
                with console.status(f"{network}: {name} starts"):
                    found[name] = session.ask(command="prepare", network=network)
                found[name]["runs"] = []
            for seed in range(1, rounds + 1):
                for name, session in sessions.items():
                    run = session.ask(command="measure", network=network, seed=seed)
                    found[name]["runs"].append(run)
            result["networks"][network] = found
    return result


def table(result: dict[str, Any], network: str) -> Table:
    """One network: times, their ratio to ours within each round, and what the networks did."""
    shown = Table(title=f"{network.upper()}: processor seconds per second of 4000 neurons, float64")
    for heading in ("simulator", "median", "least", "ratio to ours", "start-up", *SHOWN):
        shown.add_column(heading)
    found = result["networks"][network]
    ours = [run["seconds"] for run in found[SIMULATORS[0].name]["runs"]]
    for name, entry in found.items():
        seconds = [run["seconds"] for run in entry["runs"]]
        ratio = statistics.median(a / b for a, b in zip(seconds, ours, strict=True))
        means = [(statistics.mean(v), statistics.stdev(v)) for v in _columns(entry["runs"])]
        shown.add_row(
            name,
            f"{statistics.median(seconds):.3f}",
            f"{min(seconds):.3f}",
            f"{ratio:.2f}",
            f"{entry['start_up_seconds']:.1f} s",
            *(f"{mean:.2f} ± {spread:.2f}" for mean, spread in means),
        )
    return shown


def _columns(runs: list[dict[str, Any]]) -> list[list[float]]:
    """What the networks did that did not fall silent."""
    lived = [run for run in runs if run["cv_isi"] is not None]
    return [[run[name] for run in lived] for name in SHOWN]


def main(
    only: Annotated[list[Part] | None, typer.Option(help="Parts; all by default.")] = None,
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of the times.")] = 10,
    networks: Annotated[int, typer.Option(min=2, help="Networks whose statistics count.")] = 200,
    seeds: Annotated[int, typer.Option(min=2, help="Networks per state of Brunel's.")] = 5,
    folder: Annotated[Path, typer.Option(help="Where the records go.")] = DEFAULT,
) -> None:
    """Measure, write the records, print what they say."""
    console = Console()
    chosen = only or list(Part)
    if Part.TIMES in chosen:
        result = measure(rounds, console)
        _record(folder / "populations.json", result)
        for network in NETWORKS:
            console.print(table(result, network))
    if Part.ONE in chosen:
        result = repeat(console)
        _record(folder / "populations_one.json", result)
        console.print(result["networks"])
    if Part.EQUAL in chosen:
        result = compare(networks, console)
        _record(folder / "populations_equal.json", result)
        for network, found in result["networks"].items():
            console.print(network, found["compared"])
    if Part.BRUNEL in chosen:
        result = brunel(seeds, console)
        _record(folder / "brunel.json", result)
        console.print(result["states"])


def _record(path: Path, result: dict[str, Any]) -> None:
    """Keep what was measured, a list of numbers per line."""
    text = json.dumps(result, indent=1)
    path.write_text(re.sub(r"\n\s+(?=[-\d])|(?<=\d)\n\s+(?=\])", " ", text) + "\n")


if __name__ == "__main__":
    typer.run(main)
