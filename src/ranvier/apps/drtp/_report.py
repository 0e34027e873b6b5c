"""The page of the comparison, made from its recorded results alone."""

from pathlib import Path
from typing import Any

from ranvier.apps._credit import label
from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.apps.feedback._report import angles, of_first_seed
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
    result = finished(folder, "drtp")
    networks = result["networks"]
    page = Page(
        "Targets in place of errors",
        f"{len(networks)} networks, each learned by {len(result['settings']['rules'])} rules that "
        "differ in what hidden layers hear: the error, through the weights or by fixed random "
        "ways, its sign, the target alone, or nothing.",
    )
    drawing = Drawing(folder, page)
    _table(drawing, result)
    for name, network in networks.items():
        _scores(drawing, name, network)
        _learning(drawing, name, network, result["settings"])
        shown = {**network, "settings": result["settings"]}
        angles(drawing, shown, "error", f"{name}: errors against BP's", f"-{name}")
        angles(drawing, shown, "weights", f"{name}: feedback against weights", f"-{name}")
    return drawing.write(result)


def what_is_wrong(network: dict[str, Any]) -> str:
    """What the error of a network is, with its unit.

    Args:
        network: of the result.

    Example:
        >>> what_is_wrong({"regression": True})
        'squared error (% of the variance)'
    """
    return "squared error (% of the variance)" if network["regression"] else "error (%)"


def _table(drawing: Drawing, result: dict[str, Any]) -> None:
    settings, published = result["settings"], result["published"]
    drawing.page.section("Test errors", "errors")
    drawing.page.text(
        f"The last {settings['validation']} training examples choose the epoch"
        + (
            " and, with the first seed, each rule's learning rate"
            if len(settings["learning_rates"]) > 1
            else ""
        )
        + "; the test set is judged at that epoch. Of the regression, the error is the mean square "
        "over the variance of the answers. Hidden units are tanh; at the output "
        + {
            "bernoulli": "a sigmoid per class and the binary cross entropy",
            "categorical": "a softmax and the cross entropy",
        }[settings["loss"]]
        + ", for the regression the squared error of a linear output. Biases of convolutions are "
        "per unit.",
        f"A published neighbour: {published['accuracy']:g} % right on {published['what']} "
        f"({published['source']}).",
    )
    drawing.page.table(
        ["network", "rule", "learning rate", "test error (%)", "spread", "behind BP (points)"],
        [
            [
                f"{name}: {network['layers']}",
                label(row["rule"]),
                f"{row['learning_rate']:g}",
                100 - row["test_accuracy"],
                row["test_accuracy_spread"],
                row["behind_bp"]["mean"] if row["behind_bp"] else None,
            ]
            for name, network in result["networks"].items()
            for row in network["summary"]
        ],
        f"Mean and standard deviation of {settings['seeds']} seeds."
        if settings["seeds"] > 1
        else "One seed.",
        decimals=2,
    )


def _scores(drawing: Drawing, name: str, network: dict[str, Any]) -> None:
    rows = network["summary"]
    examples = network["examples"]
    drawing.page.section(f"{name}: {network['layers']}", f"scores-{name}")
    drawing.figure(
        f"scores-{name}",
        nll_bars(
            [
                {
                    "name": label(row["rule"]),
                    "value": 100 - row["test_accuracy"],
                    "spread": row["test_accuracy_spread"],
                    "published": None,
                    "kind": "baseline" if row["rule"] in ("bp", "shallow") else "model",
                }
                for row in rows
            ],
            title=_said(rows),
            xlabel=f"test {what_is_wrong(network)}",
        ),
        f"{examples['learn']} examples to learn from, {examples['test']} to judge by.",
        "; ".join(f"{label(row['rule'])} {100 - row['test_accuracy']:.2f} %" for row in rows),
    )


def _said(rows: list[dict[str, Any]]) -> str:
    """Where targets in place of errors end, if they were tried."""
    by_rule = {row["rule"]: 100 - row["test_accuracy"] for row in rows}
    if not {"drtp", "bp", "shallow"} <= by_rule.keys():
        return "Test error: shorter is better"
    between = by_rule["bp"] < by_rule["drtp"] < by_rule["shallow"]
    if between:
        return "DRTP lies between BP and the output layer alone"
    better = by_rule["drtp"] <= by_rule["bp"]
    return "DRTP is not behind BP" if better else "DRTP is no better than the output layer alone"


def _learning(
    drawing: Drawing, name: str, network: dict[str, Any], settings: dict[str, Any]
) -> None:
    models = of_first_seed({**network, "settings": settings})
    best = {one["rule"]: min(one["curves"]["valid_error"]) for one in models}
    told = [rule for rule in ("bp", "drtp", "shallow") if rule in best] or list(best)[:1]
    drawing.page.section(f"{name}: learning", f"learning-{name}")
    drawing.figure(
        f"learning-{name}",
        learning_curves(
            {label(one["rule"]): one["curves"]["valid_error"] for one in models},
            ylabel="validation error (%)",
            title="At best: " + ", ".join(f"{label(rule)} {best[rule]:.1f} %" for rule in told),
        ),
        "Error on the validation examples after every epoch, first seed"
        + (", as the mean square over the variance." if network["regression"] else "."),
        "; ".join(f"{label(rule)} {error:.2f} %" for rule, error in best.items()),
    )
