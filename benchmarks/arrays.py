"""Memory arrays against IBM's analog hardware acceleration kit: `python -m benchmarks.arrays`."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from benchmarks import arrays_plan as plan
from benchmarks.arrays_table import (
    CONDUCTANCES,
    LAYERS,
    TIMES,
    apart,
    conductance_rows,
    layer_rows,
    named,
    paired,
    time_rows,
)
from benchmarks.measure import SETTLE_SECONDS, machine
from benchmarks.online_table import shown
from benchmarks.peers import Implementation, prepare
from benchmarks.session import Session, settings
from ranvier.core import atomic_path

OURS = Implementation("ranvier", "arrays_ours", None)
THEIRS = Implementation("aihwkit", "arrays_aihwkit", "aihwkit")
DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results" / "arrays.json"
PARTS = ("conductances", "layers", "times")

Report = Callable[[str], None]


def asked(session: Session, work: dict[str, Any], warm_up: int = 0) -> dict[str, Any]:
    """What a worker answers to one piece of work."""
    return session.ask(timeout=1800.0, command="prepare", workload=work, warm_up=warm_up)


def compare_conductances(device: str, sides: list[Session]) -> dict[str, Any]:
    """One device: every level and the matrix, at every time."""
    with tempfile.TemporaryDirectory() as folder:
        work: dict[str, Any] = {"kind": "conductance", "device": device, "folder": folder}
        work["seed"] = 5 + list(plan.DEVICES).index(device)
        ours, theirs = (asked(side, work)["record"] for side in sides)
        target = plan.targets(device)["matrix"]
        found = []
        for index, seconds in enumerate(plan.DEVICES[device]):
            for name in plan.targets(device):
                entry: dict[str, Any] = {"time": named(seconds), "target": name}
                if name == "matrix":
                    one, two = (
                        np.load(Path(folder) / f"{side}-{index}.npy") for side in ("ours", "theirs")
                    )
                    entry["z_mean"], entry["z_spread"] = paired(one, two, target)
                else:
                    one, two = (side[f"{name}|{index}"] for side in (ours, theirs))
                    entry["z_mean"], entry["z_spread"] = (float(z) for z in apart(one, two))
                    for side, moments in (("ours", one), ("theirs", two)):
                        entry[f"mean_{side}"] = moments["mean"]
                        entry[f"spread_{side}"] = moments["variance"] ** 0.5
                found.append(entry)
    return {"device": device, "found": found}


def compare_layer(layer: plan.Layer, sides: list[Session]) -> dict[str, Any]:
    """One layer at every time: each output's mean and spread over arrays, and the correction."""
    ours, theirs = (asked(side, layer.request())["record"] for side in sides)
    found = []
    for index, seconds in enumerate(plan.LAYER_TIMES):
        one, two = (_at(side["outputs"], index) for side in (ours, theirs))
        means, spreads = apart(one, two)
        gain, other = (_at(side["gains"], index) for side in (ours, theirs))
        z_gain = apart(gain, other)[0]
        found.append(
            {
                "time": named(seconds),
                "gain_ours": float(np.mean(gain["mean"])),
                "gain_theirs": float(np.mean(other["mean"])),
                "z_gain": float(z_gain[np.abs(z_gain).argmax()]),
                "spread_ours": float(np.sqrt(np.mean(one["variance"]))),
                "spread_theirs": float(np.sqrt(np.mean(two["variance"]))),
                "rms_mean": float(np.sqrt((means**2).mean())),
                "most_mean": float(np.abs(means).max()),
                "rms_spread": float(np.sqrt((spreads**2).mean())),
                "most_spread": float(np.abs(spreads).max()),
            }
        )
    what = {"devices": "device by device", "folded": "as the kit's layers do it"}
    name = f"{layer.periphery} converters, {what[layer.pairs]}"
    return {"name": name, "layer": layer.request(), "found": found}


def _at(moments: dict[str, Any], index: int) -> dict[str, Any]:
    kept = {k: np.asarray(moments[k])[index] for k in ("mean", "variance", "fourth")}
    return {"count": moments["count"], **kept}


def compare_exact_parts(sides: list[Session]) -> dict[str, Any]:
    """Largest difference of converters, and of a product between them, in steps of the latter."""
    with tempfile.TemporaryDirectory() as folder:
        for side in sides:
            asked(side, {"kind": "exact", "folder": folder})
        found = {}
        for name in ("dac", "adc", "product"):
            one, two = (np.load(Path(folder) / f"{s}-{name}.npy") for s in ("ours", "theirs"))
            difference = np.abs(one.astype(np.float64) - two)
            found[name] = {
                "largest": float(difference.max()),
                "share_apart": float((difference > 1e-5 * np.abs(two).max()).mean()),
                "count": int(difference.size),
            }
    return found


