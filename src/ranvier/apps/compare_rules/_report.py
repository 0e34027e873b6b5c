"""The page of a comparison, made from its recorded results alone."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.apps.compare_rules._costs import POWERS, power_cells
from ranvier.apps.compare_rules._gradients import GROUPS
from ranvier.report import Page, gradient_alignment, rule_costs, rule_scores


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "compare-rules")
    settings, task = result["settings"], result["task"]
    page = Page(
        f"Learning rules on {settings['task']}",
        f"{task['summary'].capitalize()}. {settings['units']} units ({settings['network']}"
        f"{', recurrent' if settings['feed_back'] else ''}) and a linear readout; "
        f"{len(settings['rules'])} rules.",
    )
    drawing = Drawing(folder, page)
    _gradients(drawing, result)
    if result["learned"]:
        _learning(drawing, result)
    if result["costs"]:
        _costs(drawing, result)
    return drawing.write(result)


def mean(values: list[float | None]) -> float | None:
    """The mean of those that are there."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def _gradients(drawing: Drawing, result: dict[str, Any]) -> None:
    rows = result["gradients"]
    rules = result["settings"]["rules"]
    by_place = defaultdict(list)
    for row in rows:
        by_place[row["rule"], row["group"]].append(row)
    groups = [group for group in GROUPS if any(row["group"] == group for row in rows)]
    drawing.page.section("Gradients against the exact one", "gradients")
    drawing.figure(
        "gradients",
        gradient_alignment(
            {
                rule: {
                    group: [r["cosine"] for r in by_place[rule, group] if r["cosine"] is not None]
                    for group in groups
                }
                for rule in rules
            },
            title="How far each rule's gradient points the way of the exact one, at the start",
        ),
        "Cosine with the gradient of BPTT, per group of parameters; bars are means over networks. "
        "For rules that draw random signs: the mean of single draws.",
        "Bars of cosines per rule and group of parameters.",
    )
    table = []
    for rule in rules:
        for group in groups:
            found = by_place[rule, group]
            columns = [mean([row[name] for row in found]) for name in ("cosine", "error", "spread")]
            bias = mean([row["bias"] for row in found])
            table.append([rule, group, *columns, bias])
    drawing.page.table(
        ["rule", "parameters", "cosine", "relative error", "spread", "bias"],
        table,
        "Relative error: of the mean gradient. Spread: standard deviation over random signs, in "
        "norms of the exact gradient. Bias: error of the mean, in units of what as many unbiased "
        "draws would give: about 1 says that no bias is seen.",
    )


def _learning(drawing: Drawing, result: dict[str, Any]) -> None:
    task, rules = result["task"], result["settings"]["rules"]
    curves, table = {}, []
    for rule in rules:
        own = [entry for entry in result["learned"] if entry["rule"] == rule]
        length = min(len(entry["scores"]) for entry in own)
        scores = np.array([entry["scores"][:length] for entry in own])
        curves[rule] = (own[0]["samples"][:length], scores.mean(0))
        last = [entry["scores"][-1] for entry in own]
        failed = [entry["failed"] for entry in own if entry["failed"]]
        table.append(
            [
                rule,
                float(np.mean(last)),
                float(np.std(last, ddof=1)) if len(last) > 1 else None,
                ", ".join(f"not finite at update {n}" for n in failed) or "",
            ]
        )
    drawing.page.section("Learning", "learning")
    drawing.figure(
        "learning",
        rule_scores(
            curves,
            ylabel=task["measure"],
            title="What networks learn by each rule, from the same batches",
        ),
        f"Mean over {result['settings']['seeds']} networks; the same optimiser and learning rate "
        "for every rule, tuned for none.",
        "Lines of scores over sequences seen, one per rule.",
    )
    drawing.page.table(
        ["rule", task["measure"], "spread over networks", "remark"], table, "Last score."
    )


def _costs(drawing: Drawing, result: dict[str, Any]) -> None:
    rules, costs = result["settings"]["rules"], result["costs"]
    least = {axis: min(row[axis] for row in costs) for axis in ("units", "steps")}
    drawing.page.section("Costs", "costs")
    views = (
        ("memory-by-units", "units", "bytes", 1e-3, "hidden units", "memory of one gradient (kB)"),
        ("time-by-units", "units", "seconds_per_step", 1e6, "hidden units", "time per step (µs)"),
        ("memory-by-steps", "steps", "bytes", 1e-3, "time steps", "memory of one gradient (kB)"),
        ("time-by-steps", "steps", "seconds_per_step", 1e6, "time steps", "time per step (µs)"),
    )
    titles = (
        "Memory grows with the units: squared or cubed, by the rule",
        "Time per step grows with the units",
        "Memory grows with the sequence where a rule looks back",
        "Time per step does not grow with the sequence, but where every past step is held",
    )
    for (name, axis, what, unit, xlabel, ylabel), title in zip(views, titles, strict=True):
        other = "steps" if axis == "units" else "units"
        lines = {}
        for rule in rules:
            line = [r for r in costs if r["rule"] == rule and r[other] == least[other]]
            lines[rule] = ([r[axis] for r in line], [unit * r[what] for r in line])
        drawing.figure(
            name,
            rule_costs(lines, xlabel=xlabel, ylabel=ylabel, title=title),
            f"One gradient of one sequence, at {least[other]} {other}.",
            f"Lines of {ylabel} over {xlabel}, one per rule.",
        )
    drawing.page.table(
        ["rule", *POWERS, "published memory", "time"],
        [power_cells(rule, result["growth"][rule]) for rule in rules],
        "Powers of units n and steps T, by least squares in logarithms over the sizes from the "
        "largest down to a quarter of it, and their standard errors. Memory is the compiler's "
        "count; time per step is the least of a few repeats, on a CPU of the processor. Published: "
        "memory of traces (or of BPTT's stored states) and time per step in n units; here inputs "
        "are as wide as the layer.",
    )
