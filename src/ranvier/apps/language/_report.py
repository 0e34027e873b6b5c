"""The page of a language run, made from its recorded results alone."""

from pathlib import Path
from typing import Any

from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.apps.language._published import OTHERS
from ranvier.report import Page, learning_curves, nll_bars


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "language")
    settings, data = result["settings"], result["data"]
    best = min(result["summary"], key=lambda row: row["test_perplexity"])
    page = Page(
        "Spiking neural units foretell the next word",
        f"{data['name']}: {data['words']['train']} words to learn from, {data['vocabulary']} "
        f"different ones. {settings['size']} hidden units"
        f"{', recurrent' if settings['recurrent'] else ''}"
        f"{', words the same at input and output' if settings['tied'] else ''}.",
    )
    drawing = Drawing(folder, page)
    page.facts([(f"{best['test_perplexity']:.1f}", f"test perplexity per word, {_label(best)}")])
    page.text(
        "Perplexity is the exponential of the mean negative log-likelihood per word: the number of "
        "words, all alike, among which one would have to guess. Every word of a text is foretold "
        "once, from all words before it; the state is carried from its beginning to its end."
    )
    _scores(drawing, result)
    _curves(drawing, result)
    page.section("What a network writes", "sample")
    for one in result["models"]:
        if one["seed"] == settings["first_seed"]:
            page.text(f"{one['neuron']}: {one['sample']}")
    return drawing.write(result)


def _label(row: dict[str, Any]) -> str:
    name: str = row["neuron"]
    return {"ssnu": "sSNU", "snu": "SNU"}.get(name, name.upper())


def _scores(drawing: Drawing, result: dict[str, Any]) -> None:
    rows = [
        {
            "name": _label(row),
            "value": row["test_perplexity"],
            "spread": row["test_perplexity_spread"],
            "published": row["published"],
            "kind": "model",
        }
        for row in result["summary"]
    ]
    others = OTHERS if result["settings"]["data"] == "penn-treebank" else {}
    for name, value in {**result["baselines"], **others}.items():
        rows.append({"name": name, "value": value, "published": None, "kind": "baseline"})
    drawing.page.section("Scores", "scores")
    drawing.figure(
        "scores",
        nll_bars(
            rows,
            title="How many words a network wavers between: shorter is better",
            xlabel="test perplexity (per word)",
        ),
        "Test perplexity at the epoch that validates best. Diamonds: published for the same kind "
        "of network. Unigram and bigram are counted here"
        + ("; the other baselines are published values." if others else "."),
        "; ".join(f"{row['name']} {row['value']:.1f}" for row in rows),
    )
    drawing.page.table(
        ["network", "parameters", "validation", "test", "spread", "published"],
        [
            [
                _label(row),
                row["parameters"],
                row["valid_perplexity"],
                row["test_perplexity"],
                row["test_perplexity_spread"],
                row["published"],
            ]
            for row in result["summary"]
        ],
        "Perplexity per word.",
        decimals=2,
    )
    for source in dict.fromkeys(row["published_source"] for row in result["summary"]):
        if source:
            drawing.page.text(f"Published: {source}.")


def _curves(drawing: Drawing, result: dict[str, Any]) -> None:
    first = result["settings"]["first_seed"]
    models = [one for one in result["models"] if one["seed"] == first]
    best = min(min(one["curves"]["valid"]) for one in models)
    drawing.page.section("Learning", "learning")
    drawing.figure(
        "learning",
        learning_curves(
            {_label(one): one["curves"]["valid"] for one in models},
            ylabel="validation perplexity (per word)",
            title=f"Validation perplexity falls to {best:.1f}",
        ),
        "After every epoch, first seed.",
        "Learning curves.",
    )
