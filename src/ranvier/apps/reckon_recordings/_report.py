"""The page of recordings on the chip, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished, kept_settings
from ranvier.apps.reckon_recordings._settings import build, name_of
from ranvier.report import (
    CurvePanel,
    Line,
    Page,
    confusion_matrix,
    named_curves,
    stream_raster,
)

_TITLES = {
    "reckon-braille": "Braille letters on the ReckOn chip",
    "reckon-spoken-digits": "Spoken digits on the ReckOn chip",
}
_NAMES = {"e-prop-reckon": "e-prop, floating point", "bptt": "BPTT, floating point"}


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, name_of(build(**kept_settings(folder))))
    result, arrays = read_run(folder)
    counts = result["recordings"]
    page = Page(
        _TITLES[result["experiment"]],
        f"{len(result['classes'])} classes; a chip learns from {counts['train']} recordings, as "
        f"spikes on {result['inputs']} inputs, with e-prop and weights of 8 bits, in the whole "
        f"numbers of its hardware description. It is judged by {counts['test']}: "
        f"{result['held_out']}.",
    )
    drawing = Drawing(folder, page)
    _facts(page, result)
    _learning(drawing, result)
    _mistakes(drawing, result)
    _one_recording(drawing, result, arrays)
    _costs(page, result)
    return drawing.write(result)


def _apart(one: dict[str, Any]) -> str:
    spread = "" if one["spread"] is None else f" ± {one['spread']:.1f}"
    return f"{one['mean']:.1f}{spread} %"


def _facts(page: Page, result: dict[str, Any]) -> None:
    summary = result["summary"]
    chips = f"{summary['seeds']} chip{'s' if summary['seeds'] > 1 else ''}"
    told = [(_apart(summary), f"of test recordings right after the last epoch, {chips}")]
    told += [(_apart(one), _NAMES[rule]) for rule, one in result["beside"].items()]
    told.append((f"{summary['energy_nJ']:.0f} nJ", "per recording, synaptic operations alone"))
    page.facts(told)


def _learning(drawing: Drawing, result: dict[str, Any]) -> None:
    drawing.page.section("Learning", "learning")

    def line(curves: list[list[float]]) -> Line:
        seen = np.array(curves)
        spread = seen.std(0, ddof=1) if len(seen) > 1 else None
        return Line(np.arange(1, seen.shape[1] + 1), seen.mean(0), spread)

    chips = result["chips"].values()
    lines = {"ReckOn": line([chip["test_accuracy"] for chip in chips])}
    for rule, one in result["beside"].items():
        lines[_NAMES[rule]] = line(one["test_accuracy"])
    chance = 100 / len(result["classes"])
    panel = CurvePanel("epoch", "right in the test (%)", lines, reference={"chance": chance})
    drawing.figure(
        "learning",
        named_curves(
            [panel],
            title=f"After the last epoch the chip is right in {result['summary']['mean']:.1f} %",
        ),
        "Test recordings after every epoch: mean over seeds, and their standard deviation as a "
        "band. No epoch is chosen. The networks in floating point have the chip's spikes, "
        "neurons, leaks, threshold and first weights, and learn with Adam.",
        "Learning curves of the chip and of the same network in floating point.",
    )
    for one in result["neighbours"]:
        drawing.page.text(
            f"Published nearby: {one['accuracy']:g} % ({one['what']}; {one['source']}). It is not "
            "this task with this split."
        )


def _mistakes(drawing: Drawing, result: dict[str, Any]) -> None:
    counts, names = np.array(result["confusion"]), result["classes"]
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    title = "No recording is taken for another class"
    if wrong.any():
        true, taken = np.unravel_index(wrong.argmax(), wrong.shape)
        title = f"{names[true]} is taken for {names[taken]} most often"
    drawing.page.section("Mistakes", "mistakes")
    drawing.figure(
        "confusion",
        confusion_matrix(counts, names=names, title=title),
        "Test recordings of all chips after the last epoch.",
        "Confusion matrix.",
    )


def _one_recording(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    spikes, v, label = arrays["spikes"], arrays["v"], int(arrays["label"])
    name, tick = result["classes"][label], result["settings"]["tick_ms"]
    drawing.page.section("One recording", "recording")
    signs = result["settings"]["data"] != "heidelberg-digits"
    groups = {"rises": spikes[:, ::2], "falls": spikes[:, 1::2]} if signs else {"ear": spikes}
    drawing.figure(
        "recording",
        stream_raster(
            groups,
            arrays["z"].any(1),
            listener="any neuron",
            time_unit=f"ticks of {tick:g} ms",
            title=f"What the chip gets of one {name}",
        ),
        f"Input events of a test recording of {name}, and when any recurrent neuron fires after "
        "learning.",
        "Input events of one recording.",
    )
    when = np.arange(len(spikes)) * tick
    rest = np.delete(v, label, 2).max(2)
    panels = [
        CurvePanel(
            "time (ms)",
            f"{stage} learning (1)",
            {name: Line(when, v[n, :, label]), "best other": Line(when, rest[n])},
        )
        for n, stage in enumerate(("before", "after"))
    ]
    asked = arrays["asked"]
    ahead = 100 * float((v[1, asked].argmax(1) == label).mean())
    drawing.figure(
        "outputs",
        named_curves(
            panels,
            title=f"After learning the output of {name} leads in {ahead:.0f} % of the time asked",
        ),
        "Output membranes in the same recording: that of its class, and the highest other one. "
        f"Votes count from {when[asked.argmax()]:.0f} ms on.",
        "Output membranes over time.",
    )


def _costs(page: Page, result: dict[str, Any]) -> None:
    page.section("What it costs", "costs")
    rows = []
    for name, chip in result["chips"].items():
        per = chip["per_recording"]
        rows.append(
            [
                name,
                chip["test_accuracy"][-1],
                per["spikes_per_neuron"],
                per["synaptic_operations"],
                per["weight_changes"][0],
                per["weight_changes"][-1],
                chip["energy"]["picojoule"] / 1000,
                chip["power_uW"],
            ]
        )
    page.table(
        [
            "chip",
            "test (%)",
            "spikes per neuron",
            "synaptic operations",
            "weight changes, first epoch",
            "last epoch",
            "energy (nJ)",
            "power (uW)",
        ],
        rows,
        "Per recording: spikes and operations of a test recording after the last epoch, changes of "
        "a training recording. Energy is an estimate: synaptic operations alone at the published "
        "5.3 pJ, at 0.5 V, without the steps of neurons, leakage and learning; power is that over "
        f"the {next(iter(result['chips'].values()))['per_recording']['seconds']:.2f} s of a "
        "recording.",
        decimals=2,
    )
