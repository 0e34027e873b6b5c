"""Tables of costs: the harness, ranvier, and a count by loops, from a recorded comparison."""

from __future__ import annotations

from typing import Any

SIDES = ("harness", "ranvier", "exact")
TABLES = {
    "Synaptic operations per example": ("effective ACs", "effective MACs", "dense"),
    "Weights": ("footprint", "connection sparsity"),
    "Neurons": ("activation sparsity", "membrane updates"),
}


def headings(measures: tuple[str, ...]) -> list[str]:
    """Of the columns: the case, and every measure by every side."""
    return ["network", *(f"{name}: {side}" for name in measures for side in SIDES)]


def rows(result: dict[str, Any], measures: tuple[str, ...]) -> list[list[str]]:
    """One row per network; what is not the exact number stands in bold.

    Args:
        result: what the comparison recorded.
        measures: the columns.
    """
    return [
        [case["case"], *(_cell(case, side, name) for name in measures for side in SIDES)]
        for case in result["cases"]
    ]


def _cell(case: dict[str, Any], side: str, name: str) -> str:
    value, exact = case[side][name], case["exact"][name]
    written = f"{value:.4f}" if "sparsity" in name else f"{value:,.10g}"
    # The harness rounds its connection sparsity to four digits.
    right = round(value, 4) == round(exact, 4) if "sparsity" in name else value == exact
    return written if right else f"**{written}**"


def wrong(result: dict[str, Any], side: str) -> list[tuple[str, str]]:
    """The cases and measures at which a side is not exact."""
    return [
        (row[0], name)
        for measures in TABLES.values()
        for name in measures
        for row, case in zip(rows(result, (name,)), result["cases"], strict=True)
        if row[1 + SIDES.index(side)].startswith("**") and case[side][name] != case["exact"][name]
    ]


def markdown(result: dict[str, Any]) -> str:
    """All tables as Markdown, and what the harness said it could not do.

    Args:
        result: what the comparison recorded.
    """
    versions = ", ".join(f"{name} {number}" for name, number in result["packages"].items())
    lines = [f"Measured with {versions}."]
    for title, measures in TABLES.items():
        lines += ["", f"**{title}**", ""]
        lines.append(f"| {' | '.join(headings(measures))} |")
        lines.append("|---|" + "---:|" * (3 * len(measures)))
        lines += [f"| {' | '.join(row)} |" for row in rows(result, measures)]
    said = [(case["case"], error) for case in result["cases"] for error in case["errors"]]
    if said:
        lines += ["", "What the harness said while it reported zero:", ""]
        lines += [f"- {case}: `{error}`" for case, error in said]
    return "\n".join(lines)
