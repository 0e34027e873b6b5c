"""Tables of measured results, rendered from the files that the measurements wrote."""

import json
import sys
from pathlib import Path
from typing import Any

COLUMNS = ("model", "rule", "setting", "seeds", "valid", "test", "spread", "published", "source")
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
    commands: dict[str, str] = {}
    for row in rows:
        commands.setdefault(row["command"], f"{row['model']}, {row['rule']}, {row['setting']}")
    lines += ["", "Commands:", "", "```bash"]
    for command, what in commands.items():
        lines += [f"# {what}", command]
    return "\n".join([*lines, "```"])


def benchmarks(result: dict[str, Any]) -> str:
    """The tables of a benchmark record, as the benchmark runner writes them."""
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:
        sys.path.insert(0, root)
    from benchmarks.table import markdown

    return markdown(result)


_RENDERERS = {"chorales": chorales, "benchmarks": benchmarks}


def render(name: str, folder: Path) -> str:
    """Markdown of the results called `name`, from `folder/name.json`.

    Args:
        name: `"chorales"` or `"benchmarks"`.
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
