"""Published sets of event recordings: N-MNIST, DVS128 Gesture, Heidelberg's spoken digits."""

import contextlib
import csv
import functools
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ranvier.core import nearest
from ranvier.data._event_set import EventSet
from ranvier.data._fetch import find_place
from ranvier.data.events import Events, NMnist, read, recordings

_DIGITS = tuple("0123456789")
_GESTURES = (
    *("hand clapping", "right hand wave", "left hand wave", "right arm clockwise"),
    *("right arm counter clockwise", "left arm clockwise", "left arm counter clockwise"),
    *("arm roll", "air drums", "air guitar", "other gestures"),
)


def nmnist(part: str = "train", root: str | os.PathLike[str] | None = None) -> EventSet:
    """The digits of MNIST as an event camera sees them that moves in three saccades, 34 x 34.

    60,000 to learn from and 10,000 to judge by; a copy may hold fewer. Reads a folder or a zip
    archive with `Train/{label}/{number}.bin` and `Test/{label}/{number}.bin`. The source of a
    recording is its file: digits of one writer cannot be told. Nothing is fetched. Licence CC BY-SA
    4.0.

    Args:
        part: `"train"` or `"test"`.
        root: a data folder that holds `nmnist` or `events/nmnist/nmnist_subset.zip`; without it,
            $RANVIER_DATA and the cache are tried in this order.

    Raises:
        FileNotFoundError: `root` is no folder, or the recordings are nowhere.
        ValueError: an unknown part, or no recording of it.

    Source: G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor, Front. Neurosci. 9:437 (2015).

    Example:
        >>> nmnist("test")[0].duration_us // 1000  # doctest: +SKIP
        308
        >>> nmnist("valid")
        Traceback (most recent call last):
        ValueError: nmnist has no part 'valid'. Known: test, train.
    """
    _known("nmnist", part, ("train", "test"))
    remedy = "Get them from https://www.garrickorchard.com/datasets/n-mnist and unpack them."
    places = ("nmnist", "events/nmnist/nmnist_subset.zip")
    place = find_place(root, places, "the recordings of N-MNIST", remedy)
    folder = part.capitalize()
    names = sorted(n for n in _names(place) if n.endswith(".bin") and f"{folder}/" in f"/{n}")
    if not names:
        raise ValueError(f"{place} holds no file {folder}/LABEL/NUMBER.bin. {remedy}")
    labels = np.array([int(name.split("/")[-2]) for name in names])
    given = _Files(place)
    form = NMnist(width=34, height=34)

    def opened(number: int) -> Events:
        with given.path(names[number]) as path:
            return read(path, format=form)

    return EventSet(
        f"nmnist {part}", np.arange(len(names)), opened, labels, _DIGITS, tuple(names), (34, 34)
    )


def dvs_gesture(part: str = "train", root: str | os.PathLike[str] | None = None) -> EventSet:
    """Eleven gestures of arms and hands before an event camera, 128 x 128.

    29 subjects under three lights; the last six subjects to judge by. Reads the unpacked folder:
    AEDAT 3.1 files with their `_labels.csv`, and `trials_to_train.txt` and `trials_to_test.txt`. A
    recording is one gesture, its time counted from its beginning; its source is the subject.
    Nothing is fetched. Licence CC BY 4.0.

    Args:
        part: `"train"` or `"test"`.
        root: a data folder that holds `DvsGesture`; without it, $RANVIER_DATA and the cache are
            tried in this order.

    Raises:
        FileNotFoundError: `root` is no folder, or the recordings are nowhere.
        ValueError: an unknown part, a list of trials that is not there, or a table of labels that
            cannot be read.

    Source: A. Amir et al., CVPR 2017.

    Example:
        >>> len(dvs_gesture("test"))  # doctest: +SKIP
        288
        >>> dvs_gesture("valid")
        Traceback (most recent call last):
        ValueError: dvs_gesture has no part 'valid'. Known: test, train.
    """
    _known("dvs_gesture", part, ("train", "test"))
    remedy = "Get them from https://research.ibm.com/interactive/dvsgesture and unpack them."
    place = find_place(root, ("DvsGesture", "dvs_gesture"), "the gestures", remedy)
    listed = place / f"trials_to_{part}.txt"
    if not listed.is_file():
        raise ValueError(f"{place} lacks {listed.name}, which lists the recordings. {remedy}")
    gestures: list[tuple[Path, int, int, int]] = []
    for name in filter(None, map(str.strip, listed.read_text().splitlines())):
        gestures += [(place / name, *row) for row in _labelled(place / name)]
    if not gestures:
        raise ValueError(f"{listed} lists no recording with a gesture. {remedy}")

    @functools.lru_cache(maxsize=2)
    def whole(path: Path) -> Events:
        return read(path, format="aedat3")

    def opened(number: int) -> Events:
        path, _, begin, end = gestures[number]
        return whole(path).between(begin, end).shifted(-begin)

    return EventSet(
        f"dvs_gesture {part}",
        np.arange(len(gestures)),
        opened,
        np.array([label for _, label, _, _ in gestures]),
        _GESTURES,
        tuple(path.name.split("_")[0] for path, *_ in gestures),
        (128, 128),
    )


