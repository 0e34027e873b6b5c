"""Recordings in three parts: to learn from, to choose by, and to judge by."""

import numpy as np

from ranvier import data
from ranvier.data import Recordings, official_part, split_by_source

_SHARES = {"train": 0.7, "valid": 0.1, "test": 0.2}


def split_recordings(name: str, split: str, seed: int) -> tuple[dict[str, Recordings], str]:
    """The parts `train`, `valid` and `test` of a data set, and in words what is judged by.

    Args:
        name: "spoken-digits", "speech-commands" or "braille".
        split: "published": takes 0 to 4 of the spoken digits, the official parts of the speech
            commands, a random fifth of the Braille letters; "strangers": by who spoke (one speaker
            of the digits per seed, a fifth of the speakers of commands), or by repetition.
        seed: draws the split where it is random.

    Raises:
        FileNotFoundError: the recordings are nowhere.
        ValueError: a split that the recordings do not allow.
    """
    strangers = split == "strangers"
    if name == "spoken-digits":
        return _digits(seed) if strangers else _digits_by_take()
    recordings = data.catalogue[name]()
    if strangers:
        what = "repetitions" if name == "braille" else "speakers"
        parts = split_by_source(recordings, _SHARES, seed=seed)
        count = len(set(parts["test"].sources))
        return parts, f"{count} {what} that are not learned from, drawn by the seed"
    if name == "braille":
        return _random_fifth(recordings, seed), "a random fifth of the trials"
    return _official(recordings), "the official test part"


def _digits_by_take() -> tuple[dict[str, Recordings], str]:
    """The published split; five further takes choose the epoch."""
    learn, test = data.spoken_digits("train"), data.spoken_digits("test")
    valid = learn.takes < 10
    parts = {"train": learn[~valid], "valid": learn[valid], "test": test}
    return parts, "takes 0 to 4 of every speaker and digit"


def _digits(seed: int) -> tuple[dict[str, Recordings], str]:
    """All takes of one speaker to judge by; of the others, takes below 10 choose the epoch."""
    both = [data.spoken_digits(part) for part in ("train", "test")]
    names = sorted(set(both[0].sources))
    if len(names) < 2:
        raise ValueError(f"there is one speaker, {names[0]}; strangers need another to learn from.")
    stranger = names[seed % len(names)]
    others = [name for name in names if name != stranger]
    known = joined([part.of(others) for part in both])
    parts = {
        "train": known[known.takes >= 10],
        "valid": known[known.takes < 10],
        "test": joined([part.of(stranger) for part in both]),
    }
    return parts, f"all takes of the speaker {stranger}"


def joined(parts: list[Recordings]) -> Recordings:
    """Recordings of the same kind, one behind the other."""
    first = parts[0]
    return Recordings(
        first.name,
        tuple(samples for part in parts for samples in part.samples),
        np.concatenate([part.labels for part in parts]),
        first.classes,
        tuple(source for part in parts for source in part.sources),
        np.concatenate([part.takes for part in parts]),
        first.rate_hz,
    )


def _random_fifth(recordings: Recordings, seed: int) -> dict[str, Recordings]:
    """A random fifth to judge by, and an eighth of the rest to choose the epoch."""
    order = np.random.default_rng(seed).permutation(len(recordings))
    fifth, tenth = len(order) // 5, len(order) // 10
    return {
        "train": recordings[order[fifth + tenth :]],
        "valid": recordings[order[fifth : fifth + tenth]],
        "test": recordings[order[:fifth]],
    }


def _official(recordings: Recordings) -> dict[str, Recordings]:
    """The parts of the set's authors."""
    where = np.array([official_part(source) for source in recordings.sources])
    # Clips of silence have no speaker; they are dealt out by the same rule and prove nothing.
    spoken = np.array(["/" not in source for source in recordings.sources])
    for part in _SHARES:
        if not (where[spoken] == part).any():
            raise ValueError(
                f"the recordings of {recordings.name} that are here hold none of the official "
                f"{part} part. Take split='strangers', or get the whole set."
            )
    return {part: recordings[where == part] for part in _SHARES}
