"""The NIR comparison as tables: what each framework makes of a file, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase
from typing import Any

from benchmarks import nir_plan as plan

LONGEST = 100


class Reasons:
    """Why something was refused, told once and pointed at by letters.

    Example:
        >>> reasons = Reasons()
        >>> reasons.letter("no r"), reasons.letter("no v"), reasons.letter("no r")
        ('a', 'b', 'a')
        >>> reasons.lines()
        ['- **a**: `no r`', '- **b**: `no v`']
    """

    def __init__(self) -> None:
        self.told: list[str] = []

    def letter(self, reason: str) -> str:
        """The letter of a reason."""
        if reason not in self.told:
            self.told.append(reason)
        return ascii_lowercase[self.told.index(reason)]

    def lines(self) -> list[str]:
        """The list of all."""
        return [
            f"- **{ascii_lowercase[number]}**: `{_short(reason)}`"
            for number, reason in enumerate(self.told)
        ]


def _short(reason: str) -> str:
    plain = reason.replace("`", "'")
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 4].rstrip()} ..."


def count(found: dict[str, Any], reasons: Reasons) -> str:
    """A number of spikes, bold where they are those of the equation.

    Example:
        >>> reasons = Reasons()
        >>> count({"spikes": 71, "most": 1, "right": True}, reasons)
        '**71**'
        >>> count({"spikes": 20000, "most": 2, "right": False}, reasons)
        '20,000'
        >>> count({"refused": "no"}, reasons)
        'no (a)'
    """
    if "refused" in found:
        return f"no ({reasons.letter(found['refused'])})"
    return f"**{found['spikes']:,}**" if found["right"] else f"{found['spikes']:,}"


def apart(found: dict[str, Any] | None, reasons: Reasons) -> str:
    """Spikes lost and added.

    Example:
        >>> apart({"spikes": 9, "lost": 1, "added": 2}, Reasons())
        '1 lost, 2 added'
        >>> apart({"spikes": 9, "lost": 0, "added": 0}, Reasons())
        '**0**'
        >>> apart(None, Reasons())
        ''
    """
    if found is None:
        return ""
    if "refused" in found:
        return f"no ({reasons.letter(found['refused'])})"
    if not found["lost"] and not found["added"]:
        return "**0**"
    return f"{found['lost']:,} lost, {found['added']:,} added"


def neurons(result: dict[str, Any]) -> list[str]:
    """Cases down, frameworks across."""
    cases, reasons = result["neurons"], Reasons()
    rows = list(next(iter(cases.values()))["frameworks"])
    body = []
    for case in plan.CASES:
        entry = cases[case.name]
        cells = [count(entry["frameworks"][row], reasons) for row in rows]
        body.append([case.shown, f"{entry['expected']:.1f}", *cells])
    return [*_lines(["one second of", "by the equation", *rows], body), "", *reasons.lines()]


def poisson(result: dict[str, Any]) -> list[str]:
    """Frameworks down, both forms of the file across."""
    reasons, found = Reasons(), result["poisson"]
    rows = [[row, *(apart(found[form][row], reasons) for form in found)] for row in found["cuba"]]
    names = [f"{plan.case(form).shown.split(', drive')[0]}" for form in found]
    return [*_lines(["framework", *names], rows), "", *reasons.lines()]


def files(result: dict[str, Any]) -> list[str]:
    """Frameworks down, genuine files across."""
    found, reasons = result["files"], Reasons()
    due, digits = found["lif"]["steps"], found["digits"]

    def lif(entry: dict[str, Any]) -> str:
        if "refused" in entry:
            return f"no ({reasons.letter(entry['refused'])})"
        return f"**{len(due)}**" if entry["steps"] == due else f"{entry['spikes']:,}"

    def right(name: str) -> str:
        entry = digits["frameworks"].get(name)
        if entry is None:
            return ""
        if "refused" in entry:
            return f"no ({reasons.letter(entry['refused'])})"
        return str(entry["right"])

    rows = []
    for row, entry in found["lif"]["frameworks"].items():
        one, two = (found[name][row]["subtract"] for name in ("braille", "braille_subgraph"))
        cell = right(row)
        if f"{row}, subtract" in digits["frameworks"]:
            cell += f" (zero), {right(f'{row}, subtract')} (subtract)"
        rows.append([row, lif(entry), apart(one, reasons), apart(two, reasons), cell])
    heading = ["framework", "lif_norse", "braille", "braille, subgraph"]
    heading.append(f"cnn_sinabs, right of {digits['count']}")
    return [*_lines(heading, rows), "", *reasons.lines()]


def braille(result: dict[str, Any]) -> list[str]:
    """The encoding that is told, and the range of all others by threshold."""
    found = result["braille"]
    rows = found["encodings"]
    told = [row for row in rows if all(row[name] == v for name, v in found["told"].items())]
    groups = {"as told: 1, either sign, bins of 5 ms, from the start": told}
    for row in rows:
        groups.setdefault(f"{row['threshold']:g}, all varieties", []).append(row)
    body = [
        [name, str(len(group)), *(_span(group, value, 1, 0) for value in _SPIKES)]
        + [_span(group, value, 100, 1) for value in _RIGHT]
        for name, group in groups.items()
    ]
    heading = ["threshold", "encodings", *(f"{value} per letter" for value in _SPIKES)]
    return _lines([*heading, "network right, %", "nearest mean right, %"], body)


_SPIKES, _RIGHT = ("input spikes", "output spikes"), ("right", "right by means")


def _span(rows: Sequence[dict[str, Any]], name: str, scale: float, digits: int) -> str:
    """From the smallest to the largest.

    Example:
        >>> _span([{"a": 0.25}, {"a": 0.125}], "a", 100, 1), _span([{"a": 0.25}], "a", 100, 1)
        ('12.5 to 25.0', '25.0')
    """
    low, high = (f"{scale * best(row[name] for row in rows):.{digits}f}" for best in (min, max))
    return low if low == high else f"{low} to {high}"


def own(result: dict[str, Any]) -> list[str]:
    """A row per neuron: its own way out and in, and ranvier on the same file."""
    reasons, rows = Reasons(), []
    for entry in result["own"]:
        row = [entry["framework"], f"`{entry['neuron']}`"]
        if "export" in entry:
            rows.append([*row, "", f"not written ({reasons.letter(entry['export']['refused'])})"])
            rows[-1] += ["", "", ""]
            continue
        row += [f"{entry['spikes']:,}", apart(entry["own"], reasons)]
        row.append(apart(entry.get("ranvier"), reasons))
        corrected = entry.get("ranvier, corrected")
        row.append(apart(corrected, reasons))
        row.append(", ".join(f"`{name}`" for name in entry["corrected"]))
        rows.append(row)
    heading = ["framework", "its neuron", "spikes", "its own way out and in", "in ranvier"]
    heading += ["in ranvier, corrected", "with"]
    return [*_lines(heading, rows), "", *reasons.lines()]


def versions(result: dict[str, Any]) -> str:
    """What ran."""
    told = (
        f"{name}: " + ", ".join(f"{p} {v}" for p, v in found["packages"].items())
        for name, found in result["packages"].items()
    )
    return f"Versions: {'; '.join(told)}. {result['machine']['date']}."


def markdown(result: dict[str, Any]) -> str:
    """All tables."""
    parts = {"neurons": neurons, "poisson": poisson, "files": files, "braille": braille, "own": own}
    titles = {
        "neurons": "One neuron, a constant drive",
        "poisson": "One CubaLIF, Poisson spikes",
        "files": "Genuine files",
        "braille": "The Braille network, on letters",
        "own": "Each framework's own neurons",
    }
    lines = [versions(result)]
    for name, part in parts.items():
        if name in result:
            lines += ["", f"### {titles[name]}", "", *part(result)]
    return "\n".join(lines)


def _lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    table = [headings, ["---"] * len(headings), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in table]
