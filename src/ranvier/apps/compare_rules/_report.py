"""The page of a comparison, made from its recorded results alone."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._paired import spread, written
from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.apps.compare_rules._costs import POWERS, power_cells
from ranvier.apps.compare_rules._gradients import group_names
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
        f"{task['summary'][0].upper()}{task['summary'][1:]}. {_hidden(settings)} "
        f"({settings['network']}{', recurrent' if settings['feed_back'] else ''}) and a linear "
        "readout; "
        f"{len(settings['rules'])} rules.",
    )
    drawing = Drawing(folder, page)
    _gradients(drawing, result)
    if result["learned"]:
        _learning(drawing, result)
        _alignment(drawing, result)
    if result["importance"]:
        _importance(drawing, result)
    if result["costs"]:
        _costs(drawing, result)
    return drawing.write(result)


def _hidden(settings: dict[str, Any]) -> str:
    layers = settings["layers"]
    return f"{settings['units']} units" + ("" if layers == 1 else f" in each of {layers} layers")


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
    names = group_names(result["settings"]["layers"])
    groups = [group for group in names if any(row["group"] == group for row in rows)]
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


def _of_rule(result: dict[str, Any], rule: str, what: Callable[[dict[str, Any]], Any]) -> Any:
    """Sequences seen, and a curve of every network of a rule, as far as all of them go."""
    own = [entry for entry in result["learned"] if entry["rule"] == rule]
    length = min(len(entry["scores"]) for entry in own)
    return own[0]["samples"][:length], np.array([what(entry)[:length] for entry in own], float)


def _learning(drawing: Drawing, result: dict[str, Any]) -> None:
    task, settings = result["task"], result["settings"]
    curves, table = {}, []
    for rule in settings["rules"]:
        own = [entry for entry in result["learned"] if entry["rule"] == rule]
        samples, scores = _of_rule(result, rule, lambda entry: entry["scores"])
        curves[rule] = (samples, scores.mean(0))
        last = [entry["scores"][-1] for entry in own]
        failed = [entry["failed"] for entry in own if entry["failed"]]
        table.append(
            [
                rule,
                f"{own[0]['learning_rate']:g}",
                float(np.mean(last)),
                spread(last),
                ", ".join(f"not finite at update {n}" for n in failed) or "",
            ]
        )
    rates = ", ".join(f"{rate:g}" for rate in settings["learning_rates"])
    drawing.page.section("Learning", "learning")
    drawing.figure(
        "learning",
        rule_scores(
            curves,
            ylabel=task["measure"],
            title="What networks learn by each rule, from the same batches",
        ),
        f"Mean over {settings['seeds']} networks; the same optimiser for every rule, "
        + (
            f"each at the learning rate of {rates} that was best for the first network."
            if rates
            else "and the same learning rate, tuned for none."
        ),
        "Lines of scores over sequences seen, one per rule.",
    )
    drawing.page.table(
        ["rule", "learning rate", task["measure"], "spread over networks", "remark"],
        table,
        "Last score.",
    )


def _alignment(drawing: Drawing, result: dict[str, Any]) -> None:
    """Where gradients point while networks learn by them."""
    rules, groups = result["settings"]["rules"], list(result["learned"][0]["cosines"])
    drawing.page.section("Gradients during learning", "alignment")
    curves, table = {}, []
    for rule in rules:
        last = []
        for group in groups:
            samples, found = _of_rule(result, rule, lambda entry, g=group: entry["cosines"][g])
            if group == "hidden":
                curves[rule] = (samples, np.nanmean(found, 0))
            last.append(float(np.nanmean(found[:, -1])))
        table.append([rule, *last])
    drawing.figure(
        "alignment",
        rule_scores(
            curves,
            ylabel="cosine with the exact gradient",
            title="How far each rule's gradient points the way of the exact one, while it learns",
            whole=True,
        ),
        "Over all parameters of hidden layers, for one batch that is not learned from, at the "
        "weights that the rule itself has made; mean over networks. 0 where a rule gives hidden "
        "layers nothing; of rules that draw random signs, a single draw.",
        "Lines of cosines over sequences seen, one per rule.",
    )
    drawing.page.table(
        ["rule", *groups], table, "Cosines after the last update, mean over networks."
    )


def _importance(drawing: Drawing, result: dict[str, Any]) -> None:
    drawing.page.section("GRAPES and what it must beat", "grapes")
    drawing.page.table(
        ["rule", "against", f"{result['task']['measure']}: difference"],
        [
            [row["rule"], row["against"], written(row["mean"], row["spread"], "+")]
            for row in result["importance"]
        ],
        "Last score, network by network: mean and standard deviation of the paired difference. "
        "The mechanism is supported where importance beats the same factors dealt out to other "
        "units (shuffled), their mean at every unit, and BPTT.",
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
