"""The page of a digit run, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._choices import GATED
from ranvier.apps._resumable import finished, show
from ranvier.apps.digits._settings import name_of
from ranvier.report import (
    Page,
    confusion_matrix,
    learning_curves,
    nll_bars,
    operations_bars,
    raster,
)

_LABELS = {
    "snu": "SNU",
    "ssnu": "sSNU",
    "li-snu": "LI-SNU",
    "li-ssnu": "LI-sSNU",
    "gru": "GRU",
    "lstm": "LSTM",
    "rnn": "RNN",
}


def label(neuron: str) -> str:
    """How a network is written.

    Example:
        >>> label("li-snu")
        'LI-SNU'
    """
    return _LABELS.get(neuron, neuron)


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run: `result.json` and `recordings.npz`.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "digits")
    with np.load(folder / "recordings.npz") as arrays:
        recordings = dict(arrays)
    return _Report(folder, result, recordings).write()


class _Report:
    """One page; the methods are its sections, top to bottom."""

    def __init__(
        self, folder: Path, result: dict[str, Any], recordings: dict[str, np.ndarray]
    ) -> None:
        self.folder = folder
        self.result = result
        self.recordings = recordings
        self.settings = result["settings"]
        self.summary = result["summary"]
        self.chosen = next(m for m in result["models"] if _key(m) == result["chosen"])
        first = result["models"][0]["seed"]
        self.models = [m for m in result["models"] if m["seed"] == first]
        self.page = Page(
            "Spiking neural units read digits",
            f"{result['data']['digits']['train']} images to learn from; a network of "
            f"784-{'-'.join(map(str, result['widths']))} units sees each as random spikes for "
            f"{self.settings['steps']} steps.",
        )

    def figure(self, name: str, figure: Any, caption: str, alt: str) -> None:
        show(self.page, self.folder, name, figure, caption, alt)

    def write(self) -> Path:
        self.opening()
        self.scores()
        self.curves()
        self.spikes()
        self.inside()
        self.mistakes()
        self.work()
        self.about()
        return self.page.write(self.folder / "report.html")

    def fewer(self) -> tuple[float, float] | None:
        """How many times fewer hidden spikes inhibition leaves, and the points it costs."""
        rows = {row["neuron"]: row for row in self.summary}
        if not {"snu", "li-snu"} <= set(rows):
            return None
        free, held = rows["snu"], rows["li-snu"]
        ratio = free["hidden_spikes"] / max(held["hidden_spikes"], 1e-9)
        return ratio, free["test_accuracy"] - held["test_accuracy"]

    def opening(self) -> None:
        facts = [
            (
                f"{self.chosen['test_accuracy']:.2f} %",
                f"of the test digits recognised: {label(self.chosen['neuron'])}, which validated "
                "best",
            )
        ]
        fewer = self.fewer()
        if fewer:
            ratio, points = fewer
            facts.append((f"{ratio:.1f}×", "fewer hidden spikes per digit by lateral inhibition"))
            facts.append((f"{points:+.2f}", "points of accuracy that it costs"))
        self.page.facts(facts)
        self.page.text(
            "Rate coding: in every step, a pixel of brightness v spikes with the probability "
            f"v · {self.settings['spikes']:g} / {self.settings['steps']}, anew for every epoch. "
            "The answer is the output unit with the largest mean over time. The loss is half the "
            "squared distance of these means from one for the true class and zero for all others. "
            f"The last {self.settings['validation']} training digits choose the epoch; the test "
            "set is judged once, at that epoch."
        )
        if self.settings.get("distortion"):
            self.page.text(
                "Every digit is learned with bent strokes, bent anew in every epoch: an elastic "
                f"distortion of strength {self.settings['distortion']:g} and smoothness "
                f"{self.settings['smoothness']:g}. Validation and test digits are as they are."
            )
        if self.settings["judge_steps"]:
            self.page.text(
                f"Test digits are shown for {self.settings['judge_steps']} steps at the same rate."
            )

    def scores(self) -> None:
        rows = [
            {
                "name": label(row["neuron"]),
                "value": 100 - row["test_accuracy"],
                "spread": row["test_accuracy_spread"],
                "published": None if row["published"] is None else 100 - row["published"],
                "kind": "model",
            }
            for row in self.summary
        ]
        self.page.section("Scores", "scores")
        seeds = self.settings["seeds"]
        self.figure(
            "scores",
            nll_bars(
                rows,
                title="Test digits taken for another: shorter is better",
                xlabel="test error (% of the digits)",
            ),
            "Test error at the epoch that was best on the validation digits, "
            + (
                f"mean of {seeds} seeds; whiskers show one standard deviation."
                if seeds > 1
                else "one seed."
            )
            + (" Diamonds: published values." if any(r["published"] for r in rows) else ""),
            "; ".join(f"{row['name']} {row['value']:.2f} %" for row in rows),
        )
        self.page.table(
            [
                "network",
                "parameters",
                "validation accuracy (%)",
                "test accuracy (%)",
                "published (%)",
                "deviation",
                "hidden spikes per digit",
                "published spikes",
            ],
            [
                [
                    label(row["neuron"]),
                    row["parameters"],
                    row["valid_accuracy"],
                    row["test_accuracy"],
                    row["published"],
                    row["deviation"],
                    row["hidden_spikes"],
                    row["published_hidden_spikes"],
                ]
                for row in self.summary
            ],
            "Published values belong to the same depth and width on MNIST.",
            decimals=2,
        )
        for source in dict.fromkeys(row["published_source"] for row in self.summary):
            if source:
                self.page.text(f"Published: {source}.")

    def curves(self) -> None:
        self.page.section("Learning", "learning")
        best = min(min(m["curves"]["valid_error"]) for m in self.models)
        self.figure(
            "learning",
            learning_curves(
                {label(m["neuron"]): m["curves"]["valid_error"] for m in self.models},
                ylabel="validation error (% of the digits)",
                title=f"The best network misses {best:.2f} % of the validation digits",
            ),
            "Error on the validation digits after every epoch.",
            "Falling curves of the validation error.",
        )

    def spikes(self) -> None:
        rows = [
            {
                "name": label(row["neuron"]),
                "value": row["hidden_spikes"],
                "published": row["published_hidden_spikes"],
                "kind": "model",
            }
            for row in self.summary
            if row["hidden_spikes"] is not None
        ]
        if not rows or len(self.result["widths"]) < 2:
            return
        self.page.section("Spikes", "spikes")
        fewer = self.fewer()
        title = "Spikes of the hidden layers while one digit is shown"
        if fewer:
            title = f"Lateral inhibition: {fewer[0]:.1f} times fewer hidden spikes per digit"
        self.figure(
            "spikes",
            nll_bars(rows, title=title, xlabel="hidden spikes per digit (number)"),
            "Spikes of all hidden units in all steps of a digit, mean over the test set. With "
            "lateral inhibition, a spike of one unit resets every unit of its layer, for the same "
            "example.",
            "; ".join(f"{row['name']} {row['value']:.1f}" for row in rows),
        )
        self.page.table(
            ["network", "input", *(f"layer {n}" for n, _ in enumerate(self.result["widths"], 1))],
            [
                [label(m["neuron"]), m["input_spikes"], *m["layer_spikes"]]
                for m in self.models
                if m["layer_spikes"]
            ],
            "Spikes per digit, layer by layer, mean over the test set.",
            decimals=1,
        )

    def inside(self) -> None:
        if len(self.result["widths"]) < 2:
            return
        self.page.section("One digit", "inside")
        place = " at the middle of the image" if self.settings.get("channels") else ""
        digit = int(self.recordings["label"])
        for model in self.models:
            key = _key(model)
            if model["neuron"] in GATED:
                continue
            said = int(self.recordings[f"{key}/output"].mean(0).argmax())
            self.figure(
                f"digit-{model['neuron']}",
                raster(
                    self.recordings[f"{key}/y"],
                    membrane=self.recordings[f"{key}/s"],
                    thresholds=self.recordings.get(f"{key}/threshold"),
                    title=f"{label(model['neuron'])}: the first layer while a {digit} is shown",
                ),
                f"The first test digit, a {digit}; the network takes it for a {said}. Above, the "
                f"outputs of the first layer{place}; below, the membranes of three of its units.",
                "Raster of hidden units above membrane traces of three of them.",
            )

    def mistakes(self) -> None:
        self.page.section("Mistakes", "mistakes")
        counts = np.asarray(self.chosen["confusion"])
        off = counts - np.diag(np.diag(counts))
        true, said = np.unravel_index(int(off.argmax()), off.shape)
        self.figure(
            "confusion",
            confusion_matrix(
                counts,
                title=f"Most frequent mistake: class {true} is taken for {said}"
                if off.any()
                else "No test example is taken for another class",
            ),
            f"{label(self.chosen['neuron'])} on the test set. A row is a true class, a column an "
            "answer.",
            "Table of true classes against answers.",
        )

    def work(self) -> None:
        self.page.section("Work", "work")
        rows = [{"name": label(m["neuron"]), **m["operations"]} for m in self.models]
        self.figure(
            "operations",
            operations_bars(
                rows,
                title="Synaptic work per digit: every connection, or only active ones",
                unit="synaptic operations per digit",
            ),
            "Dense: every connection multiplies and adds in every step. Event-driven: only "
            "connections whose presynaptic activity is not zero; for a spike, an addition without "
            "a product. Units' own updates, and lateral inhibition, which has no weights, are not "
            "counted.",
            "Bars of dense and event-driven operation counts.",
        )

    def about(self) -> None:
        result = self.result
        self.page.section("How this was made", "about")
        self.page.text(f"The run took {result['seconds']:.0f} s.")
        self.page.settings(
            {key: result[key] for key in ("settings", "data", "versions", "machine")}
        )


def _key(model: dict[str, Any]) -> str:
    return name_of(model["neuron"], model["seed"])
