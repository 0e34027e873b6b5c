"""The page of a run in which recordings are recognised, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import finished, kept_settings, show
from ranvier.apps.recognition._settings import name_of
from ranvier.report import (
    Page,
    confusion_matrix,
    heard,
    learning_curves,
    nll_bars,
    operations_bars,
)

_LABELS = {"snu": "SNU", "ssnu": "sSNU", "lif": "LIF", "alif": "ALIF", "gru": "GRU", "lstm": "LSTM"}
_TITLES = {
    "spoken-digits": "Spiking units recognise spoken digits",
    "speech-commands": "Spiking units recognise speech commands",
    "braille": "Spiking units read Braille with a fingertip",
}
_INPUTS = {
    "spoken-digits": "frequency band",
    "speech-commands": "frequency band",
    "braille": "taxel",
}
_STEPS = {"braille": "time step (25 ms)"}


def label(neuron: str) -> str:
    """How a network is written.

    Example:
        >>> label("snu"), label("rnn")
        ('SNU', 'RNN')
    """
    return _LABELS.get(neuron, neuron.upper())


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run: `result.json` and `recordings.npz`.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, kept_settings(folder)["data"])
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
        last = self.settings["first_seed"] + self.settings["seeds"] - 1
        self.models = [m for m in result["models"] if m["seed"] == last]
        self.chosen = next(m for m in result["models"] if _key(m) == result["chosen"])
        counts, classes = result["recordings"], len(result["classes"])
        self.page = Page(
            _TITLES[result["experiment"]],
            f"{classes} classes; {counts['train']} recordings to learn from, {counts['valid']} to "
            f"choose the epoch, {counts['test']} to judge by: {self.chosen['held_out']}.",
        )

    def figure(self, name: str, figure: Any, caption: str, alt: str) -> None:
        show(self.page, self.folder, name, figure, caption, alt)

    def write(self) -> Path:
        self.opening()
        self.scores()
        self.curves()
        self.inside()
        self.mistakes()
        self.work()
        self.about()
        return self.page.write(self.folder / "report.html")

    def opening(self) -> None:
        facts = []
        for row in self.summary:
            spread = row["test_accuracy_spread"]
            plus = "" if spread is None else f" ± {spread:.2f}"
            facts.append(
                (
                    f"{row['test_accuracy']:.2f}{plus} %",
                    f"of the test part by {label(row['neuron'])}",
                )
            )
        self.page.facts(facts)
        width = self.result["width"]
        self.page.text(
            f"In every step the network gets {width} numbers as currents, standardised by the mean "
            "and deviation of the training part, and turns them into spikes itself. "
            f"{self.settings['layers']} hidden layer(s) of {self.settings['size']} units "
            f"{'feed' if self.settings['recurrent'] else 'do not feed'} their output back; gated "
            "units always do. The answer is the class whose leaky readout has the largest mean "
            "over the recording; learned by backpropagation through time. The test part is judged "
            "once, at the epoch that was best on the validation part."
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
                title="Recordings taken for another class: shorter is better",
                xlabel="test error (% of the recordings)",
            ),
            "Test error at the epoch that was best on the validation part, "
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
                "hidden spikes per recording",
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
                ]
                for row in self.summary
            ],
            "GRU, LSTM and RNN send numbers, not spikes: the peers without spikes on the same "
            "recordings and split.",
            decimals=2,
        )
        for source in dict.fromkeys(row["published_source"] for row in self.summary):
            if source:
                self.page.text(f"Published: {source}.")
        self.strangers()

    def strangers(self) -> None:
        """Accuracy for each seed's held-out part, where the parts differ from seed to seed."""
        if self.settings["split"] != "strangers" or self.settings["seeds"] < 2:
            return
        held = {m["seed"]: m["held_out"] for m in self.result["models"]}
        self.page.table(
            ["held out", *(label(n) for n in self.settings["neurons"])],
            [
                [
                    told,
                    *(
                        next(
                            m["test_accuracy"]
                            for m in self.result["models"]
                            if (m["seed"], m["neuron"]) == (seed, neuron)
                        )
                        for neuron in self.settings["neurons"]
                    ),
                ]
                for seed, told in held.items()
            ],
            "Test accuracy (%) by what was held out.",
            decimals=2,
        )

    def curves(self) -> None:
        self.page.section("Learning", "learning")
        best = min(min(m["curves"]["valid_error"]) for m in self.models)
        self.figure(
            "learning",
            learning_curves(
                {label(m["neuron"]): m["curves"]["valid_error"] for m in self.models},
                ylabel="validation error (% of the recordings)",
                title=f"The best network misses {best:.2f} % of the validation part",
            ),
            "Error on the validation part after every epoch.",
            "Falling curves of the validation error.",
        )

    def inside(self) -> None:
        self.page.section("One recording", "inside")
        classes, arrays = self.result["classes"], self.recordings
        true = classes[int(arrays["label"])]
        said = classes[int(arrays["output"].mean(0).argmax())]
        data = self.result["experiment"]
        self.figure(
            "recording",
            heard(
                arrays["features"],
                arrays["hidden"],
                arrays["output"],
                classes,
                inputs=_INPUTS[data],
                step=_STEPS.get(data, f"time step ({self.settings['step_ms']:g} ms)"),
                names=[str(n) for n in self.settings["channels"]] or None,
                title="From the sensor to an answer: "
                + (
                    f"{true!r} is recognised" if said == true else f"{true!r} is taken for {said!r}"
                ),
            ),
            "The first test recording: what the network gets (standard deviations from the mean), "
            f"the spikes of its {label(self.chosen['neuron'])} units, and the readouts of the "
            "classes; the largest mean is the answer.",
            "Picture of the input above a raster of hidden units above traces of the readouts.",
        )

    def mistakes(self) -> None:
        self.page.section("Mistakes", "mistakes")
        counts = np.asarray(self.chosen["confusion"])
        classes = self.result["classes"]
        off = counts - np.diag(np.diag(counts))
        true, said = np.unravel_index(int(off.argmax()), off.shape)
        self.figure(
            "confusion",
            confusion_matrix(
                counts,
                names=["␣" if name == "Space" else name for name in classes],
                title=f"Most frequent mistake: {classes[true]!r} is taken for {classes[said]!r}"
                if off.any()
                else "No test recording is taken for another class",
            ),
            f"{label(self.chosen['neuron'])} on the test part. A row is a true class, a column an "
            "answer.",
            "Table of true classes against answers.",
        )

    def work(self) -> None:
        self.page.section("Work", "work")
        rows = [{"name": label(row["neuron"]), **row["operations"]} for row in self.summary]
        self.figure(
            "operations",
            operations_bars(
                rows,
                title="Synaptic work per recording: every connection, or only active ones",
                unit="synaptic operations per recording",
            ),
            "Dense: every connection multiplies and adds in every step. Event-driven: only "
            "connections whose presynaptic activity is not zero; the first layer gets numbers and "
            "is dense in both. Units' own updates are not counted.",
            "Bars of dense and event-driven operation counts.",
        )

    def about(self) -> None:
        result = self.result
        self.page.section("How this was made", "about")
        self.page.text(f"The run took {result['seconds']:.0f} s.")
        kept = ("settings", "recordings", "versions", "machine")
        self.page.settings({key: result[key] for key in kept})


def _key(model: dict[str, Any]) -> str:
    return name_of(model["neuron"], model["seed"])
