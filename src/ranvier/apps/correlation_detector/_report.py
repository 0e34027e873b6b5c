"""The page of the correlation detector, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import NODE_NM, add_areas, cost_row, energies
from ranvier.apps._held import warn_unchecked
from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished
from ranvier.apps.correlation_detector._measures import DETECTED
from ranvier.apps.correlation_detector._synapses import KINDS
from ranvier.hardware import device_area, sram_area
from ranvier.report import Page, quantile_panels, stream_raster, stream_weights

_STREAMS_SHOWN, _STEPS_SHOWN = 30, 200
_MOST = 6.0
"""Upper end of the axis of d'."""

_COUNTED_BITS = 6
"""Of a digital weight: what counts the forty pulses that fill a device."""


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, "correlation-detector")
    result, arrays = read_run(folder)
    settings = result["settings"]
    page = Page(
        "Correlation detector",
        f"A phase-change neuron hears {settings['streams']} streams of events that all have the "
        f"same rate. {settings['group']} of them tend to have events together. Nobody says which: "
        "synapses that are active when the neuron fires are strengthened, others weakened.",
    )
    drawing = Drawing(folder, page)
    _facts(page, result)
    warn_unchecked(page, result["devices"])
    _one_group(drawing, result, arrays)
    _correlations(drawing, result, arrays)
    _groups(drawing, result, arrays)
    _estimated(page, result)
    return drawing.write(result)


def _facts(page: Page, result: dict[str, Any]) -> None:
    settings = result["settings"]
    at = settings["correlations"].index(settings["correlation"])
    told = []
    for name, kind in result["kinds"].items():
        least = kind["smallest_detected"]
        told.append(
            (
                f"{kind['d_prime'][at][1]:.1f}",
                f"d' at a correlation of {settings['correlation']:g} with {KINDS[name]}; above "
                f"{DETECTED:g} in nine of ten arrays "
                + ("nowhere" if least is None else f"from {least:g} on"),
            )
        )
    page.facts(told)


def _told(result: dict[str, Any]) -> str:
    """The kind of synapses that single runs are shown with."""
    return "single" if "single" in result["kinds"] else next(iter(result["kinds"]))