def measure_times(
    threads: int, rounds: int, seconds: float, beside: str, report: Report
) -> Iterator[dict[str, Any]]:
    """Every program, both sides in turn, round after round; the record so far after each."""
    environment = settings(threads)
    if threads == 1:
        environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    rows: dict[str, Any] = {}
    for name, (program, periphery, both) in plan.PROGRAMS.items():
        work = {"kind": "time", "program": program, "periphery": periphery}
        with ExitStack() as stack:
            sides = {
                side.name: stack.enter_context(Session(side, environment))
                for side in ((OURS, THEIRS) if both else (OURS,))
            }
            rows[name] = {}
            iterations = {}
            for side, session in sides.items():
                report(f"{name}: preparing {side}")
                answer = asked(session, work, 1)
                first = answer["first_call"]
                rows[name][side] = {"first_call": first, "seconds": [], "processor_seconds": []}
                once = min(session.ask(command="measure", iterations=2)["seconds"])
                iterations[side] = max(1, min(200, round(seconds / once)))
            for count in range(rounds):
                for side, session in sides.items():
                    report(f"{name}: round {count + 1} of {rounds}, {side}")
                    time.sleep(SETTLE_SECONDS)
                    taken = session.ask(command="measure", iterations=iterations[side])
                    rows[name][side]["seconds"].append(min(taken["seconds"]))
                    processor = taken["processor_seconds"]
                    rows[name][side]["processor_seconds"].append(processor)
        yield {
            "machine": machine(threads, environment),
            "threads": threads,
            "rounds": rounds,
            "beside": beside,
            "rows": rows,
        }


def main(
    part: Annotated[
        list[str] | None, typer.Option(help="Parts to measure; all by default.")
    ] = None,
    device: Annotated[list[str] | None, typer.Option(help="Devices; all by default.")] = None,
    threads: Annotated[list[int] | None, typer.Option(help="Numbers of threads to time.")] = None,
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of every program.")] = 7,
    seconds: Annotated[float, typer.Option(min=0.0, help="Time per side and round.")] = 0.5,
    beside: Annotated[str, typer.Option(help="What else ran, for the record.")] = "",
    record: Annotated[Path, typer.Option(help="Where to write every measurement.")] = DEFAULT,
) -> None:
    """Compare conductances and layers, measure times, write the record, print the tables."""
    console = Console()
    parts = part or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        raise typer.BadParameter(f"{sorted(unknown)} are no parts; some of {PARTS}")
    result: dict[str, Any] = {"packages": {}, "conductances": [], "layers": [], "times": []}
    if record.exists():
        result.update(json.loads(record.read_text()))

    def save() -> None:
        with atomic_path(record) as path:
            path.write_text(json.dumps(result, indent=1) + "\n")

    with console.status("environment of aihwkit") as status:
        prepare(THEIRS)
        with Session(OURS, settings(1)) as ours, Session(THEIRS, settings(1)) as theirs:
            sides = [ours, theirs]
            result["packages"] = {side.name: side.ask(command="describe") for side in sides}
            if "conductances" in parts:
                known = {entry["device"]: entry for entry in result["conductances"]}
                for name in device or plan.DEVICES:
                    status.update(f"conductances: {name}")
                    known[name] = compare_conductances(name, sides)
                    result["conductances"] = [known[n] for n in plan.DEVICES if n in known]
                    save()
            if "layers" in parts:
                status.update("converters")
                result["exact_parts"] = compare_exact_parts(sides)
                result["layers"] = []
                for layer in plan.LAYERS:
                    status.update(f"layers: {layer.request()}")
                    result["layers"].append(compare_layer(layer, sides))
                    save()
        if "times" in parts:
            for count in threads or (1, 2):
                kept = [old for old in result["times"] if old["threads"] != count]
                for run in measure_times(count, rounds, seconds, beside, status.update):
                    result["times"] = sorted([*kept, run], key=lambda one: one["threads"])
                    save()
    console.print(shown("conductances in uS", CONDUCTANCES, conductance_rows(result)))
    console.print(shown("a layer of 784 x 256", LAYERS, layer_rows(result)))
    console.print(result.get("exact_parts", {}))
    console.print(shown("784-256-10, batch 128", TIMES, time_rows(result)))


if __name__ == "__main__":
    typer.run(main)
