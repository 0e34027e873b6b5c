"""The page of a comparison of approaches, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import finished, show
from ranvier.report import CurvePanel, Line, Page, named_curves, nll_bars, raster

_ENERGIES = ("32-bit arithmetic", "8-bit arithmetic", "8 bits, weights fetched")
_SHOWN = {
    "rates": "rates",
    "qcfs": "few levels",
    "qcfs-signed": "few levels, signed",
    "soft-lif": "leaky, ms",
    "snu": "surrogates",
}


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run: `result.json` and `recordings.npz`.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "approaches")
    with np.load(folder / "recordings.npz") as arrays:
        recordings = dict(arrays)
    return _Report(folder, result, recordings).write()


class _Report:
    """One page; the methods are its sections, top to bottom."""

    def __init__(
        self, folder: Path, result: dict[str, Any], recordings: dict[str, np.ndarray]
    ) -> None:
        self.folder, self.result, self.recordings = folder, result, recordings
        self.settings, self.summary = result["settings"], result["summary"]
        data = result["data"]
        self.page = Page(
            "Ways to a spiking network",
            f"The same layers and images under every approach: {data['learn']} images of "
            f"{data['name']} to learn from, {data['valid']} to choose the epoch, {data['test']} to "
            "judge by.",
        )

    def figure(self, name: str, figure: Any, caption: str, alt: str) -> None:
        show(self.page, self.folder, name, figure, caption, alt)

    def write(self) -> Path:
        self.opening()
        self.scores()
        self.over_time()
        self.inside()
        self.layers()
        self.energy()
        self.about()
        return self.page.write(self.folder / "report.html")

    def rows(self, network: str) -> list[dict[str, Any]]:
        return [row for row in self.summary if row["network"] == network]

    def opening(self) -> None:
        facts = []
        for row in self.summary:
            if row["approach"] in ("rates", "qcfs") and row["first_near"]:
                facts.append(
                    (
                        f"{row['first_near']} steps",
                        f"until {row['label']} of the {row['network']} network stays within 0.1 "
                        f"point of its source ({row['source_accuracy']:.2f} %)",
                    )
                )
        if facts:
            self.page.facts(facts)
        self.page.text(
            "Conversion: a network of rectified units is trained, its weights are scaled, and "
            "integrate-and-fire neurons take the places of its units. With few levels, the units "
            "already know in training how few spikes will stand for them. Constrained training: "
            "units follow the smoothed rate of a leaky neuron, with noise, and are then replaced "
            "by that neuron; or weights are -1, 0 and 1 and units answer with 0 or 1. Training "
            "through surrogates: spiking units learn through time, with a smooth derivative in "
            "place of the step."
        )

    def scores(self) -> None:
        self.page.section("Scores", "scores")
        for network in self.settings["networks"]:
            rows = self.rows(network)
            self.figure(
                f"scores-{network}",
                nll_bars(
                    [
                        {
                            "name": row["label"],
                            "value": 100 - row["accuracy"],
                            "spread": row["accuracy_spread"],
                            "published": None,
                            "kind": "baseline" if row["approach"] == "relu" else "model",
                        }
                        for row in rows
                    ],
                    title=f"{network.capitalize()} network: test images taken for another",
                    xlabel="test error (% of the images)",
                ),
                "Test error of every approach; shorter is better.",
                "; ".join(f"{row['label']} {100 - row['accuracy']:.2f} %" for row in rows),
            )
        self.page.table(
            [
                "network",
                "approach",
                "accuracy (%)",
                "of its source (%)",
                "latency",
                "near its source from step",
                "spikes per neuron",
                "additions",
                "products",
                "published (%)",
            ],
            [
                [
                    row["network"],
                    row["label"],
                    row["accuracy"],
                    row["source_accuracy"],
                    row["latency"],
                    "" if row["first_near"] is None else str(row["first_near"]),
                    row["spikes_per_neuron"],
                    f"{row['accumulates']:,.0f}",
                    f"{row['macs']:,.0f}",
                    row["published"],
                ]
                for row in self.summary
            ],
            "Per image. Additions: one per spike and weight that it reaches. Products: of inputs "
            "that are numbers, and of the network without spikes those whose factors are not zero. "
            "Near: no later step is 0.1 point or more below the source.",
            decimals=2,
        )
        for source in dict.fromkeys(row["published_source"] for row in self.summary):
            if source:
                self.page.text(f"Published, for other layers and all of MNIST: {source}.")

    def over_time(self) -> None:
        panels = []
        for network in self.settings["networks"]:
            rows = [row for row in self.rows(network) if row["curve"]]
            if not rows:
                continue
            lines = {_SHOWN[row["approach"]]: self.error(row) for row in rows}
            source = next(row for row in self.rows(network) if row["approach"] == "relu")
            panels.append(
                CurvePanel(
                    f"time steps, {network} network",
                    "test error (%)",
                    lines,
                    reference={"rectified": 100 - source["accuracy"]},
                    logarithmic=True,
                )
            )
        if not panels:
            return
        self.page.section("Over time", "time")
        self.figure(
            "time",
            named_curves(panels, title="An answer can be read after every step"),
            "Wrong answers after every step. Of leaky neurons a step is a millisecond, and output "
            f"counts after the first {self.settings['settle_ms']}.",
            "Falling curves of the error over time steps.",
        )

    def error(self, row: dict[str, Any]) -> Line:
        """The error after every step whose output counts, with room for none on a log axis."""
        settled = self.settings["settle_ms"] if row["approach"] == "soft-lif" else 0
        error = 100 - np.asarray(row["curve"])[settled:]
        return Line(np.arange(settled + 1, len(row["curve"]) + 1), np.maximum(error, 0.01))

    def inside(self) -> None:
        shown = [name for name in _SHOWN if name in self.recordings]
        if not shown:
            return
        self.page.section("One image", "inside")
        label = int(self.recordings["label"])
        for name in shown:
            spikes = self.recordings[name]
            self.figure(
                f"spikes-{name}",
                raster(
                    spikes,
                    title=f"{int(spikes.sum())} spikes of the first layer say {label}: "
                    f"{_SHOWN[name]}",
                ),
                "The first units of the first layer while the first test image is shown.",
                "Raster of spikes.",
            )

    def layers(self) -> None:
        told = [one for one in self.result["models"] if one["layers"]]
        if not told:
            return
        self.page.section("Layer by layer", "layers")
        self.page.table(
            ["network", "approach", "layer", "scale", "rate off by", "at most", "above its scale"],
            [
                [
                    one["network"],
                    one["approach"],
                    layer["name"],
                    layer["scale"],
                    layer["error"],
                    layer["largest_error"],
                    f"{100 * layer['clipped']:.2f} %",
                ]
                for one in told
                for layer in one["layers"]
                if one["seed"] == self.settings["first_seed"]
            ],
            "Rates in spikes per step, beside activities over their scale.",
            decimals=4,
        )

    def energy(self) -> None:
        self.page.section("Energy, estimated", "energy")
        self.page.text(
            "Nothing here was measured: operations were counted and multiplied by published "
            "prices (Horowitz, ISSCC 2014, 45 nm, 0.9 V; a factor of two either way). A product "
            "is paid with its addition; what neurons do themselves in every step is paid as "
            "additions, without spikes too. In the last column every operation fetches its "
            "8-bit weight from a memory of the size of all weights: there, what a spike saves is "
            "small beside the fetch. The network without spikes skips zeros, too. Routing and "
            "static power are not counted."
        )
        self.page.table(
            ["network", "approach", *(f"{what} (nJ)" for what in _ENERGIES)],
            [
                [row["network"], row["label"], *(row["energy_nJ"][what] for what in _ENERGIES)]
                for row in self.summary
            ],
            "Per image.",
            decimals=1,
        )

    def about(self) -> None:
        result = self.result
        self.page.section("How this was made", "about")
        self.page.text(f"The run took {result['seconds']:.0f} s.")
        kept = ("settings", "data", "versions", "machine")
        self.page.settings({key: result[key] for key in kept})
