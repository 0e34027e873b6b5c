"""Sound files in a folder or a zip archive, decoded and checked."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np


@contextmanager
def opened(
    source: Path, suffixes: Sequence[str], url: str
) -> Iterator[dict[str, Callable[[], bytes]]]:
    """What reads each sound file, by its path within the folder or the archive.

    Args:
        source: a folder or a zip archive.
        suffixes: of sound files, such as ".wav".
        url: where to fetch a damaged archive anew.

    Raises:
        ValueError: an archive that is damaged.
    """
    if source.is_dir():
        paths = [path for path in source.rglob("*") if _is_sound(path, suffixes)]
        yield {path.relative_to(source).as_posix(): path.read_bytes for path in paths}
        return
    try:
        with zipfile.ZipFile(source) as archive:
            members = [m for m in archive.namelist() if _is_sound(PurePosixPath(m), suffixes)]
            yield {member: partial(archive.read, member) for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(
            f"{source} cannot be read as a zip archive: {error}. Fetch it anew from {url}"
        ) from error


def _is_sound(path: PurePosixPath | Path, suffixes: Sequence[str]) -> bool:
    """Whether it is a sound file, and none of those that some systems hide beside each."""
    return path.suffix.lower() in suffixes and not path.name.startswith(".")


def decoded(where: str, content: bytes, rate_hz: int, url: str) -> np.ndarray:
    """The samples of a sound file of one channel, float32 in -1..1.

    Args:
        where: how errors call the file.
        content: its bytes.
        rate_hz: what its rate must be.
        url: where to fetch it anew.

    Raises:
        ValueError: a file that is damaged or cut off, of another rate or of several channels.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            found_hz, channels, stated = file.samplerate, file.channels, file.frames
            kind, samples = file.format, file.read(dtype="float32")
    except soundfile.SoundFileError as error:
        raise ValueError(
            f"{where} ({len(content)} bytes) cannot be read as a sound file: {error} Fetch it anew "
            f"from {url}"
        ) from error
    # The decoder takes what there is of a wave file that was cut off; the header knows better.
    wave = kind == "WAV"
    expected = 8 + int.from_bytes(content[4:8], "little") if wave else len(content)
    if len(content) < expected or not len(samples) or len(samples) < stated:
        raise ValueError(
            f"{where} has {len(content)} bytes and {len(samples)} samples; expected {expected} "
            f"bytes, as its header says, and at least one sample. Fetch it anew from {url}"
        )
    if (found_hz, channels) != (rate_hz, 1):
        raise ValueError(
            f"{where} has {found_hz} samples per second and {channels} channel(s); expected "
            f"{rate_hz} and 1. Convert it, or fetch it anew from {url}"
        )
    return samples
