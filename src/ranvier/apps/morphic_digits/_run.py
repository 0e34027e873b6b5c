"""Train networks off the chip and on it, read digits, and leave a folder with everything in it."""

import dataclasses
import functools
import time
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import OnPart, claim, kept_arrays, leave, leave_arrays, made_with
from ranvier.apps.morphic_digits._binary import train
from ranvier.apps.morphic_digits._images import CLASSES, Seen, load
from ranvier.apps.morphic_digits._learning import Learned, learn
from ranvier.apps.morphic_digits._mapped import EXTERNAL, SHARING, Mapped, judge
from ranvier.apps.morphic_digits._published import ODIN_ACCURACY, ODIN_SOURCE, SOURCE
from ranvier.apps.morphic_digits._report import write_report
from ranvier.apps.morphic_digits._settings import Settings
from ranvier.core import only_writer
from ranvier.hardware.chips import morphic

_LIBRARIES = ("ranvier", "jax", "equinox", "numpy")


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Read digits on MorphIC with weights from outside, and with weights that it learned.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings, or too few images.
        ConnectionError: the images are neither here nor to be fetched.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run morphic-digits`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        learned, test = load(settings.data, settings.side, settings.brightness)
        if settings.validation >= len(learned.labels):
            raise ValueError(
                f"validation is {settings.validation} of {len(learned.labels)} images, expected "
                "fewer, so that some are left to learn from."
            )
        say = progress or (lambda what, done, total: None)
        off, on = _off_chip(settings), _on_chip(settings)
        total = settings.epochs * len(off) + sum(passes for *_, passes in on.values())
        done = 0
        mapped: dict[str, Mapped] = {}
        for name, (hidden, sharing) in off.items():

            def tell(epoch: int, name: str = name, before: int = done) -> None:
                say(f"{name}, epoch {epoch}", before + epoch, total)

            made = functools.partial(
                _trained_and_read, settings, hidden, sharing, learned, test, tell
            )
            mapped[name] = kept_arrays(folder / "parts" / f"{name}.npz", Mapped, made)
            done += settings.epochs
        taught: dict[str, Learned] = {}
        for name, (members, move, seed, passes) in on.items():

            def begin(at: int, name: str = name, before: int = done) -> None:
                say(f"{name}, pass {at + 1}", before + at, total)

            made = functools.partial(
                learn, settings, members, move, seed, learned, test, passes=passes, on_pass=begin
            )
            taught[name] = kept_arrays(folder / "parts" / f"{name}.npz", Learned, made)
            done += passes
        result = {
            "experiment": "morphic-digits",
            "source": SOURCE,
            "settings": dataclasses.asdict(settings),
            "images": {"training": len(learned.labels), "test": len(test.labels)},
            "lines": int(2 * learned.bright.shape[1]),
            "off_chip": {name: _told_off(part) for name, part in mapped.items()},
            "on_chip": {
                name: {"members": members, "move": move, "seed": seed, **_told_on(taught[name])}
                for name, (members, move, seed, _) in on.items()
            },
            "least_squares": least_squares(settings, learned, test),
            "published": {"odin_accuracy": ODIN_ACCURACY, "odin_source": ODIN_SOURCE},
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        arrays = {"bright": test.bright[:1]}
        arrays |= {f"confusion {name}": part.confusion for name, part in mapped.items()}
        arrays |= {f"weights {name}": part.weights for name, part in taught.items()}
        leave_arrays(folder / "recordings.npz", arrays)
        leave(folder, result)
        write_report(folder)
        return result


def _off_chip(settings: Settings) -> dict[str, tuple[int, int]]:
    """Networks that are trained off the chip: hidden neurons, and how many share a line."""
    found = {"one-core": (settings.hidden, 1)}
    if settings.shared:
        found["four-cores"] = (SHARING * EXTERNAL, SHARING)
    return found


def _on_chip(settings: Settings) -> dict[str, tuple[int, int, int, int]]:
    """Networks that learn on the chip: members, P, seed and passes."""
    seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
    found = {
        f"members-{members}-seed-{seed}": (members, settings.move, seed, settings.passes)
        for members in settings.members
        for seed in seeds
    }
    for move in settings.moves:
        for seed in seeds:
            found[f"move-{move}-seed-{seed}"] = (1, move, seed, 1)
    return found


def _trained_and_read(
    settings: Settings, hidden: int, sharing: int, learned: Seen, test: Seen, tell: Any
) -> Mapped:
    network = train(settings, learned, hidden, sharing, tell)
    return judge(settings, network, learned, test, several=sharing > 1)


def least_squares(settings: Settings, learned: Seen, test: Seen) -> float:
    r"""Right answers of one layer of real weights on the images of the chip, per cent.

    $$W = (X^T X + 10)^{-1} X^T Y$$

    of pixels and a constant onto one-hot classes: what one layer could do without the chip's bits.

    Args:
        settings: how many images to learn from, and how many to read.
        learned: images to learn from.
        test: images to read.
    """
    count, judged = settings.images, settings.judged or len(test.labels)
    x = np.c_[learned.bright[:count], np.ones(len(learned.labels[:count]))]
    wanted = np.eye(CLASSES)[learned.labels[:count]]
    weights = np.linalg.solve(x.T @ x + 10 * np.eye(x.shape[1]), x.T @ wanted)
    read = np.c_[test.bright[:judged], np.ones(len(test.labels[:judged]))] @ weights
    return 100 * float((read.argmax(1) == test.labels[:judged]).mean())


def _per_image(counts: np.ndarray, images: int) -> dict[str, Any]:
    """What the chip did for an image, and what that may cost."""
    whole = morphic.Counts(*(int(n) for n in counts))
    cost = morphic.energy(whole)
    return {
        "synaptic_operations": whole.synaptic_operations / images,
        "line_events": whole.line_events / images,
        "virtual_events": whole.virtual_events / images,
        "spikes": whole.spikes / images,
        "packets_between_cores": whole.packets_between_cores / images,
        "packets_between_chips": whole.packets_between_chips / images,
        "synapse_changes": whole.synapse_changes / images,
        "cycles": whole.cycles / images,
        "lost": whole.lost,
        "energy_uJ": cost.picojoule * 1e-6 / images,
        "energy_checked": cost.source.checked,
        "energy_source": cost.source.text,
    }


def _told_off(part: Mapped) -> dict[str, Any]:
    images = int(part.images)
    return {
        "images": images,
        "accuracy": 100 * float(part.right[0]) / images,
        "software_accuracy": 100 * float(part.right[1]) / images,
        "software_accuracy_all": float(part.software),
        "other_answers": int(part.other_answers),
        "other_spikes": int(part.other_spikes),
        "hidden_spikes": float(part.hidden_spikes) / images,
        "ramp": float(part.ramps.mean()),
        "threshold": int(part.threshold),
        "validation_errors": part.validated.tolist(),
        "per_image": _per_image(part.counts, images),
    }


def _told_on(part: Learned) -> dict[str, Any]:
    images = int(part.images)
    return {
        "seen": part.seen.tolist(),
        "accuracy": (100 * part.right / images).tolist(),
        "corrected": (100 * part.wrong).tolist(),
        "learning": _per_image(part.learning, int(part.seen[-1])),
        "reading": _per_image(part.reading, images),
    }
