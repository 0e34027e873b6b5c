"""Tables of measured results, rendered from the files that the measurements wrote."""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from tables_codes import codes
from tables_conversion import approaches
from tables_devices import memory_devices
from tables_learning import drtp, feedback, forgetting, language, recordings, single_spike
from tables_populations import brunel, populations, populations_equal, populations_one
from tables_rules import endless, rule_costs
from tables_spike_times import spike_times

COLUMNS = ("model", "rule", "setting", "seeds", "valid", "test", "spread", "published", "source")
DIGIT_COLUMNS = (
    *("network", "layers", "epochs", "seeds", "valid", "test", "spread", "published"),
    *("hidden_spikes", "published_spikes", "source", "command"),
)
_NOTHING = "No result has been recorded yet."


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def chorales(rows: list[dict[str, Any]]) -> str:
    """One line per model, rule and setting; then the command that makes each.

    Args:
        rows: each with the keys of `COLUMNS` and `command`; scores in nats per time step, `None`
            where there is none.

    Raises:
        ValueError: a row that lacks a key, or has one that no column shows.

    Example:
        >>> row = {"model": "SNU", "rule": "BPTT", "setting": "88-150-88", "seeds": 5,
        ...        "valid": 8.6, "test": 8.7, "spread": 0.01, "published": None, "source": None,
        ...        "command": "ranvier run chorales"}
        >>> print(chorales([row]).splitlines()[2])
        | SNU | BPTT | 88-150-88 | 5 | 8.6000 | 8.7000 ± 0.0100 |  |  |  |
        >>> chorales([{"model": "SNU"}])
        Traceback (most recent call last):
        ValueError: row 1 of the chorale results has the keys ['model']; expected [...
    """
    if not rows:
        return _NOTHING
    expected = sorted([*COLUMNS, "command"])
    lines = [
        "| model | rule | setting | seeds | validation NLL | test NLL | published | deviation "
        "| source of the published value |",
        "|---|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for number, row in enumerate(rows, start=1):
        if sorted(row) != expected:
            raise ValueError(
                f"row {number} of the chorale results has the keys {sorted(row)}; expected "
                f"{expected}."
            )
        spread = "" if row["spread"] is None else f" ± {_number(row['spread'])}"
        known = row["published"] is not None
        cells = (
            row["model"],
            row["rule"],
            row["setting"],
            str(row["seeds"]),
            _number(row["valid"]),
            _number(row["test"]) + spread,
            _number(row["published"]),
            f"{row['test'] - row['published']:+.4f}" if known else "",
            row["source"] or "",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, *_commands(rows, ("model", "rule", "setting"))])


