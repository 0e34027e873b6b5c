"""The same NIR files and input through seven frameworks: `python -m benchmarks.nir`."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.markdown import Markdown

from benchmarks import nir_plan as plan
from benchmarks.measure import machine
from benchmarks.nir_braille import read_letters
from benchmarks.nir_own import OWN, Own
from benchmarks.nir_picture import SHOWN, draw
from benchmarks.nir_table import markdown
from benchmarks.nir_trains import against, regular
from benchmarks.peers import ROOT, Implementation, prepare
from benchmarks.session import Session, settings
from ranvier.core import atomic_path

FRAMEWORKS = (
    Implementation("ranvier", "nir_ours", None),
    Implementation("snnTorch", "nir_snntorch", "nir-torch"),
    Implementation("Norse", "nir_norse", "nir-torch"),
    Implementation("SpikingJelly", "nir_spikingjelly", "nir-torch"),
    Implementation("Sinabs", "nir_sinabs", "nir-sinabs"),
    Implementation("Spyx", "nir_spyx", "nir-spyx"),
    Implementation("Rockpool", "nir_rockpool", "nir-sinabs"),
)
# ranvier twice: NIR's equations solved, and in Euler steps as most importers take them.
EULER = "ranvier, Euler"
ROWS = ("ranvier", EULER, *(one.name for one in FRAMEWORKS[1:]))
PARTS = ("braille", "neurons", "poisson", "files", "own")
# These need the data folder, and that one nothing of the other frameworks.
GENUINE, ALONE = {"braille", "files"}, "braille"
RECORD = ROOT / "docs" / "results" / "nir.json"
PICTURE = ROOT / "docs" / "assets" / "nir-one-lif.png"


class Workers:
    """All frameworks, and the folder through which they are given files and arrays."""

    def __init__(self, sessions: dict[str, Session], folder: Path) -> None:
        self.sessions = sessions
        self.folder = folder

    def _ask(self, name: str, **work: Any) -> np.ndarray | dict[str, str]:
        output = self.folder / "spikes.npy"
        asked = {"input": str(self.folder / "input.npy"), "output": str(output), **work}
        answer = self.sessions[name].ask(
            timeout=3000.0, command="prepare", workload=asked, warm_up=0
        )["record"]
        if answer:
            return {"refused": without_folders(answer["refused"])}
        return np.load(output)

    def imported(
        self, row: str, file: Path, step: float, options: dict[str, Any]
    ) -> np.ndarray | dict[str, str]:
        """Spikes of a file in one framework, or why there are none."""
        if row == EULER:
            row, options = "ranvier", {**options, "discretisation": "euler"}
        return self._ask(row, kind="import", file=str(file), step=step, options=options)

    def exported(self, own: Own, file: Path) -> np.ndarray | dict[str, str]:
        """Spikes of a framework's own neuron, and its export in the file."""
        return self._ask(own.framework, kind="own", file=str(file), neuron=own.neuron)

    def give(self, xs: np.ndarray) -> None:
        """The input of what is asked next."""
        np.save(self.folder / "input.npy", xs)


def without_folders(message: str) -> str:
    """A message in which files go by their names.

    Example:
        >>> without_folders("ValueError: /some/where/own.nir: r must equal 1 / dt")
        'ValueError: own.nir: r must equal 1 / dt'
    """
    return re.sub(r"(?<!\S)/(?:[^\s/]+/)+", "", message)


def neurons(workers: Workers, report: Callable[[str], None]) -> dict[str, Any]:
    """Every neuron under a constant drive, in every framework."""
    found: dict[str, Any] = {}
    for case in plan.CASES:
        report(case.shown)
        file = workers.folder / "neuron.nir"
        plan.write_neuron(case.kind, case.fields, file)
        workers.give(np.full((case.steps, 1, 1), case.drive, np.float32))
        entry: dict[str, Any] = {"expected": expected(case), "frameworks": {}}
        for row in ROWS:
            if row == "snnTorch" and case.step_s != 1e-4 and case.kind != "IF":
                entry["frameworks"][row] = {"refused": "its step is fixed at 0.1 ms"}
                continue
            options = {"time_unit": case.unit} if row.startswith("ranvier") else {}
            spikes = workers.imported(row, file, case.step, options)
            if isinstance(spikes, np.ndarray):
                entry["frameworks"][row] = counted(spikes[:, 0, 0], case, entry["expected"])
            else:
                entry["frameworks"][row] = spikes
        found[case.name] = entry
    return found


