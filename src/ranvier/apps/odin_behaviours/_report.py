"""The page of the behaviours, made from their recorded results alone."""

from pathlib import Path

from ranvier.apps._recording import Drawing, read_run
from ranvier.report import Page, SteppedMembrane, stepped_membranes


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figure.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result, arrays = read_run(folder)
    found = result["behaviours"]
    page = Page(
        "Behaviours of ODIN's neuron",
        f"One digital circuit with a membrane of four bits, programmed in {len(found)} ways.",
    )
    drawing = Drawing(folder, page)
    page.section("What registers choose", "behaviours")
    drawing.figure(
        "behaviours",
        stepped_membranes(
            {
                row["name"]: SteppedMembrane(
                    *(
                        arrays[f"{number}/{what}"]
                        for what in ("times", "membrane", "threshold", "spikes", "steps")
                    )
                )
                for number, row in enumerate(found)
            },
            xlabel="time (intervals between time references)",
            ylabel="membrane (register value)",
            title=f"One circuit with a membrane of four bits, {len(found)} behaviours: registers "
            "choose which",
        ),
        "Above: input of each interval, up where it excites and down where it inhibits. Between: "
        "spikes. Below: the membrane after every event, and the threshold, dashed. A spike resets "
        "the membrane in the event that takes it to the threshold. Where the neuron resonates, "
        "its register is an amplitude and the phase gives the sign.",
        f"{len(found)} small panels, each with the input, the spikes and the membrane of one "
        "behaviour.",
    )
    page.table(
        ["behaviour", "registers that are not 0", "spikes"],
        [
            [
                row["name"],
                ", ".join(f"{name}={value}" for name, value in row["registers"].items()),
                row["spikes"],
            ]
            for row in found
        ],
        "What is programmed, and how many spikes come out, those of bursts too. A step of input "
        "is two events of weight 4. The documentation of the chip gives no settings for the "
        "behaviours: these are ours.",
    )
    return drawing.write(result)
