"""Simulate CUBA and COBA with ranvier, Brian2 and NEST: `python -m benchmarks.populations`."""

from __future__ import annotations

import json
import statistics
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.measure import machine
from benchmarks.peers import Implementation, prepare
from benchmarks.session import Session, settings

SIMULATORS = (
    Implementation("ranvier", "populations_ours", None),
    Implementation("Brian2, C++ standalone", "populations_brian2", "brian2"),
    Implementation("NEST", "populations_nest", "nest"),
)
NETWORKS = ("cuba", "coba")
SHOWN = ("rate_Hz", "rate_sd_Hz", "cv_isi")
DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results" / "populations.json"


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
    rounds: Annotated[int, typer.Option(min=2, help="Networks drawn per simulator.")] = 10,
    record: Annotated[Path, typer.Option(help="Where to write every measurement.")] = DEFAULT,
) -> None:
    """Measure, write the record, print the tables."""
    console = Console()
    result = measure(rounds, console)
    record.write_text(json.dumps(result, indent=1) + "\n")
    for network in NETWORKS:
        console.print(table(result, network))


if __name__ == "__main__":
    typer.run(main)