def expected(case: plan.Case) -> float:
    """Spikes per second by NIR's equation."""
    if case.interval is not None:
        return 1 / case.interval
    return float(plan.cuba_spikes(*plan.CUBA_EXPECTED[case.name]))


def counted(spikes: np.ndarray, case: plan.Case, due: float) -> dict[str, Any]:
    """How many spikes, the most in one step, and whether they are those of the equation."""
    count, most = int(spikes.sum()), int(spikes.max(initial=0))
    if case.interval is None:
        right = most == 1 and abs(count - due) <= 1
    else:
        right = regular(spikes, case.interval, case.step_s, case.first)
    found = {"spikes": count, "most": most, "right": right}
    if case.name in SHOWN and count < len(spikes) / 10:
        found["steps"] = np.flatnonzero(spikes).tolist()
    return found


def poisson(workers: Workers, report: Callable[[str], None]) -> dict[str, Any]:
    """A CubaLIF in two forms under Poisson spikes: matched with ranvier's, one step apart."""
    found: dict[str, Any] = {}
    for name, scale in (("cuba", 1.0), ("cuba, scaled", plan.SCALE)):
        report(f"Poisson: {name}")
        case, file = plan.case(name), workers.folder / "neuron.nir"
        plan.write_neuron(case.kind, case.fields, file)
        workers.give(plan.poisson() * np.float32(plan.POISSON_SIZE * scale))
        ours = workers.imported(EULER, file, case.step, {})
        found[name] = {
            row: against(ours, workers.imported(row, file, case.step, {}), 1) for row in ROWS
        }
    return found


def files(workers: Workers, data: Path, report: Callable[[str], None]) -> dict[str, Any]:
    """Genuine files: one neuron, a recurrent network in two forms, a convolutional network."""
    found: dict[str, Any] = {}
    recorded = np.loadtxt(data / "nir" / "lif_norse.csv", delimiter=",")
    workers.give(recorded[:, :1, None].astype(np.float32))
    report("lif_norse.nir")
    found["lif"] = {"steps": np.flatnonzero(recorded[:, 2]).tolist(), "frameworks": {}}
    for row in ROWS:
        spikes = workers.imported(row, data / "nir" / "lif_norse.nir", 1e-4, {})
        if isinstance(spikes, np.ndarray):
            spikes = {"spikes": int(spikes.sum()), "steps": np.flatnonzero(spikes).tolist()[:40]}
        found["lif"]["frameworks"][row] = spikes
    workers.give(plan.braille())
    for form in ("", "_subgraph"):
        file = data / "nir" / f"braille_noDelay_noBias_subtract{form}.nir"
        report(file.name)
        ours = {"repair": ["rename"]} if form else {}
        meant = {
            reset: workers.imported(EULER, file, 1e-4, {**ours, "reset": reset})
            for reset in ("subtract", "zero")
        }
        entry: dict[str, Any] = {}
        for row in ROWS:
            known = ours if row.startswith("ranvier") else {"loops": True}
            spikes = workers.imported(row, file, 1e-4, {"reset": "subtract", **known})
            entry[row] = {reset: against(other, spikes, 0) for reset, other in meant.items()}
        found[f"braille{form}"] = entry
    found["digits"] = convolutional(workers, data, report)
    return found


def convolutional(workers: Workers, data: Path, report: Callable[[str], None]) -> dict[str, Any]:
    """Digits of N-MNIST right, by the output with the most spikes."""
    xs, digits = plan.digits(data / "events" / "nmnist" / "nmnist_subset.zip")
    workers.give(xs)
    found: dict[str, Any] = {"count": len(digits), "frameworks": {}}
    for row, reset in (*((row, "zero") for row in ROWS if row != EULER), ("ranvier", "subtract")):
        report(f"cnn_sinabs.nir: {row}")
        options = {"time_unit": "steps", "reset": reset}
        if row != "ranvier":
            options = {"flattens": True}
        spikes = workers.imported(row, data / "nir" / "cnn_sinabs.nir", 1.0, options)
        if isinstance(spikes, np.ndarray):
            counts = spikes.sum(0)
            right = int((counts.argmax(1) == digits).sum())
            spikes = {"right": right, "spikes": int(counts.sum())}
        found["frameworks"][row if reset == "zero" else f"{row}, subtract"] = spikes
    return found


