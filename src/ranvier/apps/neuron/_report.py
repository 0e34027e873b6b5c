"""The page of a shown neuron, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps.neuron._views import view_of
from ranvier.report import Page, Pattern, neuron_trace, pattern_grid, phase_plane, rate_curve


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result, arrays = read_run(folder)
    page = Page(_called(result), _sentence(result["summary"]))
    drawing = Drawing(folder, page)
    page.facts(_facts(result))
    _trace(drawing, result, arrays)
    if "rates/levels" in arrays:
        _rates(drawing, result, arrays)
    if "plane/across" in arrays:
        _plane(drawing, result, arrays)
    if result.get("patterns"):
        _patterns(drawing, result, arrays)
    return drawing.write(result)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _called(result: dict[str, Any]) -> str:
    """The class, with the name in the catalogue where that is another."""
    kind, name = result["class"], result["settings"]["neuron"]
    return kind if kind.lower() == name.replace("-", "") else f"{kind} ({name})"


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    unit = result["time_unit"]
    facts = []
    if result["spiking"]:
        facts.append((str(result["spikes"]), f"spikes under {_input(result, result['level'])}"))
        if result["first_spike"] is not None:
            facts.append((f"{_number(result['first_spike'])} {unit}", "time of the first spike"))
        if result.get("least_input_that_fires") is not None:
            facts.append(
                (
                    _input(result, result["least_input_that_fires"]),
                    "least of the tried inputs at which it goes on firing",
                )
            )
    return facts or [(f"{_number(result['time_step'])} {unit}", "time step")]


def _input(result: dict[str, Any], value: float) -> str:
    """A value of the first input, with its unit."""
    _, _, unit = result["input"].partition("(")
    return f"{_number(value)} {unit.rstrip(')')}".strip()


def _trace(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    name, view = result["settings"]["neuron"], view_of(result["settings"]["neuron"])
    states = {k[12:]: v for k, v in arrays.items() if k.startswith("trace/state/")}
    membrane = view.membrane or next(iter(states))
    drive = {given.label: arrays[f"trace/input/{port}"] for port, given in view.inputs.items()}
    others = {label: states[variable] for variable, label in view.others.items()}
    spiking, peak = result["spiking"], arrays.get("trace/peak")
    if not spiking and not np.array_equal(states[membrane], states["y"]):
        others["output"] = states["y"]
    kind = _called(result)
    if spiking:
        count = result["spikes"]
        under = _input(result, result["level"])
        title = f"{kind}: {count} spike{'' if count == 1 else 's'} under an input of {under}"
    else:
        title = f"{kind}: the answer to an input that comes and goes"
    drawing.page.section("Over time", "time")
    drawing.figure(
        "trace",
        neuron_trace(
            arrays["trace/times"],
            states[membrane],
            drive=drive,
            fired=states["y"] if spiking else None,
            threshold=arrays.get("trace/threshold"),
            peak=None if peak is None else float(peak[0]),
            others=others,
            membrane_label=view.label,
            time_unit=result["time_unit"],
            title=title,
        ),
        _read_trace(spiking, peak is not None, "trace/threshold" in arrays),
        f"Membrane and input of {name} over time.",
    )


def _read_trace(spiking: bool, lines: bool, threshold: bool) -> str:
    said = ["Top: what the neuron holds; bottom: what drives it."]
    if spiking:
        said.append("Lines up: spikes, drawn to the peak." if lines else "Dots: spikes.")
    if threshold:
        said.append("Dashed: the threshold.")
    return " ".join(said)


def _rates(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    levels, measured = arrays["rates/levels"], arrays["rates/measured"]
    kind, analytic = _called(result), None
    if not result["spiking"]:
        title, ylabel = f"{kind}: where the output settles", "output, averaged"
    else:
        ylabel = f"firing rate ({result['rate_unit']})"
        start = result.get("least_input_that_fires")
        title = (
            f"{kind}: it fires from an input of about {_input(result, start)}" if start else kind
        )
        if start is not None and "rates/closed_form" in arrays:
            analytic = {"closed form": (arrays["rates/fine"], arrays["rates/closed_form"])}
            close = result["largest_deviation"] < 0.03 * result["largest_rate"]
            title = f"{kind}: measured rates {'lie on' if close else 'beside'} the closed form"
    drawing.page.section("Input and answer", "rates")
    drawing.figure(
        "rates",
        rate_curve(
            {"measured": (levels, measured)},
            analytic=analytic,
            xlabel=result["input"],
            ylabel=ylabel,
            title=title,
        ),
        "Each point is one run under an input that does not change; the first fifth of it is not "
        "counted."
        + (
            f" The line is calculated from the equation; largest distance "
            f"{_number(result['largest_deviation'])} {result['rate_unit']}."
            if analytic
            else ""
        ),
        "Answer over input.",
    )


def _plane(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    view = view_of(result["settings"]["neuron"])
    look = view.plane
    if look is None:
        return
    on = arrays[f"trace/input/{next(p for p, g in view.inputs.items() if g.level)}"] != 0
    first = int(np.argmax(on))
    # The path under the input, or all of it where the input only kicks.
    until = first + int(np.argmin(on[first:])) if look.driven else len(on)
    part = slice(max(first - 1, 0), until)
    across, up = (arrays[f"trace/state/{variable}"] for variable in look.names)
    drawing.page.section("Phase plane", "plane")
    drawing.figure(
        "plane",
        phase_plane(
            arrays["plane/across"],
            arrays["plane/up"],
            (arrays["plane/slope/across"], arrays["plane/slope/up"]),
            trajectory=(across[part], up[part]),
            fired=arrays["trace/state/y"][part],
            names=look.names,
            labels=look.labels,
            title=f"{_called(result)}: the path over time, and where either variable stands still",
        ),
        "Where the two thick lines cross, nothing moves. Arrows: direction of motion "
        + ("under the input." if look.driven else "without input.")
        + " Dotted: the jump of a reset. The slopes are those of the neuron's own step, made a "
        "thousand times shorter.",
        "Nullclines and trajectory of two variables.",
    )


def _patterns(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    counts: dict[str, int] = result["patterns"]
    patterns = {
        name: Pattern(
            *(arrays[f"pattern/{name}/{part}"] for part in ("times", "membrane", "drive")),
            note=f"{count} spike{'' if count == 1 else 's'}",
        )
        for name, count in counts.items()
    }
    many = len(patterns) > 8
    drawing.page.section("Patterns", "patterns")
    drawing.figure(
        "patterns",
        pattern_grid(
            patterns,
            columns=4 if many else 2,
            title=f"One equation, {len(patterns)} published behaviours",
        ),
        "Membrane above, input below. Spikes are drawn to the peak.",
        "; ".join(f"{name}: {count} spikes" for name, count in counts.items()),
    )
