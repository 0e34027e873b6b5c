"""Recordings of spoken digits: the Free Spoken Digit Dataset."""

import io
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from ranvier.core import nearest
from ranvier.data._fetch import cache_folder
from ranvier.data._images import Part

_URL = "https://github.com/Jakobovski/free-spoken-digit-dataset"
_PLACES = ("fsdd/recordings", "fsdd/recordings.zip", "recordings", "recordings.zip")
_NAME = re.compile(r"([0-9])_([^\W_]+)_([0-9]+)\.wav")
_RATE_HZ = 8000
_TEST_TAKES = 5
_PARTS = ("train", "test")


@dataclass(frozen=True)
class SpokenDigits:
    """Recordings of single digits, and who spoke them.

    Attributes:
        name: what errors and reports call them.
        samples: of each recording, float32 `[n]`, in -1..1.
        digits: what is said, 0 to 9, int64 `[recordings]`.
        speakers: who says it.
        takes: which of the speaker's recordings of the digit, int64 `[recordings]`.
        rate_hz: samples per second.

    Raises:
        ValueError: no recording, or not one digit, speaker and take for each.

    Example:
        >>> two = SpokenDigits("two", (np.zeros(800, np.float32),) * 2, np.array([3, 1]),
        ...                    ("ann", "bob"), np.array([0, 7]), 8000)
        >>> len(two), two.rate_hz
        (2, 8000)
    """

    name: str
    samples: tuple[np.ndarray, ...]
    digits: np.ndarray
    speakers: tuple[str, ...]
    takes: np.ndarray
    rate_hz: int

    def __post_init__(self) -> None:
        counts = [len(self.samples), len(self.digits), len(self.speakers), len(self.takes)]
        if len(set(counts)) > 1 or not counts[0]:
            raise ValueError(
                f"{self.name}: {counts[0]} recordings, {counts[1]} digits, {counts[2]} speakers "
                f"and {counts[3]} takes; expected as many of each, at least one."
            )

    def __len__(self) -> int:
        return len(self.samples)


def spoken_digits(
    part: Part = "train",
    root: str | os.PathLike[str] | None = None,
    *,
    speakers: Iterable[str] | None = None,
) -> SpokenDigits:
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
        >>> spoken_digits("test").digits[:3]  # doctest: +SKIP
        array([0, 0, 0])
        >>> spoken_digits("valid")
        Traceback (most recent call last):
        ValueError: spoken_digits has no part 'valid'. Known: test, train.
    """
    if part not in _PARTS:
        raise ValueError(f"spoken_digits has no part {part!r}. {nearest(part, _PARTS)}")
    source = _find(root)
    try:
        with _opened(source) as files:
            takes = sorted((*_parsed(source, name), name) for name in files)
            kept = _kept(source, {speaker for _, speaker, _, _ in takes}, speakers)
            takes = [
                (digit, speaker, take, _decoded(f"{source}/{name}", files[name]()))
                for digit, speaker, take, name in takes
                if speaker in kept and (take < _TEST_TAKES) == (part == "test")
            ]
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(
            f"{source} cannot be read as a zip archive: {error}. Fetch it anew from {_URL}"
        ) from error
    if not takes:
        raise ValueError(
            f"{source} holds no recording of the {part} part by {', '.join(sorted(kept))}; "
            f"expected takes {'below' if part == 'test' else 'from'} {_TEST_TAKES}. Fetch it anew "
            f"from {_URL}"
        )
    digits, voices, numbers, samples = zip(*takes, strict=True)
    return SpokenDigits(
        f"spoken_digits {part}", samples, np.array(digits), voices, np.array(numbers), _RATE_HZ
    )


def _find(root: str | os.PathLike[str] | None) -> Path:
    """The folder or the archive of wave files."""
    if root is not None and not Path(root).is_dir():
        raise FileNotFoundError(
            f"the data folder {root} does not exist. Give an existing folder as root, or leave it "
            "out to use $RANVIER_DATA or the cache."
        )
    named = (root, os.environ.get("RANVIER_DATA"), cache_folder())
    folders = [Path(folder) for folder in named if folder]
    for folder in folders:
        for place in _PLACES:
            path = folder / place
            if path.is_file() if path.suffix else path.is_dir():
                return path
    raise FileNotFoundError(
        f"the recordings of spoken digits are not on this machine: {' and '.join(_PLACES[:2])} "
        f"are in none of {', '.join(map(str, folders))}. Get them with: git clone {_URL} "
        f"{cache_folder() / 'fsdd'} (or into a folder fsdd within one that $RANVIER_DATA names)."
    )


@contextmanager
def _opened(source: Path) -> Iterator[dict[str, Callable[[], bytes]]]:
    """What reads each wave file, by its name."""
    if source.is_dir():
        yield {path.name: path.read_bytes for path in source.iterdir() if _is_wave(path)}
        return
    with zipfile.ZipFile(source) as archive:
        members = {PurePosixPath(member): member for member in archive.namelist()}
        yield {p.name: partial(archive.read, m) for p, m in members.items() if _is_wave(p)}


def _is_wave(path: PurePosixPath | Path) -> bool:
    """Whether it is a wave file, and none of those that some systems hide beside each."""
    return path.suffix.lower() == ".wav" and not path.name.startswith(".")


def _parsed(source: Path, name: str) -> tuple[int, str, int]:
    """Digit, speaker and take."""
    found = _NAME.fullmatch(name)
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


def _decoded(where: str, content: bytes) -> np.ndarray:
    """The samples of a wave file."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            rate_hz, channels, samples = file.samplerate, file.channels, file.read(dtype="float32")
    except soundfile.SoundFileError as error:
        raise ValueError(
            f"{where} ({len(content)} bytes) cannot be read as a wave file: {error} Fetch it anew "
            f"from {_URL}"
        ) from error
    # The decoder takes what there is of a file that was cut off; the header knows better.
    stated = 8 + int.from_bytes(content[4:8], "little")
    if len(content) < stated or not len(samples):
        raise ValueError(
            f"{where} has {len(content)} bytes and {len(samples)} samples; expected {stated} "
            f"bytes, as its header says, and at least one sample. Fetch it anew from {_URL}"
        )
    if (rate_hz, channels) != (_RATE_HZ, 1):
        raise ValueError(
            f"{where} has {rate_hz} samples per second and {channels} channel(s); expected "
            f"{_RATE_HZ} and 1. Convert it, or fetch it anew from {_URL}"
        )
    return samples