def round_trips(workers: Workers, report: Callable[[str], None]) -> list[dict[str, Any]]:
    """Each framework's own neurons through its own file, and that file in ranvier."""
    found = []
    for own in OWN:
        report(f"{own.framework}: {own.neuron}")
        file = workers.folder / "own.nir"
        workers.give(plan.noise(own.drive))
        original = workers.exported(own, file)
        entry: dict[str, Any] = {"framework": own.framework, "neuron": own.neuron}
        entry["meaning"] = {**own.meaning, "step": own.step}
        entry["corrected"], entry["late"] = list(own.corrected), own.late
        if isinstance(original, dict):
            found.append({**entry, "export": original})
            continue
        options = own.meaning if own.framework == "ranvier" else {}
        back = workers.imported(own.framework, file, own.step, options)
        entry["spikes"], entry["most"] = int(original.sum()), int(original.max())
        entry["own"] = against(original, back, 0)
        if own.framework != "ranvier":
            entry["ranvier"] = read_by_us(workers, own, file, original, ())
            entry["ranvier, corrected"] = (
                read_by_us(workers, own, file, original, own.corrected) if own.corrected else None
            )
        found.append(entry)
    return found


def read_by_us(
    workers: Workers, own: Own, file: Path, original: np.ndarray, corrected: tuple[str, ...]
) -> dict[str, Any]:
    """The file in ranvier with its meaning said, against the framework itself."""
    options = {**own.meaning, "corrected": corrected}
    ours = workers.imported("ranvier", file, own.step, options)
    if isinstance(ours, dict):
        return ours
    return against(original[own.late :], ours[: len(ours) - own.late], 0)


def main(
    part: Annotated[list[str] | None, typer.Option(help="Parts to run; all by default.")] = None,
    record: Annotated[Path, typer.Option(help="Where to write what was found.")] = RECORD,
    picture: Annotated[Path, typer.Option(help="Where to draw the one LIF.")] = PICTURE,
) -> None:
    """Run every case in every framework, write the record, draw the picture, print the tables."""
    console = Console()
    parts = part or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        raise typer.BadParameter(f"{sorted(unknown)} are no parts; some of {PARTS}")
    data = os.environ.get("RANVIER_DATA")
    if GENUINE & set(parts) and not data:
        raise typer.BadParameter(f"RANVIER_DATA names no folder; {sorted(GENUINE)} need it.")
    result: dict[str, Any] = json.loads(record.read_text()) if record.exists() else {}
    if ALONE in parts:
        with console.status("letters") as status:
            result[ALONE] = read_letters(Path(str(data)), status.update)
        with atomic_path(record) as path:
            path.write_text(json.dumps(result, indent=1) + "\n")
    if compared := [name for name in parts if name != ALONE]:
        compare(compared, result, data, record, console)
    if "neurons" in result:
        draw(result, picture)
    console.print(Markdown(markdown(result)))


def compare(
    parts: list[str], result: dict[str, Any], data: str | None, record: Path, console: Console
) -> None:
    """Run the parts for which every framework is asked, and write the record after each."""
    environment = settings(1)
    with console.status("environments") as status, ExitStack() as stack:
        for one in FRAMEWORKS:
            prepare(one)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sessions = {one.name: stack.enter_context(Session(one, environment)) for one in FRAMEWORKS}
        workers = Workers(sessions, folder)
        result["machine"] = machine(1, environment)
        result["packages"] = {n: s.ask(command="describe") for n, s in sessions.items()}
        for name in parts:
            if name == "neurons":
                result["neurons"] = neurons(workers, status.update)
            elif name == "poisson":
                result["poisson"] = poisson(workers, status.update)
            elif name == "files":
                result["files"] = files(workers, Path(str(data)), status.update)
            else:
                result["own"] = round_trips(workers, status.update)
            with atomic_path(record) as path:
                path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
