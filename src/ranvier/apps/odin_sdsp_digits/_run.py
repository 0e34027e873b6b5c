"""Let chips learn digits, judge what they say, and leave a folder with everything in it."""

import dataclasses
import functools
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._odin_digits.chip import CLASSES, neuron
from ranvier.apps._odin_digits.images import Digits, images_of, ordered
from ranvier.apps._odin_digits.judge import (
    SILENT,
    Answers,
    accuracy,
    answers,
    by_threshold,
    nanojoule,
    over,
)
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
from ranvier.apps.odin_sdsp_digits._report import write_report
from ranvier.apps.odin_sdsp_digits._settings import Settings
from ranvier.core import only_writer
from ranvier.hardware.chips import odin

_LIBRARIES = ("ranvier", "numpy")
_SOME = 2000
"""Images that are enough for a curve."""
_BOTH = 100
"""Images that are shown in both ways, to see that they give the same answers."""


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Teach chips with seeds of their own, and judge them by images that none has learned.

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

    Source: Frenkel, Lefebvre, Legat, Bol, IEEE TBioCAS 13 (2019), for chip and task; registers
    and teacher are ours.

    Example:
        See `ranvier run odin-sdsp-digits`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        training, others = images_of(settings)
        sent = functools.partial(ordered, settings)
        judged = sent(others)
        seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
        chips, found = {}, {}
        for number, seed in enumerate(seeds):
            name = f"seed{seed}"

            def tell(image: int, number: int = number, name: str = name) -> None:
                if progress is not None and image % 10 == 0:
                    done = number * settings.images + image
                    progress(f"{name} learns", done, settings.seeds * settings.images)

            chips[name] = kept_arrays(
                folder / "parts" / f"{name}.npz",
                Learned,
                functools.partial(learn, seed, settings, training, sent, tell),
            )
            found[name] = kept_part(
                folder / "parts" / f"{name}.json",
                functools.partial(_found, chips[name], settings, judged),
            )
        result = {
            "experiment": "odin-sdsp-digits",
            "source": SOURCE,
            "settings": dataclasses.asdict(settings),
            "registers": dataclasses.asdict(
                neuron(settings, settings.learning_threshold, learns=True)
            ),
            "images": {"learned": settings.images, "judged": len(judged.labels)},
            "chips": found,
            "summary": _summary(list(found.values())),
            "published": {"accuracy": ACCURACY, "nanojoule": NANOJOULE, "source": SOURCE},
            **made_with(_LIBRARIES),
        }
        first = next(iter(chips.values()))
        arrays = {name: array for name, array in first._asdict().items() if name != "counts"}
        leave_arrays(folder / "recordings.npz", arrays)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _found(learned: Learned, settings: Settings, judged: Digits) -> dict[str, Any]:
    """Scores and costs of one chip."""
    weights = learned.weights[-1]
    shown = functools.partial(answers, settings, weights)
    ranked = shown(judged, settings.threshold)
    counting = shown(judged, settings.count_threshold)
    some = judged.evenly(_SOME)
    few = judged.only(np.arange(min(_BOTH, len(judged.labels))))
    rows, single = (shown(few, settings.threshold, single=way) for way in (False, True))
    counts = odin.Counts(*(int(n) for n in learned.counts))
    return {
        "accuracy": accuracy(ranked.first, judged),
        "silent": 100 * float((ranked.first == SILENT).mean()),
        "input_spikes": float(ranked.needed.mean()),
        "nanojoule": {
            "rows": nanojoule(float(ranked.needed.mean()), rows.operations),
            "single": nanojoule(float(ranked.needed.mean()), single.operations),
        },
        "ways_agree": all(map(np.array_equal, rows[:3], single[:3])),
        "counted": {
            "accuracy": accuracy(counting.counted, judged),
            "input_spikes": float(judged.lengths.mean()),
        },
        "confusion": _confusion(ranked, judged).tolist(),
        "while_learning": [
            accuracy(answers(settings, w, some, settings.threshold).first, some)
            for w in learned.weights
        ],
        "by_threshold": [
            by_threshold(shown(some, threshold), threshold, some)
            for threshold in settings.thresholds
        ],
        "taught": 100 * float(learned.taught.mean()),
        "learning": {
            "synapse_changes": counts.synapse_changes,
            "synaptic_operations": counts.synaptic_operations,
            "nanojoule_per_image": odin.energy(counts).picojoule * 1e-3 / len(learned.taught),
            "cycles_per_image": counts.cycles / len(learned.taught),
        },
    }


def _confusion(said: Answers, judged: Digits) -> NDArray[np.int64]:
    """How often what was taken for what; the last column is silence."""
    table = np.zeros((CLASSES, CLASSES + 1), np.int64)
    np.add.at(table, (judged.labels, said.first), 1)
    return table


def _summary(chips: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over the chips, and how far they scatter."""
    return {
        "chips": len(chips),
        "accuracy": over([chip["accuracy"] for chip in chips]),
        "counted_accuracy": over([chip["counted"]["accuracy"] for chip in chips]),
        "input_spikes": over([chip["input_spikes"] for chip in chips]),
        "nanojoule": {
            way: over([chip["nanojoule"][way] for chip in chips]) for way in ("rows", "single")
        },
        "taught": over([chip["taught"] for chip in chips]),
    }
