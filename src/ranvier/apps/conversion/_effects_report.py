"""Accuracy on imperfect hardware, on the page of either conversion."""

from typing import Any

from ranvier.apps._recording import Drawing
from ranvier.report import CurvePanel, Line, named_curves

_LABELS = {
    "time_bits": "bits of the clock that spikes keep to",
    "weight_bits": "bits of the weights",
    "jitter": "jitter of spike times (time constants)",
    "noise": "noise on thresholds (thresholds)",
    "margins": "latency (time constants)",
}
_OVER_DOUBLINGS = ("jitter", "noise")


def draw_effects(drawing: Drawing, result: dict[str, Any], title: str, how: str) -> None:
    """The section of what hardware costs; none where nothing was tried.

    Args:
        drawing: the page and its folder.
        result: what the run left.
        title: of the figure.
        how: each effect comes about, for its caption.
    """
    # A run from before this section was there for rates has none.
    effects = {name: lines for name, lines in result.get("effects", {}).items() if lines}
    if not effects:
        return
    drawing.page.section("On imperfect hardware", "hardware")
    panels = [
        _panel(name, lines, result["accuracy_swept"])
        for name, lines in effects.items()
        if len(lines) > 1
    ]
    if panels:
        drawing.figure(
            "hardware",
            named_curves(panels, title=title),
            f"The first {result['settings']['swept']} test images, without any training for it. "
            + how,
            "Accuracy over "
            + ", ".join(_LABELS[name] for name, lines in effects.items() if len(lines) > 1)
            + ".",
        )
    drawing.page.table(
        ["effect", "strength", "accuracy (%)", "deviation"],
        [
            [
                _LABELS[name],
                f"{line.get('latency', line['value']):.4g}",
                line["accuracy"],
                line["deviation"],
            ]
            for name, lines in effects.items()
            for line in lines
        ],
        "The same in numbers.",
        decimals=2,
    )


def _panel(name: str, lines: list[dict[str, float]], exact: float) -> CurvePanel:
    at = sorted(lines, key=lambda line: line.get("latency", line["value"]))
    spiking = Line(
        [line.get("latency", line["value"]) for line in at],
        [line["accuracy"] for line in at],
        [line["deviation"] for line in at],
    )
    return CurvePanel(
        _LABELS[name],
        "accuracy (%)",
        {"spiking": spiking},
        doubling=name in _OVER_DOUBLINGS,
        reference={"exact": exact},
    )