def _labelled(path: Path) -> list[tuple[int, int, int]]:
    """Class, first and last microsecond of each gesture in a recording."""
    table = path.with_name(f"{path.stem}_labels.csv")
    try:
        with table.open(newline="") as file:
            rows = [tuple(int(cell) for cell in row) for row in list(csv.reader(file))[1:] if row]
        found = [(label - 1, begin, end) for label, begin, end in rows]
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{table} cannot be read: {error}. Expected class,startTime_usec,endTime_usec."
        ) from error
    for label, begin, end in found:
        if not (0 <= label < len(_GESTURES) and begin < end):
            raise ValueError(
                f"{table}: class {label + 1} from {begin} to {end} us; expected a class of 1 to "
                f"{len(_GESTURES)} that ends after it begins."
            )
    return found


def spiking_heidelberg_digits(
    part: str = "train", root: str | os.PathLike[str] | None = None
) -> EventSet:
    """Spoken digits in English and German through a model of the inner ear: 700 channels.

    8156 recordings to learn from, 2264 to judge by; two of the twelve speakers are in the test part
    alone. There is no validation part: hold speakers out of `"train"`, and never choose by
    `"test"`. The source of a recording is its speaker. Nothing is fetched. Licence CC BY 4.0.

    Args:
        part: `"train"` or `"test"`.
        root: a data folder that holds `shd/shd_train.h5` and `shd/shd_test.h5`, unpacked; without
            it, $RANVIER_DATA and the cache are tried in this order.

    Raises:
        FileNotFoundError: `root` is no folder, or the recordings are nowhere.
        ValueError: an unknown part, or a file without labels or speakers.

    Source: B. Cramer, Y. Stradmann, J. Schemmel, F. Zenke, IEEE TNNLS 33 (2022).

    Example:
        >>> len(spiking_heidelberg_digits("test"))  # doctest: +SKIP
        2264
        >>> spiking_heidelberg_digits("valid")
        Traceback (most recent call last):
        ValueError: spiking_heidelberg_digits has no part 'valid'. Known: test, train.
    """
    _known("spiking_heidelberg_digits", part, ("train", "test"))
    return _heidelberg("shd", part, root)


def spiking_speech_commands(
    part: str = "train", root: str | os.PathLike[str] | None = None
) -> EventSet:
    """The words of Speech Commands through a model of the inner ear: 35 words, 700 channels.

    75,466 recordings to learn from, 9981 to choose and 20,382 to judge by. Nothing is fetched.
    Licence CC BY 4.0.

    Args:
        part: `"train"`, `"valid"` or `"test"`.
        root: a data folder that holds `ssc/ssc_train.h5` and so on, unpacked; without it,
            $RANVIER_DATA and the cache are tried in this order.

    Raises:
        FileNotFoundError: `root` is no folder, or the recordings are nowhere.
        ValueError: an unknown part, or a file without labels.

    Source: B. Cramer, Y. Stradmann, J. Schemmel, F. Zenke, IEEE TNNLS 33 (2022).

    Example:
        >>> len(spiking_speech_commands("valid"))  # doctest: +SKIP
        9981
        >>> spiking_speech_commands("validation")
        Traceback (most recent call last):
        ValueError: spiking_speech_commands has no part 'validation'. Did you mean 'valid'? ...
    """
    _known("spiking_speech_commands", part, ("train", "valid", "test"))
    return _heidelberg("ssc", part, root)


def _heidelberg(short: str, part: str, root: str | os.PathLike[str] | None) -> EventSet:
    remedy = "Get them from https://zenkelab.org/datasets and unpack them with gunzip."
    name = f"{short}_{part}.h5"
    path = find_place(root, (f"{short}/{name}", name), f"the recordings of {name}", remedy)
    found = recordings(path)
    if found.labels is None:
        raise ValueError(f"{path} has no labels. {remedy}")
    labels = found.labels.astype(int)
    most = int(labels.max(initial=0))
    classes = found.keys if len(found.keys) > most else tuple(map(str, range(most + 1)))
    speakers = range(len(found)) if found.speakers is None else found.speakers
    return EventSet(
        f"{short} {part}",
        np.arange(len(found)),
        found.__getitem__,
        labels,
        classes,
        tuple(f"speaker {speaker}" for speaker in speakers),
        (1, 700),
    )


def _known(owner: str, part: str, parts: tuple[str, ...]) -> None:
    if part not in parts:
        raise ValueError(f"{owner} has no part {part!r}. {nearest(part, parts)}")


def _names(place: Path) -> list[str]:
    """The files within a folder or an archive, by their path within it."""
    if place.is_dir():
        return [path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()]
    try:
        with zipfile.ZipFile(place) as archive:
            return archive.namelist()
    except zipfile.BadZipFile as error:
        raise ValueError(f"{place} cannot be read as a zip archive: {error}.") from error


class _Files:
    """The files of a folder, or of an archive, which is opened once: its table of files is long."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.archives: dict[int, zipfile.ZipFile] = {}

    @contextlib.contextmanager
    def path(self, name: str) -> Iterator[Path]:
        """A path to read a file from; of an archive, a copy that is gone afterwards."""
        if self.place.is_dir():
            yield self.place / name
            return
        # A process that was forked shares the place in an open file with its parent.
        if os.getpid() not in self.archives:
            self.archives[os.getpid()] = zipfile.ZipFile(self.place)
        asked = Path(name)
        # A folder for every copy would cost more than reading it.
        handle, copy = tempfile.mkstemp(asked.suffix, f"{asked.stem}-")
        try:
            with open(handle, "wb") as file:
                file.write(self.archives[os.getpid()].read(name))
            yield Path(copy)
        finally:
            os.unlink(copy)
