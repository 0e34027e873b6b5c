"""Markdown of what the experiments about still images and words have left."""

from typing import Any


def feedback(runs: list[dict[str, Any]]) -> str:
    """A command, a figure where there is one, and a table per run of `ranvier run feedback`.

    Args:
        runs: what it wrote, each with the `command` that made it, a `title` and, where the docs
            hold one, a `figure`.

    Example:
        >>> row = {
        ...     "rule": "dfa", "learning_rate": 0.1, "test_accuracy": 98.0, "angles": {},
        ...     "test_accuracy_spread": None, "behind_bp": None, "over_plain": None,
        ... }
        >>> run = {"title": "Two rules", "command": "ranvier run feedback", "summary": [row]}
        >>> feedback([run]).splitlines()[-1]
        '| `dfa` | 0.1 | 98.00 |  |  |'
    """
    lines = []
    for run in runs:
        lines += ["", f"## {run['title']}", "", "```bash", run["command"], "```", ""]
        if "figure" in run:
            lines += [f"![{run['title']}](../assets/{run['figure']})", ""]
        scaled = any(row["over_plain"] for row in run["summary"])
        last = "over the plain rule" if scaled else "degrees from BP's error, layer by layer"
        lines += [
            f"| rule | learning rate | test accuracy (%) | behind BP | {last} |",
            "|---|---:|---:|---:|---:|",
        ]
        for row in run["summary"]:
            shown = _apart(row["over_plain"], "+") if scaled else _degrees(row)
            lines.append(
                f"| `{row['rule']}` | {row['learning_rate']:g} "
                f"| {_mean(row['test_accuracy'], row['test_accuracy_spread'], 2)} "
                f"| {_apart(row['behind_bp'], '')} | {shown} |"
            )
    return "\n".join(lines)


def drtp(runs: list[dict[str, Any]]) -> str:
    """Test errors of every network by every rule of `ranvier run drtp`, angles, then the commands.

    Args:
        runs: what it wrote, each with the `command` that made it.

    Example:
        >>> row = {
        ...     "rule": "drtp", "learning_rate": 0.001, "test_accuracy": 95.0,
        ...     "test_accuracy_spread": 0.25, "behind_bp": {"mean": 3.0, "spread": None},
        ...     "angles": {"error, layer 1": 71.6},
        ... }
        >>> network = {"layers": "784-500-10", "summary": [row]}
        >>> run = {"command": "ranvier run drtp", "networks": {"mnist-500": network}}
        >>> lines = drtp([run]).splitlines()
        >>> lines[2]
        '| `mnist-500`: 784-500-10 |  |  |  |  | 5.00 ± 0.25 |  |'
        >>> lines[6]
        '| `mnist-500` | `drtp` | 0.001 | 3.00 | 72 |'
    """
    rules = ("bp", "fa", "dfa", "sdfa", "drtp", "shallow")
    lines = [
        f"| network | {' | '.join(f'`{rule}`' for rule in rules)} |",
        f"|---|{'---:|' * len(rules)}",
    ]
    more = [
        "",
        "| network | rule | learning rate | behind BP (points) "
        "| degrees from BP's error, layer by layer |",
        "|---|---|---:|---:|---:|",
    ]
    for run in runs:
        for name, network in run["networks"].items():
            rows = {row["rule"]: row for row in network["summary"]}
            errors = (
                _mean(100 - rows[rule]["test_accuracy"], rows[rule]["test_accuracy_spread"], 2)
                if rule in rows
                else ""
                for rule in rules
            )
            lines.append(f"| `{name}`: {network['layers']} | {' | '.join(errors)} |")
            for rule, row in rows.items():
                if rule not in ("bp", "shallow"):
                    behind = _apart(row["behind_bp"], "")
                    shown = (f"`{name}`", f"`{rule}`", f"{row['learning_rate']:g}", behind)
                    more.append(f"| {' | '.join(shown)} | {_degrees(row)} |")
    commands = dict.fromkeys(run["command"] for run in runs)
    return "\n".join([*lines, *more, "", "```bash", *commands, "```"])


