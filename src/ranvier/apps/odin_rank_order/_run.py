"""Let chips learn digits by every code, judge what they say, and leave a folder with all of it."""

import dataclasses
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._odin_digits.chip import neuron
from ranvier.apps._odin_digits.images import Digits, images_of, ordered
from ranvier.apps._odin_digits.judge import accuracy, answers, over
from ranvier.apps._odin_digits.learn import Learned, learn
from ranvier.apps._odin_digits.published import ACCURACY, NANOJOULE, SOURCE
from ranvier.apps._resumable import (
    OnPart,
    claim,
    kept_arrays,
    kept_part,
    leave,
    leave_arrays,
    made_with,
)
from ranvier.apps.odin_rank_order._codes import coded
from ranvier.apps.odin_rank_order._measure import measured
from ranvier.apps.odin_rank_order._report import write_report
from ranvier.apps.odin_rank_order._settings import Settings
from ranvier.core import only_writer
from ranvier.data import Images
from ranvier.encode import capacity

_LIBRARIES = ("ranvier", "numpy", "jax")
_LEARNS, _JUDGES = 1, 2
"""What orders and times are drawn for."""


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Teach chips by every code, and judge them by it beside those that learned brightest first.

    Chips of one seed have the same first weights and are shown the same images in the same order,
    whatever the code.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings; fewer images than are to be learned.
        ConnectionError: the images are neither here nor to be fetched.
        RuntimeError: another process is running in it.

    Source: Frenkel, Lefebvre, Legat, Bol, IEEE TBioCAS 13 (2019), for chip, task and code;
    registers and teacher are ours.

    Example:
        See `ranvier run odin-rank-order`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        training, others = images_of(settings)
        judged = ordered(settings, others)
        seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
        parts = [(seed, code) for seed in seeds for code in settings.codes]
        taught: dict[tuple[int, str], Learned] = {}
        for number, part in enumerate(parts):

            def tell(image: int, number: int = number, name: str = _name(*part)) -> None:
                if progress is not None and image % 10 == 0:
                    done = number * settings.images + image
                    progress(f"{name} learns", done, len(parts) * settings.images)

            taught[part] = kept_arrays(
                folder / "parts" / f"{_name(*part)}.npz",
                Learned,
                functools.partial(_learned, *part, settings, training, tell),
            )
        chips: dict[str, dict[str, Any]] = {}
        for seed, code in parts:
            chips.setdefault(f"seed{seed}", {})[code] = kept_part(
                folder / "parts" / f"{_name(seed, code)}.json",
                functools.partial(
                    _found,
                    seed,
                    code,
                    settings,
                    taught[seed, code],
                    taught[seed, "brightest"],
                    judged,
                ),
            )
        result = {
            "experiment": "odin-rank-order",
            "source": SOURCE,
            "settings": dataclasses.asdict(settings),
            "registers": dataclasses.asdict(
                neuron(settings, settings.learning_threshold, learns=True)
            ),
            "images": {"learned": settings.images, "judged": len(judged.labels)},
            "bits_of_order": capacity("rank-order", settings.spikes, settings.spikes),
            "chips": chips,
            "summary": {code: _summary(code, list(chips.values())) for code in settings.codes},
            "published": {"accuracy": ACCURACY, "nanojoule": NANOJOULE, "source": SOURCE},
            **made_with(_LIBRARIES),
        }
        first = judged.only(np.arange(1))
        leave_arrays(
            folder / "recordings.npz",
            {
                code: sent.pixels[0, : sent.lengths[0]]
                for code in settings.codes
                for sent in [coded(settings, code, first, _draw(settings.first_seed, _JUDGES))]
            },
        )
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _name(seed: int, code: str) -> str:
    return f"seed{seed}-{code}"


def _draw(seed: int, what: int) -> np.random.Generator:
    """Apart from the seed's own generator, of which every code takes the same."""
    return np.random.default_rng([seed, what])


def _learned(
    seed: int, code: str, settings: Settings, images: Images, on_image: Callable[[int], None]
) -> Learned:
    def sent(some: Images) -> Digits:
        digits = coded(settings, code, ordered(settings, some), _draw(seed, _LEARNS))
        # After more, an output may have fired twice by itself, which no teacher counts.
        return digits._replace(lengths=np.minimum(digits.lengths, settings.spikes))

    return learn(seed, settings, images, sent, on_image)


def _found(
    seed: int, code: str, settings: Settings, own: Learned, ranked: Learned, judged: Digits
) -> dict[str, Any]:
    """What a chip that learned by a code says to it, and what one that learned by rank does."""
    digits = coded(settings, code, judged, _draw(seed, _JUDGES))
    some = digits.evenly(settings.swept)
    said = measured(settings, own.weights[-1], digits)
    return {
        "own": said,
        "ranked": said if own is ranked else measured(settings, ranked.weights[-1], digits),
        "seen": own.seen.tolist(),
        "while_learning": [
            accuracy(answers(settings, weights, some, settings.threshold).first, some)
            for weights in own.weights
        ],
        "taught": 100 * float(own.taught.mean()),
        "moved": int(own.moved.sum()),
    }


def _summary(code: str, chips: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over the chips of a code, and how far they scatter; `lost` by pairs of one seed."""

    def told(learned: str) -> dict[str, Any]:
        here = [chip[code][learned] for chip in chips]
        first = [chip["brightest"]["own"] for chip in chips]
        return {
            **{
                what: over([one[what] for one in here])
                for what in ("accuracy", "silent", "counted", "input_spikes")
            },
            "lost": over([a["accuracy"] - b["accuracy"] for a, b in zip(first, here, strict=True)]),
            "nanojoule": {
                way: over([one["nanojoule"][way] for one in here]) for way in ("rows", "single")
            },
        }

    return {
        "sent": over([chip[code]["own"]["sent"] for chip in chips]),
        "taught": over([chip[code]["taught"] for chip in chips]),
        "own": told("own"),
        "ranked": told("ranked"),
    }
