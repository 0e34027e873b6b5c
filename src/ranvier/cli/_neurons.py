"""The commands about single neurons: `show`, and the small experiments under `run`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._shared import Folder, Json, new_folder, pairs_of, plain_errors, point_latest

show = typer.Typer(no_args_is_help=True, help="Draw a neuron, or the surrogate derivatives.")

TimeStep = Annotated[float, typer.Option(help="Time step of the simulation, ms.")]
Duration = Annotated[float, typer.Option(help="How long spikes are counted, ms.")]


@show.command("neuron")
def neuron(
    name: Annotated[str, typer.Argument(help="Any neuron of `ranvier list`.")],
    level: Annotated[
        float | None, typer.Option(help="Height of the input, in the unit of its port.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(help="How long it is watched, in the neuron's unit of time.")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="A parameter of the neuron, as name=value.")
    ] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Membrane, threshold and spikes, firing rate over input, and the phase plane if it has one."""
    with plain_errors():
        settings = pairs_of(setting or [])
        from ranvier.apps.neuron import run
        from ranvier.neurons import catalogue

        catalogue.check(name)
        folder = folder or new_folder(f"neuron-{name}")
        result = run(folder, name, settings=settings, level=level, duration=duration)
    _end(result, folder, as_json, _neuron_lines)


@show.command("surrogates")
def surrogates(folder: Folder = None, as_json: Json = False) -> None:
    """Every surrogate derivative, and that forward and reverse mode agree."""
    with plain_errors():
        from ranvier.apps.surrogates import run

        folder = folder or new_folder("surrogates")
        result = run(folder)
    _end(result, folder, as_json, _surrogate_lines)


def fi_curve(
    time_step_ms: TimeStep = 0.1,
    duration_ms: Duration = 2000.0,
    traced: Annotated[
        str, typer.Option(help="Neurons whose membranes are drawn, with commas.")
    ] = "15,20",
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """100 leaky integrate-and-fire neurons: firing rate over current, beside the closed form."""
    with plain_errors():
        from ranvier.apps.fi_curve import run

        folder = folder or new_folder("fi-curve")
        result = run(folder, time_step_ms=time_step_ms, duration_ms=duration_ms, traced=traced)
    _end(result, folder, as_json, _fi_lines)


def phase_selectivity(
    time_step_ms: TimeStep = 0.1,
    duration_ms: Duration = 2000.0,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Ten inputs of 20 Hz: heard in phase, not heard when they are spread out."""
    with plain_errors():
        from ranvier.apps.phase_selectivity import run

        folder = folder or new_folder("phase-selectivity")
        result = run(folder, time_step_ms=time_step_ms, duration_ms=duration_ms)
    _end(result, folder, as_json, _phase_lines)


def phase_change_neurons(
    pulses: Annotated[int, typer.Option(help="Pulses over which spikes are counted.")] = 4000,
    window: Annotated[int, typer.Option(help="Pulses per count of spikes.")] = 4,
    repeats: Annotated[int, typer.Option(help="How many signals are heard.")] = 10,
    growth_noise: Annotated[
        float, typer.Option(help="Noise of a pulse, relative to the growth it makes.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Of signals and noise.")] = 0,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Noisy phase-change neurons together follow a signal that is faster than any of them."""
    with plain_errors():
        from ranvier.apps.phase_change_neurons import run

        folder = folder or new_folder("phase-change-neurons")
        result = run(
            folder,
            pulses=pulses,
            window=window,
            repeats=repeats,
            growth_noise=growth_noise,
            seed=seed,
        )
    _end(result, folder, as_json, _population_lines)


def odin_behaviours(folder: Folder = None, as_json: Json = False) -> None:
    """Twenty behaviours of the Izhikevich neuron of the chip ODIN, bit for bit."""
    with plain_errors():
        from ranvier.apps.odin_behaviours import run

        folder = folder or new_folder("odin-behaviours")
        result = run(folder)
    _end(result, folder, as_json, _behaviour_lines)


experiments = {
    "fi-curve": fi_curve,
    "odin-behaviours": odin_behaviours,
    "phase-change-neurons": phase_change_neurons,
    "phase-selectivity": phase_selectivity,
}
"""What `ranvier run` offers about single neurons, by name."""


def _end(result: dict[str, Any], folder: Path, as_json: bool, lines: Any) -> None:
    point_latest(folder)
    if as_json:
        typer.echo(json.dumps(result))
        return
    for line in lines(result):
        typer.echo(line)
    typer.echo(f"{result['seconds']:.1f} s; report: {folder / 'report.html'}")


def _neuron_lines(result: dict[str, Any]) -> list[str]:
    unit = result["time_unit"]
    lines = [f"{result['class']}: {result['summary']}"]
    if result["spiking"]:
        lines.append(f"spikes: {result['spikes']} ({result['input']} at {result['level']:g})")
    if result["first_spike"] is not None:
        lines.append(f"first spike: {result['first_spike']:.4g} {unit}")
    if result.get("largest_rate"):
        least = result["least_input_that_fires"]
        lines.append(
            f"fires from: {least:.4g}; at most {result['largest_rate']:.4g} {result['rate_unit']}"
        )
    return lines


def _surrogate_lines(result: dict[str, Any]) -> list[str]:
    return [
        f"{row['name']:34} height {row['height']:<8.4g} integral {row['integral']:<8.4g} "
        f"forward minus reverse {row['difference_of_modes']:.1g}"
        for row in result["surrogates"]
    ]


def _fi_lines(result: dict[str, Any]) -> list[str]:
    rows = [result["neurons"][index] for index in (14, 15, 20, 30, 50, 99)]
    return [
        "neuron  current (pA)  measured (Hz)  closed form (Hz)",
        *(
            f"{row['index']:6}  {row['current_pA']:12.1f}  {row['measured_Hz']:13.2f}  "
            f"{row['analytic_Hz']:16.3f}"
            for row in rows
        ),
    ]


def _phase_lines(result: dict[str, Any]) -> list[str]:
    low, high = result["bounds_mV"]
    return [
        f"in phase only: {low:.3f} mV < weight < {high:.3f} mV",
        *(
            f"{row['phase']}, {row['weight_mV']:g} mV: {row['spikes']} spikes"
            for row in result["runs"]
        ),
    ]


def _behaviour_lines(result: dict[str, Any]) -> list[str]:
    wide = max(len(row["name"]) for row in result["behaviours"])
    return [
        f"{'behaviour':{wide}}  spikes  registers that are not 0",
        *(
            f"{row['name']:{wide}}  {row['spikes']:6}  "
            + " ".join(f"{name}={value}" for name, value in row["registers"].items())
            for row in result["behaviours"]
        ),
    ]


def _population_lines(result: dict[str, Any]) -> list[str]:
    found = result["populations"]
    rows = zip(result["settings"]["sizes"], result["expected"]["correlation"], strict=True)
    return [
        "correlation with the signal",
        "neurons  closed form  " + "  ".join(found),
        *(
            f"{size:7}  {expected:11.3f}  "
            + "  ".join(
                f"{found[name]['correlation']['mean'][row]:{len(name)}.3f}" for name in found
            )
            for row, (size, expected) in enumerate(rows)
        ),
    ]
