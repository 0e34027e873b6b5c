"""The commands that put things side by side."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._shared import Folder, Json, Resume, Setting

compare = typer.Typer(no_args_is_help=True, help="Put things of one kind side by side.")


@compare.callback()
def _group() -> None: ...


@compare.command("rules")
def rules(
    task: Annotated[
        str | None,
        typer.Option(
            help="temporal-xor, cue-accumulation, pattern-generation, spike-times, chorales, "
            "digits, weather or speech."
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(help="Hidden unit: ssnu, snu, lif, current-lif, alif, rnn, gru or lstm."),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            help="A rule of `ranvier list`; repeat for several. `grapes:shuffled`, `:mean` and "
            "`:over-mean` are its controls."
        ),
    ] = None,
    units: Annotated[int | None, typer.Option(help="Units of every hidden layer.")] = None,
    layers: Annotated[int | None, typer.Option(help="Hidden layers.")] = None,
    seeds: Annotated[int | None, typer.Option(help="How many networks.")] = None,
    updates: Annotated[int | None, typer.Option(help="Of each training; 0 for none.")] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Learning rules on one task: gradients against the exact one, costs, and what is learned."""
    given = {
        "task": task,
        "network": network,
        "rules": tuple(rule) if rule else None,
        "units": units,
        "layers": layers,
        "seeds": seeds,
        "updates": updates,
    }
    from ranvier.apps import compare_rules as experiment

    work = Work("compare rules", experiment, _show, {}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    groups = list(dict.fromkeys(row["group"] for row in result["gradients"]))
    table = Table(title="cosine with the exact gradient at the start, and the score after learning")
    for heading in ("rule", *groups, "hidden, at the end", result["task"]["measure"]):
        table.add_column(heading, justify="left" if heading == "rule" else "right")
    for rule in result["settings"]["rules"]:
        cells = []
        for group in groups:
            own = [
                row["cosine"]
                for row in result["gradients"]
                if (row["rule"], row["group"]) == (rule, group) and row["cosine"] is not None
            ]
            cells.append(f"{sum(own) / len(own):.3f}" if own else "")
        learned = [entry for entry in result["learned"] if entry["rule"] == rule]
        last = [entry["cosines"]["hidden"][-1] for entry in learned]
        last = [cosine for cosine in last if cosine is not None]
        cells.append(f"{sum(last) / len(last):.3f}" if last else "")
        scores = [entry["scores"][-1] for entry in learned]
        cells.append(f"{sum(scores) / len(scores):.4g}" if scores else "")
        table.add_row(rule, *cells)
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