def forgetting(runs: list[dict[str, Any]]) -> str:
    """A command, a figure and two tables per run of `ranvier run forgetting`.

    Args:
        runs: what it wrote, each with the `command` that made it, a `title` and, where the docs
            hold them, `figures`.

    Example:
        >>> score = {"mean": 80.0, "spread": None}
        >>> row = {
        ...     "rule": "bp", "learning_rate": 0.1, "learned_accuracy": score,
        ...     "average_accuracy": score, "backward_transfer": score, "forgetting": score,
        ... }
        >>> run = {"title": "One rule", "command": "ranvier run forgetting", "summary": [row],
        ...        "differences": []}
        >>> forgetting([run]).splitlines()[-1]
        '| `bp` | 0.1 | 80.00 | 80.00 | 80.00 | 80.00 |'
    """
    names = ("learned_accuracy", "average_accuracy", "backward_transfer", "forgetting")
    lines = []
    for run in runs:
        lines += ["", f"## {run['title']}", "", "```bash", run["command"], "```", ""]
        for what, figure in run.get("figures", {}).items():
            lines += [f"![{run['title']}: {what}](../assets/{figure})", ""]
        lines += [
            "| rule | learning rate | just learned (%) | ACC (%) | BWT (points) "
            "| forgetting (points) |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        for row in run["summary"]:
            scores = (_mean(row[name]["mean"], row[name]["spread"], 2) for name in names)
            lines.append(f"| `{row['rule']}` | {row['learning_rate']:g} | {' | '.join(scores)} |")
        if run["differences"]:
            lines += [
                "",
                "| rule | minus | just learned (points) | ACC (points) | forgetting (points) |",
                "|---|---|---:|---:|---:|",
            ]
        for row in run["differences"]:
            apart = (
                _mean(row[name]["mean"], row[name]["standard_error"], 2, "+")
                for name in ("learned_accuracy", "average_accuracy", "forgetting")
            )
            lines.append(f"| `{row['rule']}` | `{row['against']}` | {' | '.join(apart)} |")
    return "\n".join(lines)


def language(runs: list[dict[str, Any]]) -> str:
    """One line per network and baseline of `ranvier run language`, then the commands.

    Args:
        runs: what it wrote, each with the `command` that made it and a `label`.

    Example:
        >>> row = {
        ...     "parameters": 100, "valid_perplexity": 120.0, "test_perplexity": 110.0,
        ...     "test_perplexity_spread": None, "published": 108.4, "neuron": "ssnu",
        ... }
        >>> run = {"label": "sSNU", "command": "ranvier run language", "summary": [row],
        ...        "data": {"name": "Penn Treebank"}}
        >>> language([run]).splitlines()[2]
        '| Penn Treebank | sSNU | 100 | 120.0 | 110.0 | 108.4 |'
    """
    lines = [
        "| text | network | parameters | validation | test | published |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for run in runs:
        for row in run["summary"]:
            known = "" if row["published"] is None else f"{row['published']:.1f}"
            lines.append(
                f"| {run['data']['name']} | {run['label']} | {row['parameters']:,} "
                f"| {row['valid_perplexity']:.1f} "
                f"| {_mean(row['test_perplexity'], row['test_perplexity_spread'], 1)} | {known} |"
            )
    commands = dict.fromkeys(run["command"] for run in runs)
    return "\n".join([*lines, "", "```bash", *commands, "```"])


def recordings(runs: list[dict[str, Any]]) -> str:
    """One line per network of `ranvier run spoken-digits` and its like, then the commands.

    Args:
        runs: what they wrote, each with the `command` that made it and a `label`.

    Example:
        >>> row = {
        ...     "neuron": "snu", "parameters": 20635, "seeds": 3, "valid_accuracy": 100.0,
        ...     "test_accuracy": 98.6, "test_accuracy_spread": 0.9, "published": 96.7,
        ...     "hidden_spikes": 2003.4, "operations": {"dense": 2e6, "event": 5e5},
        ... }
        >>> run = {"label": "Braille", "command": "ranvier run braille", "summary": [row]}
        >>> recordings([run]).splitlines()[2]
        '| Braille | SNU | 20,635 | 3 | 100.0 | 98.6 ± 0.9 | 96.7 | 2,003 | 0.25 |'
    """
    lines = [
        "| recordings | hidden units | parameters | seeds | validation (%) | test (%) "
        "| published (%) | hidden spikes | operations by events / dense |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for run in runs:
        for row in run["summary"]:
            known = "" if row["published"] is None else f"{row['published']:.1f}"
            spikes = "" if row["hidden_spikes"] is None else f"{row['hidden_spikes']:,.0f}"
            share = row["operations"]["event"] / row["operations"]["dense"]
            lines.append(
                f"| {run['label']} | {row['neuron'].upper()} | {row['parameters']:,} "
                f"| {row['seeds']} | {row['valid_accuracy']:.1f} "
                f"| {_mean(row['test_accuracy'], row['test_accuracy_spread'], 1)} | {known} "
                f"| {spikes} | {share:.2f} |"
            )
    commands = dict.fromkeys(run["command"] for run in runs)
    return "\n".join([*lines, "", "```bash", *commands, "```"])


def single_spike(runs: list[dict[str, Any]]) -> str:
    """Two lines per run of `ranvier run single-spike`, accuracy and cost, then the commands.

    Args:
        runs: what it wrote, each with the `command` that made it and a `label`.

    Example:
        >>> spikes = {"units": 400.0, "fired": 90.0, "before_decision": 70.0}
        >>> run = {
        ...     "label": "S4NN", "command": "ranvier run single-spike", "best_epoch": 93,
        ...     "data": {"pixels": 784}, "settings": {"hidden": [400], "epochs": 100},
        ...     "time": {"unit": "steps"}, "published": {"accuracy": 97.4},
        ...     "summary": {
        ...         "valid_accuracy": 96.5, "test_accuracy": 95.84, "test_accuracy_of_ties": 96.63,
        ...         "best_test_accuracy_of_ties": 96.63, "tied": 1.6, "silent": 0.6,
        ...         "test_accuracy_spread": None, "latency": 74.8,
        ...         "spikes": {"input": spikes, "hidden": spikes, "output": spikes},
        ...     },
        ... }
        >>> lines = single_spike([run]).splitlines()
        >>> lines[2]
        '| S4NN, 784-400-10 | 93 of 100 | 96.50 | 95.84 | 96.63 | 96.63 | 97.4 | -1.56 |'
        >>> lines[6]
        '| S4NN | 74.8 steps | 1.6 | 0.6 | 70 of 400 | 70 of 400 | 90 |'
    """
    lines = [
        "| network | best epoch | validation (%) | test (%) | test, ties right (%) "
        "| the same, epoch chosen on the test set (%) | published (%) | deviation |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    costs = [
        "",
        "| network | until the first output fires | ties (%) | no output (%) "
        "| input spikes before it | hidden spikes before it | hidden spikes in all |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for run in runs:
        found, settings = run["summary"], run["settings"]
        sizes = "-".join(str(n) for n in (run["data"]["pixels"], *settings["hidden"], 10))
        known = run["published"]["accuracy"]
        lines.append(
            f"| {run['label']}, {sizes} | {run['best_epoch']} of {settings['epochs']} "
            f"| {found['valid_accuracy']:.2f} "
            f"| {_mean(found['test_accuracy'], found['test_accuracy_spread'], 2)} "
            f"| {found['test_accuracy_of_ties']:.2f} "
            f"| {found['best_test_accuracy_of_ties']:.2f} "
            f"| {known:g} | {found['test_accuracy'] - known:+.2f} |"
        )
        spikes = found["spikes"]
        hidden = [row for name, row in spikes.items() if name.startswith("hidden")]
        before, units, fired = (
            sum(row[what] for row in hidden) for what in ("before_decision", "units", "fired")
        )
        entering = spikes["input"]
        costs.append(
            f"| {run['label']} | {found['latency']:.3g} {run['time']['unit']} "
            f"| {found['tied']:.1f} | {found['silent']:.1f} "
            f"| {entering['before_decision']:.0f} of {entering['units']:.0f} "
            f"| {before:.0f} of {units:.0f} | {fired:.0f} |"
        )
    commands = dict.fromkeys(run["command"] for run in runs)
    return "\n".join([*lines, *costs, "", "```bash", *commands, "```"])


def _mean(value: float, spread: float | None, decimals: int, sign: str = "") -> str:
    return f"{value:{sign}.{decimals}f}" + ("" if spread is None else f" ± {spread:.{decimals}f}")


def _apart(apart: dict[str, Any] | None, sign: str) -> str:
    if apart is None:
        return ""
    spread = "" if apart["spread"] is None else f" ± {apart['spread']:.2f}"
    return f"{apart['mean']:{sign}.2f}{spread}"


def _degrees(row: dict[str, Any]) -> str:
    """Angles of the errors, layer by layer."""
    found = row["angles"].items()
    return ", ".join(f"{angle:.0f}" for what, angle in found if what.startswith("error"))
