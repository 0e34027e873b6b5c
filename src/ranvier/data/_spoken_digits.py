"""Recordings of spoken digits: the Free Spoken Digit Dataset."""

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np

from ranvier.core import nearest
from ranvier.data._audio import decoded, opened
from ranvier.data._fetch import cache_folder, find_place
from ranvier.data._images import Part
from ranvier.data._recordings import Recordings

_URL = "https://github.com/Jakobovski/free-spoken-digit-dataset"
_PLACES = ("fsdd/recordings", "fsdd/recordings.zip", "recordings", "recordings.zip")
_NAME = re.compile(r"([0-9])_([^\W_]+)_([0-9]+)\.wav")
_RATE_HZ = 8000
_TEST_TAKES = 5
_PARTS = ("train", "test")
_DIGITS = tuple("0123456789")


def spoken_digits(
    part: Part = "train",
    root: str | os.PathLike[str] | None = None,
    *,
    speakers: Iterable[str] | None = None,
) -> Recordings:
    """Digits spoken in English, 8 kHz: takes 0 to 4 to judge by, all others to learn from.

    Takes of a speaker are in both parts. For what a stranger's voice does, keep some speakers to
    learn from and another one to judge by. Reads what is there: a folder or a zip archive of wave
    files, named `{digit}_{speaker}_{take}.wav`, in the order of these three. Nothing is fetched:
    archives of the source have no lasting checksum. Licence CC BY-SA 4.0.

    Args:
        part: `"train"` or `"test"`.
        root: a data folder that holds `fsdd/recordings` or `fsdd/recordings.zip`; without it,
            $RANVIER_DATA and the cache are tried in this order.
        speakers: names to keep, or one name; all without it.

    Raises:
        FileNotFoundError: `root` is no folder, or the recordings are nowhere.
        ValueError: an unknown part or speaker, nothing to keep, a name of another form, or a file
            that is damaged, of another rate or of several channels.

    Source: Z. Jackson et al., "Free Spoken Digit Dataset" (2018), doi:10.5281/zenodo.1342401.

    Example:
        >>> spoken_digits("test").labels[:3]  # doctest: +SKIP
        array([0, 0, 0])
        >>> spoken_digits("valid")
        Traceback (most recent call last):
        ValueError: spoken_digits has no part 'valid'. Known: test, train.
    """
    if part not in _PARTS:
        raise ValueError(f"spoken_digits has no part {part!r}. {nearest(part, _PARTS)}")
    remedy = (
        f"Get them with: git clone {_URL} {cache_folder() / 'fsdd'} (or into a folder fsdd within "
        "one that $RANVIER_DATA names)."
    )
    source = find_place(root, _PLACES, "the recordings of spoken digits", remedy)
    with opened(source, (".wav",), _URL) as files:
        takes = sorted((*_parsed(source, name), name) for name in files)
        kept = _kept(source, {speaker for _, speaker, _, _ in takes}, speakers)
        takes = [
            (digit, speaker, take, decoded(f"{source}/{name}", files[name](), _RATE_HZ, _URL))
            for digit, speaker, take, name in takes
            if speaker in kept and (take < _TEST_TAKES) == (part == "test")
        ]
    if not takes:
        raise ValueError(
            f"{source} holds no recording of the {part} part by {', '.join(sorted(kept))}; "
            f"expected takes {'below' if part == 'test' else 'from'} {_TEST_TAKES}. Fetch it anew "
            f"from {_URL}"
        )
    digits, voices, numbers, samples = zip(*takes, strict=True)
    name = f"spoken_digits {part}"
    return Recordings(name, samples, np.array(digits), _DIGITS, voices, np.array(numbers), _RATE_HZ)


def _parsed(source: Path, name: str) -> tuple[int, str, int]:
    """Digit, speaker and take."""
    found = _NAME.fullmatch(PurePosixPath(name).name)
    if not found:
        raise ValueError(
            f"{source}/{name}: expected a name of the form digit_speaker_take.wav, such as "
            "7_jackson_32.wav. Rename it or take it away."
        )
    digit, speaker, take = found.groups()
    return int(digit), speaker, int(take)


def _kept(source: Path, known: set[str], chosen: Iterable[str] | None) -> set[str]:
    """The speakers to keep."""
    if not known:
        raise ValueError(f"{source} holds no wave files. Fetch it anew from {_URL}")
    if chosen is None:
        return known
    kept = {chosen} if isinstance(chosen, str) else set(chosen)
    if not kept:
        raise ValueError(f"spoken_digits: no speakers to keep. {nearest('', known)}")
    for speaker in sorted(kept - known):
        raise ValueError(f"{source} has no speaker {speaker!r}. {nearest(speaker, known)}")
    return kept
