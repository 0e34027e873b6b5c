"""Count the bits of codes, and send pictures by each of them with as many spikes."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from ranvier.apps._resumable import OnPart, claim, kept_part, leave, leave_arrays, made_with
from ranvier.apps.codes._bits import bits, bits_per_spike
from ranvier.apps.codes._picture_codes import picture_codes
from ranvier.apps.codes._pictures import Noise, Seen, Sender, parts
from ranvier.apps.codes._readout import learned
from ranvier.apps.codes._report import write_report
from ranvier.apps.codes._settings import Settings
from ranvier.core import only_writer

_LIBRARIES = ("ranvier", "jax", "numpy", "scipy")
_DRAWN = 10
SOURCE = (
    "Thorpe, Delorme, VanRullen, Neural Netw. 14 (2001), for the capacities; VanRullen, Thorpe, "
    "Neural Comput. 13 (2001), for the cells and the order of their spikes; pictures of LeCun et "
    "al. (1998). The comparison at equal spikes is ours"
)


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Compare codes by their bits, and by how well pictures are read at equal spikes.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings, or there are too few pictures.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run codes`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        pictures = _Pictures(folder / "codes", settings, progress or (lambda *_: None))
        seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
        found = {code: [] for code in settings.codes}
        # Seeds outside: pictures are drawn once for all codes.
        for seed in seeds:
            for code in settings.codes:
                found[code].append(pictures.one(code, seed))
        result = {
            "experiment": "codes",
            "source": SOURCE,
            "settings": dataclasses.asdict(settings),
            "bits": bits(settings),
            "bits_per_spike": bits_per_spike(settings),
            "without_code": [pictures.one(None, seed) for seed in seeds],
            "codes": {
                code: {
                    name: [line[name] for line in lines]
                    for name in ("spikes", "accuracy", "missed", "noisy")
                }
                for code, lines in found.items()
            },
            **made_with(_LIBRARIES),
        }
        recorded = {
            f"decoded/{code}": np.asarray(lines[0]["decoded"]) for code, lines in found.items()
        }
        recorded["pixels"] = np.asarray(result["without_code"][0].pop("pixels"))
        leave_arrays(folder / "recordings.npz", recorded)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def noises(settings: Settings) -> list[Noise]:
    """Every noise that a readout is judged under, one kind at a time.

    Args:
        settings: the strengths.
    """
    return [
        *(Noise(jitter=value) for value in settings.jitter),
        *(Noise(deletion=value) for value in settings.deletion),
        *(Noise(offset=value) for value in settings.offset),
    ]


class _Pictures:
    """What is found of every code and seed, each kept in a file of its own."""

    def __init__(self, folder: Path, settings: Settings, say: OnPart) -> None:
        self.folder, self.settings, self._say = folder, settings, say
        self._done, self._drawn = 0, None

    def one(self, code: str | None, seed: int) -> dict[str, Any]:
        """Of a code; without one, the activities themselves are read."""
        total = (len(self.settings.codes) + 1) * self.settings.seeds
        self._say(f"{code or 'without code'}, seed {seed}", self._done, total)
        self._done += 1
        compute = self._as_they_are if code is None else self._sent
        return self._kept(f"{code or 'none'}-{seed}", lambda: compute(code or "", seed))

    def _kept(self, name: str, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return kept_part(self.folder / f"{name}.json", compute)

    def _parts(self, seed: int) -> tuple[Seen, Seen]:
        if self._drawn is None or self._drawn[0] != seed:
            self._drawn = seed, parts(self.settings, seed)
        return self._drawn[1]

    def _as_they_are(self, _: str, seed: int) -> dict[str, Any]:
        learn, judge = self._parts(seed)
        accuracy, missed, _decoded = learned(learn.activities, learn).judge(judge.activities, judge)
        pixels = np.round(judge.pixels[_examples(judge)], 3).tolist()
        return {"accuracy": accuracy, "missed": missed, "pixels": pixels}

    def _sent(self, code: str, seed: int) -> dict[str, Any]:
        learn, judge = self._parts(seed)
        by_rank = jnp.asarray(learn.falling.mean(0))
        sender = Sender(picture_codes(self.settings.steps, by_rank)[code])
        found: dict[str, Any] = {"spikes": [], "accuracy": [], "missed": []}
        for spikes in self.settings.spikes:
            arrived, _ = sender.received(learn, spikes, 2 * seed)
            readout = learned(arrived, learn)
            arrived, sent = sender.received(judge, spikes, 2 * seed + 1)
            accuracy, missed, decoded = readout.judge(arrived, judge)
            found["spikes"].append(sent)
            found["accuracy"].append(accuracy)
            found["missed"].append(missed)
            if spikes == self.settings.shown:
                found["decoded"] = np.round(decoded[_examples(judge)], 3).tolist()
                found["noisy"] = [
                    readout.judge(sender.received(judge, spikes, 2 * seed + 1, one)[0], judge)[0]
                    for one in noises(self.settings)
                ]
        return found


def _examples(pictures: Seen) -> list[int]:
    """The first picture of every class that there is, in the order of classes."""
    return [
        int(np.argmax(pictures.labels == one))
        for one in range(_DRAWN)
        if (pictures.labels == one).any()
    ]
