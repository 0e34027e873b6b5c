"""Put digits on the chip, let chips learn them, and leave a folder with everything in it."""

import dataclasses
import functools
import time
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import OnPart, claim, kept_arrays, leave, leave_arrays, made_with
from ranvier.apps.spoon_digits._digits import Digits, digits_of
from ranvier.apps.spoon_digits._off_chip import OffChip, train_off_chip
from ranvier.apps.spoon_digits._on_chip import BOTH, Learned, chips_of, train_on_chip
from ranvier.apps.spoon_digits._published import OFF_CHIP, ON_CHIP, SOURCE, ENERGY_nJ
from ranvier.apps.spoon_digits._report import write_report
from ranvier.apps.spoon_digits._settings import Settings, registers_of
from ranvier.core import only_writer
from ranvier.hardware import Cost
from ranvier.hardware.chips.spoon import SPOON, Counts

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
_MOMENTS = 5


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Train off the chip and deploy; let chips of several seeds learn on their own.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings, or sizes that the chip has not.
        ConnectionError: images are neither here nor to be fetched.
        FileNotFoundError: recordings are not here.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run spoon-digits`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        train, test = (digits_of(settings, part) for part in ("train", "test"))
        names = chips_of(settings)
        say = progress or (lambda what, done, total: None)
        before = settings.float_epochs + settings.rounded_epochs
        total = before + len(names) * settings.epochs
        say("off the chip", 0, total)

        def told(done: int) -> None:
            say("off the chip", done, total)

        off_chip: OffChip = kept_arrays(
            folder / "parts" / "off-chip.npz",
            OffChip,
            lambda: train_off_chip(settings, train, test, folder, told),
        )

        def tell(number: int, name: str, epoch: int) -> None:
            say(f"{name}, epoch {epoch + 1}", before + number * settings.epochs + epoch, total)

        chips: dict[str, Learned] = {
            name: kept_arrays(
                folder / "parts" / f"{name}.npz",
                Learned,
                functools.partial(
                    train_on_chip,
                    *(settings, train, test, off_chip, *how),
                    functools.partial(tell, number, name),
                ),
            )
            for number, (name, how) in enumerate(names.items())
        }
        learning = [chips[name] for name, (_, learn) in names.items() if learn == BOTH]
        result = {
            "experiment": "spoon-digits",
            "source": "Frenkel, Legat, Bol, ISCAS 2020",
            "settings": dataclasses.asdict(settings),
            "registers": dataclasses.asdict(registers_of(settings, train.shape)),
            "digits": {"train": len(train.labels), "test": len(test.labels)},
            "off_chip": _deployed(off_chip),
            "chips": {name: _found(chip) for name, chip in chips.items()},
            "summary": _summary(off_chip, learning, chips["output-alone"]),
            "published": {
                "on_chip": ON_CHIP,
                "off_chip": OFF_CHIP,
                "energy_nJ": ENERGY_nJ,
                "source": SOURCE,
            },
            **made_with(_LIBRARIES),
        }
        leave_arrays(folder / "recordings.npz", _example(settings, test, off_chip))
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _deployed(off_chip: OffChip) -> dict[str, Any]:
    stages = ("float", "rounded", "trained_rounded", "chip")
    counts = Counts(*off_chip.counts.tolist())
    return {
        "accuracy": dict(zip(stages, off_chip.accuracies.tolist(), strict=True)),
        "differing": int(off_chip.differing),
        "loss": off_chip.losses.tolist(),
        "per_digit": _per_digit(counts),
        "energy": [
            _energy(cost, counts.samples) for cost in (counts.energy(), *counts.arithmetic())
        ],
    }


def _found(chip: Learned) -> dict[str, Any]:
    training, test = (Counts(*row) for row in chip.counts.tolist())
    return {
        "images": chip.images.tolist(),
        "test_accuracy": chip.accuracies.tolist(),
        "training_accuracy": chip.training.tolist(),
        "cut": float(chip.cut),
        "per_digit": {"training": _per_digit(training), "test": _per_digit(test)},
        "energy": _energy(training.energy(learning=True), training.samples),
    }


def _per_digit(counts: Counts) -> dict[str, float]:
    each = counts._asdict()
    samples = each.pop("samples")
    return {name: count / samples for name, count in each.items()}


def _energy(cost: Cost, samples: int) -> dict[str, Any]:
    """Per digit, in nanojoule."""
    return {
        "what": cost.what,
        "nJ": cost.picojoule / samples / 1000,
        "low": cost.low / samples / 1000,
        "high": cost.high / samples / 1000,
        "source": cost.source._asdict(),
    }


def _summary(off_chip: OffChip, learning: list[Learned], alone: Learned) -> dict[str, Any]:
    last = np.array([chip.accuracies[-1] for chip in learning])
    deployed = float(off_chip.accuracies[-1])
    return {
        "chips": len(learning),
        "off_chip": deployed,
        "on_chip": float(last.mean()),
        "on_chip_spread": float(last.std(ddof=1)) if len(last) > 1 else None,
        "gap": deployed - float(last.mean()),
        "output_alone": float(alone.accuracies[-1]),
    }


def _example(settings: Settings, test: Digits, off_chip: OffChip) -> dict[str, Any]:
    """The first test digit going through the chip, and the kernels."""
    chip = SPOON(registers_of(settings, test.shape))
    state = chip.init(off_chip.kernels, off_chip.bias, off_chip.w_hidden, off_chip.w_output)
    events = test.samples.sample(0)
    _, outcome = chip.run(state, events, record=("accumulators",))
    moments = np.linspace(0, len(events), _MOMENTS + 1).astype(int)[1:]
    return {
        "kernels": off_chip.kernels,
        "events": events,
        "label": test.labels[0],
        "answer": outcome.answer,
        "moments": moments,
        "accumulators": outcome.recorded["accumulators"][moments - 1],
    }
