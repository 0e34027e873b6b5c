"""The page of a chorale run, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._choices import GATED
from ranvier.apps._resumable import finished, show
from ranvier.apps.chorales._labels import compared, label, written
from ranvier.apps.chorales._on_pcm import draw_on_pcm
from ranvier.apps.chorales._settings import name_of
from ranvier.core import atomic_path
from ranvier.report import (
    Page,
    audio_bytes,
    chorale_midi,
    curve_difference,
    learning_curves,
    nll_bars,
    operations_bars,
    piano_roll,
    raster,
    synthesise,
)

_NLL = "NLL (nats per time step)"


def write_report(folder: Path) -> Path:
    """Write `report.html`, its figures, and the continuation as MIDI and sound.

    Args:
        folder: of a finished run: `result.json` and `recordings.npz`.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "chorales")
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
        self.recurrent = result["settings"]["recurrent"]
        self.chosen = next(m for m in result["models"] if _key(m) == result["chosen"])
        self.page = Page(
            "Spiking neural units learn Bach",
            f"{result['data']['pieces']['train']} chorales to learn from; each network hears one "
            "quarter note and says which of 88 keys will sound in the next.",
        )

    def label(self, model: dict[str, Any]) -> str:
        return label(model["neuron"], model["rule"], self.recurrent)

    def first_seed(self) -> list[dict[str, Any]]:
        first = self.result["models"][0]["seed"]
        return [m for m in self.result["models"] if m["seed"] == first]

    def figure(self, name: str, figure: Any, caption: str, alt: str) -> None:
        """Put a figure on the page, and keep it as a picture in the run's folder."""
        show(self.page, self.folder, name, figure, caption, alt)

    def write(self) -> Path:
        self.opening()
        self.scores()
        self.curves()
        self.music()
        self.inside()
        self.work()
        draw_on_pcm(self.page, self.folder, self.result, self.recordings)
        self.about()
        return self.page.write(self.folder / "report.html")

    def pairs(self) -> list[tuple[dict[str, Any], dict[str, Any], float]]:
        """Trainings of one network by two rules, and how far their test curves part."""
        found = []
        for model in self.result["models"]:
            if model["rule"] != "bptt":
                continue
            for other in self.result["models"]:
                same = (other["neuron"], other["seed"]) == (model["neuron"], model["seed"])
                if same and other["rule"] != "bptt":
                    one, two = model["curves"]["test"], other["curves"]["test"]
                    shared = min(len(one), len(two))
                    gap = np.abs(np.subtract(one[:shared], two[:shared])).max()
                    found.append((model, other, float(gap)))
        return found

    def opening(self) -> None:
        facts = [
            (
                f"{self.chosen['test_nll']:.2f} nats",
                f"per time step on the test chorales: {self.label(self.chosen)}, which validated "
                f"best (note Markov baseline {self.result['baselines']['note Markov']:.2f})",
            )
        ]
        exact = [p for p in self.pairs() if "without" not in self.label(p[1])]
        if exact:
            model, _, gap = min(exact, key=lambda pair: pair[2])
            neuron = written(model["neuron"])
            facts.append(
                (f"{gap:.1e} nats", f"largest distance of BPTT's and OSTL's test curves, {neuron}")
            )
        spiking = [m for m in self.result["models"] if m["spiking"]]
        if spiking:
            best = min(spiking, key=lambda m: m["valid_nll"] or 0.0)
            ratio = best["operations"]["dense"] / max(best["operations"]["event"], 1e-9)
            facts.append(
                (
                    f"{ratio:.0f}×",
                    f"fewer synaptic operations if only spikes count: {self.label(best)}",
                )
            )
        self.page.facts(facts)
        self.page.text(
            "The score is the negative log-likelihood (NLL) of what Bach wrote, summed over the "
            "88 keys and averaged over all predicted time steps: the lower, the less surprised "
            "the network. Every network starts from the same weights under both learning rules: "
            "backpropagation through time (BPTT), which unrolls the whole chorale, and online "
            "spatio-temporal learning (OSTL), which never looks back."
        )

    def scores(self) -> None:
        rows: list[dict[str, Any]] = []
        published = self.result["settings"]["data"] == "jsb"
        for row in self.result["summary"]:
            rows.append(
                {
                    "name": self.label(row),
                    "value": row["test_nll"],
                    "spread": row["test_nll_spread"],
                    "published": row["published"] if published else None,
                    "kind": "model",
                }
            )
        rows += [
            {"name": name, "value": value, "kind": "baseline"}
            for name, value in self.result["baselines"].items()
        ]
        self.page.section("Scores", "scores")
        seeds = self.result["settings"]["seeds"]
        self.figure(
            "scores",
            nll_bars(rows),
            "Test score at the epoch that was best on the validation chorales"
            + (
                f", mean of {seeds} seeds; whiskers show one standard deviation."
                if seeds > 1
                else ", one seed."
            )
            + (" Diamonds: published values." if published else ""),
            "; ".join(f"{r['name']} {r['value']:.3f}" for r in rows),
        )
        self.page.table(
            [
                "model, rule",
                "hidden units",
                "parameters",
                "validation NLL",
                "test NLL",
                "published test NLL*",
                "deviation",
            ],
            [
                [
                    self.label(r),
                    r["hidden_units"],
                    r["parameters"],
                    r["valid_nll"],
                    r["test_nll"],
                    r["published"],
                    r["deviation"] if published else None,
                ]
                for r in self.result["summary"]
            ],
            "NLL in nats per time step. "
            + (
                "*"
                if published
                else "*On the Boulanger-Lewandowski split of the JSB chorales, "
                "another selection of pieces than this run's, so no deviation is given. "
            )
            + "Woźniak et al., Nat. Mach. Intell. 2 (2020); their GRU and LSTM have other sizes.",
        )

    def headline(self) -> str:
        """What the learning curves show, counted."""
        models, markov = self.first_seed(), self.result["baselines"]["note Markov"]
        better = sum(m["test_nll"] < markov for m in models)
        if better == len(models):
            return "Every network beats the note Markov baseline"
        return f"{better} of {len(models)} trainings beat the note Markov baseline"

    def curves(self) -> None:
        self.page.section("Learning", "learning")
        self.figure(
            "learning",
            learning_curves(
                {self.label(m): m["curves"]["test"] for m in self.first_seed()},
                ylabel=f"test {_NLL}",
                title=self.headline(),
                reference={k: v for k, v in self.result["baselines"].items() if k != "uniform"},
            ),
            "Test score after every epoch. Colours are networks; dashes are learning rules.",
            "Falling curves of the test score.",
        )
        drawn = set()
        for model, other, gap in self.pairs():
            if model["neuron"] in drawn:
                continue
            drawn.add(model["neuron"])
            neuron = written(model["neuron"])
            headline, explanation = compared("without" in self.label(other), gap)
            shared = min(len(model["curves"]["test"]), len(other["curves"]["test"]))
            self.figure(
                f"difference-{model['neuron']}",
                curve_difference(
                    model["curves"]["test"][:shared],
                    other["curves"]["test"][:shared],
                    names=(self.label(model), self.label(other)),
                    ylabel=f"test {_NLL}",
                    title=f"{neuron}: {headline}",
                ),
                f"{neuron} from the same start under two rules; largest difference "
                f"{gap:.2e} nats. " + explanation,
                f"Two learning curves of {neuron} and their difference.",
            )

    def music(self) -> None:
        piece = self.recordings["piece"]
        name = self.label(self.chosen)
        logits = self.recordings[f"{_key(self.chosen)}/logits"]
        self.page.section("Music", "music")
        self.figure(
            "piano-roll",
            piano_roll(
                piece[1:],
                1 / (1 + np.exp(-logits)),
                title=f"A test chorale, and what {name} expected of it",
            ),
            "Above, what Bach wrote; below, the probability the network gave to each key one "
            "step ahead.",
            "Piano roll of truth above the predicted probabilities.",
        )
        roll, opening = self.recordings["continuation"], int(self.recordings["opening"])
        sound, mime = audio_bytes(synthesise(roll), 22050)
        midi = chorale_midi(roll)
        suffix = "mp3" if "mpeg" in mime else "wav"
        for file, data in (("continuation.mid", midi), (f"continuation.{suffix}", sound)):
            with atomic_path(self.folder / file) as temporary:
                temporary.write_bytes(data)
        self.page.audio(
            sound,
            mime,
            f"The first {opening} quarter notes are Bach's; the next {len(roll) - opening} are "
            f"drawn from {name}, note by note, at temperature 0.6.",
            "continuation",
        )
        self.page.download(midi, "audio/midi", "continuation")

    def inside(self) -> None:
        self.page.section("Inside the network", "inside")
        seen = set()
        for model in self.first_seed():
            key, neuron = _key(model), model["neuron"]
            membrane = next(
                (
                    self.recordings[f"{key}/{v}"]
                    for v in ("s", "v", "c")
                    if f"{key}/{v}" in self.recordings
                ),
                None,
            )
            if neuron in seen or membrane is None or neuron in GATED:
                continue
            seen.add(neuron)
            rate = model["firing_rate"]
            self.figure(
                f"activity-{neuron}",
                raster(
                    self.recordings[f"{key}/y"],
                    membrane=membrane,
                    thresholds=self.recordings.get(f"{key}/threshold"),
                    time_unit="quarter notes",
                    membrane_unit="threshold at start",
                    title=f"{self.label(model)}: hidden units while the chorale above is heard",
                ),
                f"A hidden unit fires in {100 * rate:.1f} % of the steps (mean over the test set)."
                if rate is not None
                else "Soft units answer with grades between 0 and 1.",
                "Raster of hidden units above membrane traces of three of them.",
            )

    def work(self) -> None:
        self.page.section("Work", "work")
        models = self.first_seed()
        self.figure(
            "operations",
            operations_bars(
                [
                    {
                        "name": self.label(m),
                        "dense": m["operations"]["dense"],
                        "event": m["operations"]["event"],
                    }
                    for m in models
                ],
                title="Synaptic work per time step: every connection, or only active ones",
                unit="synaptic operations per time step",
            ),
            "Dense: every connection multiplies and adds. Event-driven: only connections whose "
            "presynaptic activity is not zero; for a spike, an addition without a product. Units' "
            "own updates are not counted.",
            "Bars of dense and event-driven operation counts.",
        )
        self.page.table(
            ["model, rule", "firing rate (%)", "dense operations", "event-driven operations"],
            [
                [
                    self.label(m),
                    None if m["firing_rate"] is None else 100 * m["firing_rate"],
                    m["operations"]["dense"],
                    m["operations"]["event"],
                ]
                for m in models
            ],
            "Per time step, mean over the test set. Networks that do not spike have no rate.",
            decimals=1,
        )

    def about(self) -> None:
        result = self.result
        self.page.section("How this was made", "about")
        self.page.text(
            f"Data: {result['data']['source']} {result['data']['rule']}",
            f"The run took {result['seconds']:.0f} s.",
        )
        keys = ("settings", "data", "baselines", "versions", "machine")
        self.page.settings({key: result[key] for key in keys})


def _key(model: dict[str, Any]) -> str:
    return name_of(model["neuron"], model["rule"], model["seed"])
