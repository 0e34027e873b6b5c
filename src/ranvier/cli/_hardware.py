"""The commands that put networks onto devices."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import Epochs, FirstSeed, LearningRate, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting

Device = Annotated[str | None, typer.Option(help="The memory: see `ranvier list`.")]
Images = Annotated[int | None, typer.Option(help="Of the test set, in steps of 250.")]
Size = Annotated[int | None, typer.Option(help="Hidden units.")]
Seed = Annotated[int | None, typer.Option(help="Draws everything.")]
Arrays = Annotated[int | None, typer.Option(help="On how many arrays a network is judged.")]


def chorales_on_pcm(
    training: Annotated[
        list[str] | None,
        typer.Option(help="plain, noise-aware, in-the-loop or by-pulses; repeat."),
    ] = None,
    data: Annotated[str | None, typer.Option(help="Data set: see `ranvier list`.")] = None,
    device: Device = None,
    arrays: Arrays = None,
    preset: Preset = None,
    size: Size = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Chorales per update.")] = None,
    learning_rate: LearningRate = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Chorales with the weights on memory devices, from seconds to a year."""
    given = {
        "trainings": tuple(training) if training else None,
        "data": data,
        "device": device,
        "arrays": arrays,
        "preset": preset,
        "size": size,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    from ranvier.apps import chorales_on_pcm as experiment

    work = Work("run chorales-on-pcm", experiment, _show_chorales, {})
    launch(work, given, setting, folder, resume, as_json)


def fault_panorama(
    kind: Annotated[
        list[str] | None, typer.Option(help="Of fault; repeat for several; all if not given.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="mnist or fashion-mnist.")] = None,
    arrays: Arrays = None,
    images: Images = None,
    preset: Preset = None,
    size: Size = None,
    epochs: Epochs = None,
    seed: Seed = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Accuracy against every kind of fault of memory devices, one at a time."""
    given = {
        "kinds": tuple(kind) if kind else None,
        "data": data,
        "arrays": arrays,
        "images": images,
        "preset": preset,
        "size": size,
        "epochs": epochs,
        "seed": seed,
    }
    from ranvier.apps import fault_panorama as experiment

    work = Work("run fault-panorama", experiment, _show_panorama, {})
    launch(work, given, setting, folder, resume, as_json)


def digits_on_rram(
    way: Annotated[
        list[str] | None,
        typer.Option(help="pair, three-per-polarity or verified; repeat for several."),
    ] = None,
    data: Annotated[str | None, typer.Option(help="mnist or fashion-mnist.")] = None,
    device: Device = None,
    arrays: Arrays = None,
    images: Images = None,
    preset: Preset = None,
    size: Size = None,
    epochs: Epochs = None,
    seed: Seed = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Digits with the weights on filamentary memory, from a second to two days."""
    given = {
        "ways": tuple(way) if way else None,
        "data": data,
        "device": device,
        "arrays": arrays,
        "images": images,
        "preset": preset,
        "size": size,
        "epochs": epochs,
        "seed": seed,
    }
    from ranvier.apps import digits_on_rram as experiment

    work = Work("run digits-on-rram", experiment, _show_rram, {})
    launch(work, given, setting, folder, resume, as_json)


def _show_rram(result: dict[str, Any], folder: Path) -> None:
    title = f"accuracy (%) after programming, without devices {result['accuracy_of_these']:.2f}"
    rows = [
        [
            way["way"],
            *(f"{m:.2f} ± {s:.2f}" for m, s in zip(way["mean"], way["spread"], strict=True)),
        ]
        for way in result["ways"]
    ]
    times = [f"{seconds:g} s" for seconds in result["seconds_since_programming"]]
    _table(title, ["weights on", *times], rows, result, folder)


def binary_2t2r(
    data: Annotated[str | None, typer.Option(help="mnist or fashion-mnist.")] = None,
    arrays: Arrays = None,
    images: Images = None,
    preset: Preset = None,
    size: Size = None,
    epochs: Epochs = None,
    seed: Seed = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """One-bit weights in pairs of devices, against the rate of bit errors."""
    given = {
        "data": data,
        "arrays": arrays,
        "images": images,
        "preset": preset,
        "size": size,
        "epochs": epochs,
        "seed": seed,
    }
    from ranvier.apps import binary_2t2r as experiment

    work = Work("run binary-2t2r", experiment, _show_binary, {})
    launch(work, given, setting, folder, resume, as_json)


def _show_binary(result: dict[str, Any], folder: Path) -> None:
    title = f"one-bit weights in pairs of devices; digital twin {result['digital_twin']:.2f} %"
    rows = [
        [f"{100 * _mean(rate['wrong_bits']):.3g}", f"{_mean(rate['accuracy']):.2f}"]
        for rate in [*result["rates"], result["rram"]]
    ]
    rows[-1][0] += " (filamentary, two days)"
    _table(title, ["wrong bits (%)", "accuracy (%)"], rows, result, folder)


def pcm_rbm(
    way: Annotated[
        list[str] | None, typer.Option(help="float, pcm or classic; repeat for several.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="mnist or fashion-mnist.")] = None,
    images: Annotated[int | None, typer.Option(help="That are learned from.")] = None,
    preset: Preset = None,
    size: Size = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Pictures per update.")] = None,
    learning_rate: LearningRate = None,
    seed: Seed = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """A spiking Boltzmann machine that learns digits, its weights on phase-change memory."""
    given = {
        "ways": tuple(way) if way else None,
        "data": data,
        "images": images,
        "preset": preset,
        "hidden": size,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
    }
    from ranvier.apps import pcm_rbm as experiment

    work = Work("run pcm-rbm", experiment, _show_rbm, {})
    launch(work, given, setting, folder, resume, as_json)


def _show_rbm(result: dict[str, Any], folder: Path) -> None:
    pictures = result["pictures"]
    title = f"accuracy (%) after learning {pictures['learn']} pictures"
    rows = [
        [one["way"], f"{one['train_accuracy']:.2f}", f"{one['test_accuracy']:.2f}"]
        for one in result["models"]
    ]
    names = ["weights", "of training pictures", f"of {pictures['test']} test pictures"]
    _table(title, names, rows, result, folder)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _table(
    title: str, names: list[str], rows: list[list[str]], result: dict[str, Any], folder: Path
) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    for number, name in enumerate(names):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")


def _show_panorama(result: dict[str, Any], folder: Path) -> None:
    rows = []
    for name, kind in result["kinds"].items():
        pairs = zip(kind["values"], map(_mean, kind["accuracy"]), strict=True)
        rows.append([name, "  ".join(f"{value:g}: {mean:.1f}" for value, mean in pairs)])
    title = f"accuracy (%), without devices {result['accuracy_of_these']:.2f}"
    _table(title, ["kind", "strength: mean over arrays"], rows, result, folder)


def _show_chorales(result: dict[str, Any], folder: Path) -> None:
    shown = {25.0: "25 s", 4 * 86_400.0: "4 days", 365 * 86_400.0: "1 year"}
    at = [result["seconds_since_programming"].index(seconds) for seconds in shown]
    rows = []
    for model in result["models"]:
        for what, said in (("compensated", "yes"), ("drifted", "no")):
            nll = model[what]["nll"]
            rows.append(
                [
                    f"{model['training']}, seed {model['seed']}",
                    said,
                    f"{model['floating_point_nll']:.3f}",
                    *(f"{nll['mean'][i]:.3f} ± {nll['spread'][i]:.3f}" for i in at),
                ]
            )
    title = "test NLL, nats per time step, mean and spread over arrays"
    names = ["training", "compensated", "floating point", *shown.values()]
    _table(title, names, rows, result, folder)
