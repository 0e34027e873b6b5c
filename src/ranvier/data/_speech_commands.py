"""One-word commands: Google Speech Commands, version 0.02."""

import hashlib
import os
import re
from pathlib import Path, PurePosixPath

import numpy as np

from ranvier.data._audio import decoded, opened
from ranvier.data._fetch import find_place
from ranvier.data._recordings import Recordings

_URL = "http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz"
_PLACES = (
    "speech_commands_v0.02",
    "speech_commands/speech_commands_v0.02_testset_subset.zip",
    "speech_commands",
)
_NAME = re.compile(r"(?:[a-z]+_)?([0-9a-f]+)_nohash_([0-9]+)")
_RATE_HZ = 16_000
_BACKGROUND = "_background_noise_"


def speech_commands(root: str | os.PathLike[str] | None = None) -> Recordings:
    """Single words in English of about a second, 16 kHz, by many speakers; all that is there.

    Each folder of an archive or of the unpacked set is a class, in the order of their names; the
    folder of background noises is left out. The source of a recording is its speaker, by the code
    in the file's name; clips of silence have none and count as a source each. What is there may be
    the whole set (35 words) or a part, and may be a part of the official test set alone, so that
    no split is taken from the names: see `split_by_source`, and `official_part` for the whole set.
    Nothing is fetched: the archive has 2.4 GB. Licence CC BY 4.0.

    Args:
        root: a data folder that holds `speech_commands_v0.02` (the unpacked archive) or
            `speech_commands`; without it, $RANVIER_DATA and the cache are tried in this order.

    Raises:
        FileNotFoundError: `root` is no folder, or the recordings are nowhere.
        ValueError: no sound file, one outside any folder of a word, or one that is damaged, of
            another rate or of several channels.

    Source: P. Warden, arXiv:1804.03209 (2018).

    Example:
        >>> speech_commands().classes  # doctest: +SKIP
        ('_silence_', '_unknown_', 'down', 'go', 'left', 'no', 'off', 'on', 'right', 'stop', ...)
        >>> speech_commands("no such folder")
        Traceback (most recent call last):
        FileNotFoundError: the data folder no such folder does not exist. Give an existing ...
    """
    remedy = f"Get them from {_URL}, and unpack them into a folder {_PLACES[0]}."
    source = find_place(root, _PLACES, "the recordings of speech commands", remedy)
    with opened(source, (".wav", ".flac"), _URL) as files:
        found = sorted((*_parsed(source, name), name) for name in files if _BACKGROUND not in name)
        if not found:
            raise ValueError(f"{source} holds no sound files. Fetch it anew from {_URL}")
        samples = tuple(
            decoded(f"{source}/{name}", files[name](), _RATE_HZ, _URL) for *_, name in found
        )
    words, speakers, takes, _ = zip(*found, strict=True)
    classes = tuple(sorted(set(words)))
    labels = np.array([classes.index(word) for word in words])
    return Recordings(
        "speech_commands", samples, labels, classes, speakers, np.array(takes), _RATE_HZ
    )


def _parsed(source: Path, name: str) -> tuple[str, str, int]:
    """Word, speaker and take."""
    path = PurePosixPath(name)
    if not path.parent.name:
        raise ValueError(
            f"{source}/{name}: expected it in a folder that has the name of its word. Move it."
        )
    found = _NAME.match(path.name)
    if found:
        return path.parent.name, found[1], int(found[2])
    return path.parent.name, f"{path.parent.name}/{path.name}", 0


def official_part(speaker: str) -> str:
    """In which part of the whole set the recordings of a speaker are, as its authors deal them out.

    By the SHA-1 of the speaker's code, so that a speaker stays in one part as the set grows: a
    tenth of the speakers to validate, a tenth to test.

    Args:
        speaker: the code, as in `Recordings.sources`.

    Returns:
        `"train"`, `"valid"` or `"test"`.

    Source: P. Warden, arXiv:1804.03209 (2018), section 7.1, and the list files of the set.

    Example:
        >>> official_part("0c540988")
        'test'
    """
    most = 2**27 - 1
    digest = int(hashlib.sha1(speaker.encode()).hexdigest(), 16)
    percent = (digest % (most + 1)) * (100.0 / most)
    return "valid" if percent < 10 else "test" if percent < 20 else "train"
