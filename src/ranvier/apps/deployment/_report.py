"""The page of a deployment, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.report import Page, counts_beside, memory_map, spikes_beside

CALLED = {"odin": "ODIN", "tiny-odin": "tinyODIN", "reckon": "ReckOn"}
_MEMORIES = {
    "crossbar": "row: input or neuron -> column: neuron",
    "inputs": "input -> neuron",
    "neurons": "neuron -> neuron",
    "outputs": "neuron -> output",
}


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    if not (folder / "result.json").exists():
        raise FileNotFoundError(
            f"{folder} has no result.json: the run is not finished. Go on with it: "
            f"ranvier deploy --resume --folder {folder}"
        )
    result, arrays = read_run(folder)
    chip = CALLED[result["settings"]["chip"]]
    page = Page(
        f"A network on {chip}",
        f"Its weights are rounded, its units placed, and {result['images']['judged']} images are "
        "shown to both: to the network as it was trained, and to the chip in whole numbers.",
    )
    drawing = Drawing(folder, page)
    stages = result["stages"]
    last = next(reversed(stages.values()))
    page.facts(
        [
            (f"{last['after']:.1f} %", "right on the chip"),
            (f"{last['before']:.1f} %", "right in the network"),
            (f"{last['agreeing']} of {last['samples']}", "images get the same answer"),
            *_energy_fact(last),
        ]
    )
    _scores(page, stages)
    _spikes(drawing, arrays, chip)
    _memory(drawing, arrays, chip)
    _certificate(page, last)
    return drawing.write(result)


def _energy_fact(last: dict[str, Any]) -> list[tuple[str, str]]:
    if last["cost"] is None:
        return []
    per_image = last["cost"]["picojoule"] / last["samples"]
    return [(f"{per_image / 1e3:.3g} nJ", "estimated per image, operations alone")]


def _scores(page: Page, stages: dict[str, Any]) -> None:
    page.section("Before and after", "scores")
    page.table(
        ["training", "network (%)", "chip (%)", "same answer", "spikes, network", "spikes, chip"],
        [
            [
                {"network": "of the network alone"}.get(name, "with the chip in the loop"),
                one["before"],
                one["after"],
                f"{one['agreeing']} of {one['samples']}",
                sum(layer["before"] for layer in one["layers"]),
                sum(layer["after"] for layer in one["layers"]),
            ]
            for name, one in stages.items()
        ],
        "Right answers to the test images, and spikes of all layers per image. The answer is the "
        "output with the largest sum over time.",
        decimals=1,
    )


def _spikes(drawing: Drawing, arrays: dict[str, np.ndarray], chip: str) -> None:
    drawing.page.section("Spike by spike", "spikes")
    numbers = sorted({int(name.split("/")[0]) for name in arrays if name[0].isdigit()})
    rows = {"input": (arrays["input"], arrays["input"])}
    counts = {}
    for number in numbers:
        if f"{number}/counts_before" not in arrays:
            continue
        rows[f"layer {number}"] = (arrays[f"{number}/before"], arrays[f"{number}/after"])
        counts[f"layer {number}"] = (
            arrays[f"{number}/counts_before"],
            arrays[f"{number}/counts_after"],
        )
    drawing.figure(
        "spikes",
        spikes_beside(
            rows, names=("network", chip), title="The same image in the network and on the chip"
        ),
        "Input and spikes of every layer for the first test image; a dash is a step in which a "
        "unit fires.",
        "Spikes of the network and of the chip.",
    )
    same = np.mean([np.mean(one == two) for one, two in counts.values()])
    drawing.figure(
        "counts",
        counts_beside(counts, title=f"{100 * same:.0f} % of spike counts are the same on the chip"),
        "Spikes of a unit during one image, over all units and up to 500 test images; on the line "
        "the chip fires as often as the network.",
        "Spike counts on the chip over those in the network.",
    )


def _memory(drawing: Drawing, arrays: dict[str, np.ndarray], chip: str) -> None:
    drawing.page.section("In memory", "memory")
    held = {
        _MEMORIES[name.split("/")[1]]: values
        for name, values in arrays.items()
        if name.startswith("memory/")
    }
    used = sum(int((values != 0).sum()) for values in held.values())
    drawing.figure(
        "memory",
        memory_map(held, unit="steps of the chip", title=f"{used} synapses of {chip} are used"),
        "Weights as the memories hold them: orange excites, blue inhibits.",
        "Synapse memories.",
    )


def _certificate(page: Page, last: dict[str, Any]) -> None:
    page.section("Certificate", "certificate")
    page.table(
        ["layer", "rule", "network", "chip"],
        [[one["layer"], one["rule"], one["found"], one["limit"]] for one in last["checks"]],
        "Rules of the chip; all are kept.",
    )
    page.table(
        ["layer", "quantity", "held as", "relative error (%)"],
        [
            [
                one["layer"],
                one["quantity"],
                one["held_as"],
                "of another form" if one["error"] is None else f"{100 * one['error']:.2g}",
            ]
            for one in last["roundings"]
        ],
        "What was rounded; root mean square of the change.",
    )
    for difference in last["differences"]:
        page.text(difference)
    page.table(
        ["per image", "number"],
        [[name.replace("_", " "), count] for name, count in last["counts"].items()],
        "What the chip does for one image, on average.",
        decimals=1,
    )
    _costs(page, last)


def _costs(page: Page, last: dict[str, Any]) -> None:
    costs = {"network": last["cost_before"], "chip": last["cost"]}
    page.table(
        ["", "operations", "per image", "pJ each", "nJ per image", "price"],
        [
            [
                name,
                cost["what"],
                cost["operations"] / last["samples"],
                f"{cost['picojoule'] / max(cost['operations'], 1):.3g}",
                f"{cost['picojoule'] / last['samples'] / 1e3:.3g}",
                cost["source"]["text"],
            ]
            for name, cost in costs.items()
            if cost is not None
        ],
        "Energies and powers are estimates from operations alone: no leakage, no clock, and of the "
        "network no memory. A nanojoule per image is a microwatt at a thousand images per second.",
        decimals=0,
    )