def digits(rows: list[dict[str, Any]]) -> str:
    """One line per network and setting; then the command that makes each.

    Args:
        rows: each with the keys of `DIGIT_COLUMNS`; accuracies in per cent, spikes per digit,
            `None` where there is none.

    Raises:
        ValueError: a row that lacks a key, or has one that no column shows.

    Example:
        >>> row = {"network": "SNU", "layers": "784-100-10", "epochs": 5, "seeds": 1,
        ...        "valid": 95.5, "test": 95.1, "spread": None, "published": 94.51,
        ...        "hidden_spikes": 250.0, "published_spikes": 1128.0, "source": "neuroaikit",
        ...        "command": "ranvier run digits"}
        >>> print(digits([row]).splitlines()[2])
        | SNU | 784-100-10 | 5 | 1 | 95.50 | 95.10 | 94.51 | +0.59 | 250.0 | 1128.0 | neuroaikit |
        >>> digits([{"network": "SNU"}])
        Traceback (most recent call last):
        ValueError: row 1 of the digit results has the keys ['network']; expected [...
    """
    if not rows:
        return _NOTHING
    lines = [
        "| network | layers | epochs | seeds | validation accuracy | test accuracy | published "
        "| deviation | hidden spikes per digit | published spikes "
        "| source of the published value |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ]

    def shown(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    for number, row in enumerate(rows, start=1):
        if sorted(row) != sorted(DIGIT_COLUMNS):
            raise ValueError(
                f"row {number} of the digit results has the keys {sorted(row)}; expected "
                f"{sorted(DIGIT_COLUMNS)}."
            )
        spread = "" if row["spread"] is None else f" ± {row['spread']:.2f}"
        known = row["published"]
        cells = (
            *(str(row[name]) for name in ("network", "layers", "epochs", "seeds")),
            shown(row["valid"], ".2f"),
            shown(row["test"], ".2f") + spread,
            shown(known, ".2f"),
            "" if known is None else f"{row['test'] - known:+.2f}",
            shown(row["hidden_spikes"], ".1f"),
            shown(row["published_spikes"], ".1f"),
            row["source"] or "",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, *_commands(rows, ("network", "layers"))])


def _commands(rows: list[dict[str, Any]], named_by: tuple[str, ...]) -> list[str]:
    """The commands that make the rows, each once, under what it makes first."""
    commands: dict[str, str] = {}
    for row in rows:
        commands.setdefault(row["command"], ", ".join(row[name] for name in named_by))
    lines = ["", "Commands:", "", "```bash"]
    for command, what in commands.items():
        lines += [f"# {what}", command]
    return [*lines, "```"]


def benchmarks(result: dict[str, Any]) -> str:
    """The tables of a benchmark record, as the benchmark runner writes them."""
    _find_benchmarks()
    from benchmarks.table import markdown

    return markdown(result)


def sweep(result: dict[str, Any]) -> str:
    """The tables and figures of what `python -m benchmarks.sweep` wrote."""
    _find_benchmarks()
    from benchmarks.sweep_table import markdown

    return markdown(result)


def densities(result: dict[str, Any]) -> str:
    """The table of what `python -m benchmarks.densities` wrote."""
    _find_benchmarks()
    from benchmarks.densities import HEADINGS, rows

    lines = [HEADINGS, ("---",) * len(HEADINGS), *rows(result)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def conversion(result: dict[str, Any]) -> str:
    """What `python -m benchmarks.conversion` wrote, as a list."""
    _find_benchmarks()
    from benchmarks.conversion import lines

    return "\n".join(f"- {line}" for line in lines(result))


def online_rules(result: dict[str, Any]) -> str:
    """The tables of what `python -m benchmarks.online_rules` wrote."""
    _find_benchmarks()
    from benchmarks.online_table import markdown

    return markdown(result)


def online_time(result: dict[str, Any]) -> str:
    """The table of what `python -m benchmarks.online_time` wrote."""
    _find_benchmarks()
    from benchmarks.online_time import COLUMNS, cells

    rows = [COLUMNS, ("---",) * 4 + ("---:",) * 4, *map(cells, result["rows"])]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def arrays(result: dict[str, Any]) -> str:
    """The tables of what `python -m benchmarks.arrays` wrote."""
    _find_benchmarks()
    from benchmarks.arrays_table import markdown

    return markdown(result)


def events(result: dict[str, Any]) -> str:
    """The table of what `python -m benchmarks.events` wrote."""
    _find_benchmarks()
    from benchmarks.events import markdown

    return markdown(result)


def feeding(result: dict[str, Any]) -> str:
    """The table of what `python -m benchmarks.feeding` wrote."""
    _find_benchmarks()
    from benchmarks.feeding import markdown

    return markdown(result)


def neurobench(result: dict[str, Any]) -> str:
    """The tables of what `python -m benchmarks.neurobench` wrote."""
    _find_benchmarks()
    from benchmarks.neurobench_table import markdown

    return markdown(result)


def nir(result: dict[str, Any]) -> str:
    """The tables of what `python -m benchmarks.nir` wrote."""
    _find_benchmarks()
    from benchmarks.nir_table import markdown

    return markdown(result)


def spike_trains(result: dict[str, Any]) -> str:
    """The table of what `python -m benchmarks.spike_trains` wrote."""
    _find_benchmarks()
    from benchmarks.spike_trains import markdown

    return markdown(result)


def _find_benchmarks() -> None:
    """The folder stands beside this one, not in the package, so it is found from the root."""
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:
        sys.path.insert(0, root)


_GROUPS = ("layer", "input weights", "recurrent weights", "hidden neurons", "readout")


def rules(runs: list[dict[str, Any]]) -> str:
    """A heading and a table per comparison of rules.

    Args:
        runs: what `ranvier compare rules` wrote, each with the `command` that made it; with a
            `title` where the task has been run before.
    """
    lines = []
    for run in runs:
        settings, task = run["settings"], run["task"]
        recurrent = ", recurrent" if settings["feed_back"] else ""
        layers = settings.get("layers", 1)
        deep = f" in each of {layers} layers" if layers > 1 else ""
        rates = settings.get("learning_rates") or [settings["learning_rate"]]
        title = run.get("title", settings["task"].replace("-", " ").capitalize())
        pictures = f"../assets/rules-{title.lower().replace(' ', '-')}"
        watched = "cosines" in (run["learned"] or [{}])[0]
        lines += [
            "",
            f"## {title}",
            "",
            f"{task['summary'][0].upper()}{task['summary'][1:]}. {settings['units']} units{deep} "
            f"({settings['network']}{recurrent}), {settings['seeds']} networks, "
            f"{settings['updates']} updates of {settings['examples']} sequences, Adam "
            f"{', '.join(f'{rate:g}' for rate in rates)}"
            f"{', chosen rule by rule' if len(rates) > 1 else ''}.",
            "",
            "```bash",
            run["command"],
            "```",
            "",
            f"![Cosines of gradients]({pictures}-gradients.png)",
            "",
            f"![Scores over sequences seen]({pictures}-learning.png)",
            "",
        ]
        if watched:
            lines += [f"![Cosines over sequences seen]({pictures}-alignment.png)", ""]
        rows = [_rule_row(run, rule) for rule in settings["rules"]]
        # A column that no rule fills is left out.
        headings = [heading for heading in rows[0] if any(row[heading] for row in rows)]
        lines += [f"| {' | '.join(headings)} |", "|---|" + "---:|" * (len(headings) - 1)]
        lines += [f"| {' | '.join(row[h] for h in headings)} |" for row in rows]
        if run.get("importance"):
            lines += _importance(run)
    return "\n".join(lines)


def _rule_row(run: dict[str, Any], rule: str) -> dict[str, str]:
    """Heading to cell."""
    own = [row for row in run["gradients"] if row["rule"] == rule]
    names = {row["group"] for row in run["gradients"]}
    groups = sorted(names, key=lambda g: (_GROUPS.index("layer" if "layer" in g else g), g))
    learned = [entry for entry in run["learned"] if entry["rule"] == rule]

    def mean(name: str, *of: str) -> str:
        found = [r[name] for r in own if r["group"] in (of or groups) and r[name] is not None]
        return f"{statistics.mean(found):.3g}" if found else ""

    scores = [entry["scores"][-1] for entry in learned]
    last = [entry["cosines"]["hidden"][-1] for entry in learned if "cosines" in entry]
    spread = f" ± {statistics.stdev(scores):.2g}" if len(scores) > 1 else ""
    rates = run["settings"].get("learning_rates")
    return {
        "rule": rule,
        **{group: mean("cosine", group) for group in groups},
        "relative error": mean("error", *(group for group in groups if group != "readout")),
        "spread": mean("spread"),
        "bias": mean("bias", "recurrent weights"),
        "at the end": f"{statistics.mean(last):.3g}" if last else "",
        "learning rate": f"{learned[0]['learning_rate']:g}" if rates else "",
        run["task"]["measure"]: f"{statistics.mean(scores):.4g}{spread}" if scores else "",
    }


def _importance(run: dict[str, Any]) -> list[str]:
    lines = ["", f"| rule | against | {run['task']['measure']}: difference |", "|---|---|---:|"]
    for row in run["importance"]:
        spread = "" if row["spread"] is None else f" ± {row['spread']:.2f}"
        lines.append(f"| {row['rule']} | {row['against']} | {row['mean']:+.2f}{spread} |")
    return lines


_RENDERERS = {
    "approaches": approaches,
    "chorales": chorales,
    "codes": codes,
    "spike_times": spike_times,
    "digits": digits,
    "benchmarks": benchmarks,
    "sweep": sweep,
    "densities": densities,
    "conversion": conversion,
    "populations": populations,
    "populations_one": populations_one,
    "populations_equal": populations_equal,
    "brunel": brunel,
    "online_rules": online_rules,
    "online_time": online_time,
    "arrays": arrays,
    "events": events,
    "feeding": feeding,
    "nir": nir,
    "neurobench": neurobench,
    "spike_trains": spike_trains,
    "rules": rules,
    "rule_costs": rule_costs,
    "endless": endless,
    "feedback": feedback,
    "drtp": drtp,
    "forgetting": forgetting,
    "language": language,
    "recordings": recordings,
    "single_spike": single_spike,
    "memory_devices": memory_devices,
}


def render(name: str, folder: Path) -> str:
    """Markdown of the results called `name`, from `folder/name.json`.

    Args:
        name: `"chorales"`, `"digits"`, `"benchmarks"`, `"sweep"`, `"densities"`,
            `"populations"`, `"online_rules"`, `"online_time"`, `"arrays"`, `"events"`,
            `"feeding"`, `"nir"`, `"neurobench"`, `"spike_trains"`, `"rules"`, ...
        folder: where the records lie.

    Raises:
        ValueError: an unknown name, or a record that is not JSON.

    Example:
        >>> render("chorales", Path("no such folder"))
        'No result has been recorded yet.'
    """
    if name not in _RENDERERS:
        raise ValueError(f"no table is called {name!r}; expected one of {sorted(_RENDERERS)}.")
    path = folder / f"{name}.json"
    if not path.exists():
        return _NOTHING
    try:
        recorded = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name} is not JSON: {error}. Record it again.") from error
    return _RENDERERS[name](recorded)