def _liveliest(fired: np.ndarray) -> slice:
    """The steps of the second half, a few hundred at most, in which there are most spikes."""
    length = min(_STEPS_SHOWN, len(fired) // 2)
    counts = np.convolve(fired, np.ones(length), "valid")
    begin = len(fired) // 2 + int(counts[len(fired) // 2 :].argmax())
    return slice(begin, begin + length)


def _one_group(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    settings, kinds = result["settings"], result["kinds"]
    told = _told(result)
    group, shown = arrays["group"], min(_STREAMS_SHOWN, settings["group"])
    window = _liveliest(arrays[f"{told}/fired"])
    drawing.page.section("One group", "group")
    drawing.figure(
        "raster",
        stream_raster(
            {
                "group": arrays["events"][window][:, group == 0][:, :shown],
                "others": arrays["events"][window][:, group < 0][:, :shown],
            },
            arrays[f"{told}/fired"][window],
            listener="neuron",
            time_unit="steps",
            title="Once it has learned, the neuron fires with the group",
        ),
        f"Steps {window.start} to {window.stop} of the first run with {KINDS[told]}, at a "
        f"correlation of {settings['correlation']:g}: where it fired most in the second half of "
        f"its time. {shown} streams of each kind.",
        "Events of correlated and uncorrelated streams, and the spikes of the neuron.",
    )
    drawing.figure(
        "weights",
        stream_weights(
            {KINDS[name]: arrays[f"{name}/weight"] for name in kinds},
            group,
            names=("correlated group",),
            rest="others",
            ylabel="weight (1)",
            title="In the end the group is heavy and the others are light",
        ),
        f"Weights of every stream in the first array, after {settings['steps']} steps.",
        "Weights over streams, the correlated group in colour.",
    )
    pieces = np.linspace(0, settings["steps"], settings["pieces"] + 1)
    drawing.figure(
        "means",
        quantile_panels(
            {
                KINDS[name]: {
                    "correlated group": arrays[f"{name}/means"][..., 0].T,
                    "others": arrays[f"{name}/means"][..., 1].T,
                }
                for name in kinds
            },
            pieces,
            xlabel="time (steps)",
            ylabel="mean weight (1)",
            title="The mean weights of the group and of the others grow apart",
        ),
        f"Median and tenth to ninetieth percentile over {settings['arrays']} arrays, drawn anew "
        "with streams and noise of their own.",
        "Mean weights over time for every kind of synapses.",
    )


def _correlations(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    settings, kinds = result["settings"], result["kinds"]
    drawing.page.section("How little correlation is enough", "correlations")
    drawing.figure(
        "d-prime",
        quantile_panels(
            {"": {KINDS[name]: arrays[f"{name}/d_prime"] for name in kinds}},
            settings["correlations"],
            xlabel="correlation of any two streams of the group (1)",
            ylabel="d' of the group's weights (1)",
            title="The more correlation, the further the group stands apart",
            reference={f"wanted: {DETECTED:g}": DETECTED},
            limits=(-0.5, _MOST),
            spacing="each",
        ),
        f"Median and tenth to ninetieth percentile over {settings['arrays']} arrays. d' is the "
        "distance of mean weights in standard deviations; weights that are numbers gather at their "
        "bounds, so that theirs leaves the axis.",
        "d' over correlation for every kind of synapses.",
    )
    drawing.page.table(
        ["synapses", "correlation", "d'", "10 %", "90 %", "of the heaviest (%)", "spikes"],
        [
            [
                KINDS[name],
                f"{correlation:g}",
                kind["d_prime"][at][1],
                kind["d_prime"][at][0],
                kind["d_prime"][at][2],
                100 * kind["rightly_taken"][at][1],
                kind["spikes"][at],
            ]
            for name, kind in kinds.items()
            for at, correlation in enumerate(settings["correlations"])
        ],
        f"Of the heaviest {settings['group']} streams, so many are of the group (median); "
        f"{100 * settings['group'] / settings['streams']:.0f} % by chance. Without correlation, "
        + "; ".join(
            f"{KINDS[name]} have a mean d' of {kind['mean_d_prime'][0]:.2f} ± "
            f"{kind['deviation'][0]:.2f}"
            for name, kind in kinds.items()
        )
        + ".",
        decimals=2,
    )


def _groups(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    settings, kinds = result["settings"], result["kinds"]
    sizes, told = settings["groups"], _told(result)
    names = [f"group of {size}" for size in sizes]
    levels = result["levels"]["groups"]
    drawing.page.section("Several groups", "groups")
    drawing.figure(
        "groups",
        stream_weights(
            {
                f"neuron {number + 1}, from a level of {level:.0f} on": weights
                for number, (level, weights) in enumerate(
                    zip(levels, arrays[f"{told}/layer"], strict=True)
                )
            },
            arrays["groups"],
            names=names,
            rest="others",
            ylabel="weight (1)",
            title="Every neuron of the layer takes the group of its level",
        ),
        f"Weights of the first array with {KINDS[told]}. A neuron hears steps whose weighted sum "
        "reaches its level, if no neuron of a higher level does. Levels are set half way between "
        "what the groups give at the start, so that sizes are known but members are not.",
        "Weights of every neuron over streams, groups in colour.",
    )
    drawing.page.table(
        ["synapses", "all specialised (%)", *(f"d' of {name}" for name in names)],
        [
            [
                KINDS[name],
                100 * kind["groups"]["specialised"],
                *(row[1] for row in kind["groups"]["d_prime"]),
            ]
            for name, kind in kinds.items()
        ],
        f"Correlation {settings['groups_correlation']:g}; the share of {settings['arrays']} arrays "
        "in which the heaviest group of every neuron is its own, and median d' of this group "
        "against all other streams.",
        decimals=2,
    )


def _estimated(page: Page, result: dict[str, Any]) -> None:
    """Pulses, energy and area, and why no digital twin of equal accuracy stands beside them."""
    settings = result["settings"]
    page.section("Energy and area, estimated", "energy")
    page.text(
        "Nothing here was measured. Weights come from pulses alone: none is written to a target, "
        "so that there is no error of weights to show, and none is kept for later, so that nothing "
        "is said of drift. A quantised digital network of equal accuracy is not given either: the "
        "score is d', by which numbers stand above devices at every correlation, and a rule that "
        f"takes whole steps of few bits would be another rule. Below, {_COUNTED_BITS} bits per "
        "digital weight are what counts the forty pulses that fill a device.",
    )
    held = {name: kind for name, kind in result["kinds"].items() if kind["devices"]}
    if held:
        prices = ", ".join(
            f"{cost['what']} {cost['source']['text']}"
            for cost in next(iter(held.values()))["programming"]
        )
        page.table(
            ["synapses", "devices", "SET per device", "RESET per device", "energy (nJ)", "range"],
            [_pulses(name, kind) for name, kind in held.items()],
            f"Pulses of learning, counted over {settings['steps']} steps at a correlation of "
            f"{settings['correlation']:g}. Energies are not sourced: {prices}; ten times less or "
            "more.",
            decimals=2,
        )
    streams = settings["streams"]
    work = {"weights": streams, "dense": streams, "event": streams * settings["chance"]}
    page.table(
        ["to hear one time step", "operations", "energy (nJ)", "from", "to", "source"],
        [cost_row(cost, 1e3) for cost in energies({**work, "spiking": True}, _COUNTED_BITS)],
        "One neuron. Arrays read all streams, digital additions those with an event. From, to: the "
        "uncertainty of the prices, a factor of two either way.",
        decimals=4,
    )
    cells = [
        device_area(kind["devices"], node_nm=NODE_NM)._replace(what=KINDS[name])
        for name, kind in held.items()
    ]
    digital = sram_area(streams * _COUNTED_BITS, node_nm=NODE_NM)
    add_areas(page, [*cells, digital], f"{_COUNTED_BITS} bits per digital weight")


def _pulses(name: str, kind: dict[str, Any]) -> list[Any]:
    setting, resetting = kind["programming"]
    total, low, high = (
        (setting[part] + resetting[part]) / 1000 for part in ("picojoule", "low", "high")
    )
    per_device = (kind["set_per_device"], kind["reset_per_device"])
    return [KINDS[name], kind["devices"], *per_device, total, f"{low:.2g} to {high:.2g}"]
