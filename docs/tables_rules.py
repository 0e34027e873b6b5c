"""What learning rules cost, as tables; and what a learner costs that never stops."""

import sys
from pathlib import Path
from typing import Any


def rule_costs(runs: list[dict[str, Any]]) -> str:
    """A table of powers per comparison of rules, beside the published ones.

    Args:
        runs: what `ranvier compare rules` wrote, each with the `command` that made it.

    Example:
        >>> settings = {"sizes": [8, 16], "lengths": [4, 8], "rules": ["uoro"]}
        >>> fitted = {"bytes by units": {"power": 2.0, "error": 0.01}}
        >>> run = {"settings": settings, "growth": {"uoro": fitted}, "command": "ranvier ..."}
        >>> print(rule_costs([run]).splitlines()[-1])
        | uoro | 2.00 ± 0.01 |  |  |  | n² | n² |
    """
    from ranvier.apps.compare_rules._costs import POWERS, power_cells

    headings = ["rule", *POWERS, "published memory", "published time"]
    lines = []
    for run in runs:
        settings = run["settings"]
        sizes, lengths = (", ".join(map(str, settings[name])) for name in ("sizes", "lengths"))
        lines += [
            "",
            f"Units n: {sizes}, at {settings['lengths'][0]} steps. Steps T: {lengths}, at "
            f"{settings['sizes'][0]} units.",
            "",
            "```bash",
            run["command"],
            "```",
            "",
            f"| {' | '.join(headings)} |",
            "|---|" + "---:|" * len(POWERS) + "---|---|",
        ]
        rows = (power_cells(rule, run["growth"][rule]) for rule in settings["rules"])
        lines += [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join(lines)


def endless(result: dict[str, Any]) -> str:
    """The sentence of what `python -m benchmarks.endless` wrote."""
    # The folder stands beside this one, not in the package.
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:
        sys.path.insert(0, root)
    from benchmarks.endless import sentence

    return sentence(result)
