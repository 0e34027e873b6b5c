"""Spikes of model cochleas in HDF5: the Heidelberg digits and spiking speech commands."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

import numpy as np

from ranvier.core import atomic_path, damaged_heap
from ranvier.data.events._events import Events, concatenate
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, narrow

if TYPE_CHECKING:
    import h5py

_MAGIC = b"\x89HDF\r\n\x1a\n"
_LONGEST_S = 1e9


@dataclass(frozen=True)
class SpikesHdf5:
    """One recording of an SHD or SSC file (`.h5`, `.hdf5`): `spikes/times` and `spikes/units`.

    Units are `x`, and `y` is 0; every spike is ON. Times are seconds, in half precision in the
    published files: they are taken to double precision first, then to microseconds, rounded. Half
    a second is then known to a quarter of a millisecond. `recordings` gives all of a file.

    Args:
        sample: number of the recording; may be left out where the file holds one.
        width: units, if you know how many there are; 700 in both data sets.

    Source: Cramer, Stradmann, Schemmel, Zenke, "The Heidelberg spiking data sets for the
        systematic evaluation of spiking neural networks", IEEE TNNLS 33, 2022.

    Example:
        >>> SpikesHdf5(sample=3).sample
        3
    """

    name: ClassVar[str] = "spikes-hdf5"
    suffixes: ClassVar[tuple[str, ...]] = (".h5", ".hdf5")
    limits: ClassVar[Limits] = Limits(y=0, last_us=1 << 49, off=False, sensor=False)

    sample: int | None = None
    width: int | None = None

    def matches(self, head: bytes) -> bool:
        """Whether it is a file of HDF5."""
        return head.startswith(_MAGIC)

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Spikes of an open file."""
        source.width, source.height = self.width, 1
        with _opened(source.path) as (times, units, _):
            number = self.sample
            if number is None:
                if len(times) != 1:
                    raise ValueError(
                        f"it holds {len(times)} recordings; choose one with "
                        "SpikesHdf5(sample=...), or take all with ranvier.data.events.recordings"
                    )
                number = 0
            if not 0 <= number < len(times):
                raise ValueError(f"it has no recording {number}, there are {len(times)}")
            for name, rows in (("spikes/times", times), ("spikes/units", units)):
                told = _said_bytes(rows, number)
                if told > source.size:
                    raise ValueError(
                        f"row {number} of {name!r} is said to hold {told:,} bytes, the whole file "
                        f"{source.size:,}; it is damaged"
                    )
            yield _columns(times[number], units[number])

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write all pieces as one recording."""
        import h5py  # Half a tenth of a second, which other formats need not wait for.

        with h5py.File(file, "w") as made:
            _fill(made, [concatenate(list(chunks))])


@dataclass(frozen=True)
class SpikeRecordings:
    """The recordings of an SHD or SSC file; each is read when it is asked for.

    Args:
        path: the file.
        count: how many recordings there are.
        labels: what was said in each, `[count]`; `None` where the file does not tell.
        speakers: who said it, `[count]`; `None` where the file does not tell.
        keys: names of the labels; empty where the file does not tell.

    Example:
        >>> SpikeRecordings("shd_train.h5", 0, None, None, ())[0]
        Traceback (most recent call last):
        ...
        IndexError: shd_train.h5 has no recording 0, there are 0.
    """

    path: str | os.PathLike[str]
    count: int
    labels: np.ndarray | None
    speakers: np.ndarray | None
    keys: tuple[str, ...]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Events:
        """Recording `number`; from the last where it is negative."""
        if not -self.count <= number < self.count:
            raise IndexError(f"{self.path} has no recording {number}, there are {self.count}.")
        from ranvier.data.events._read import read

        return read(self.path, format=SpikesHdf5(number % self.count))


def recordings(path: str | os.PathLike[str]) -> SpikeRecordings:
    """All recordings of an SHD or SSC file, with what was said and by whom.

    Args:
        path: the file, unpacked.

    Raises:
        ValueError: the file is damaged, or lacks what such a file has.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "two.h5"
        >>> spikes = Events([0, 9], [3, 5], [0, 0], [1, 1], height=1)
        >>> write_recordings(file, [spikes, spikes], labels=[4, 2])
        >>> found = recordings(file)
        >>> len(found), found.labels, found[1].x
        (2, array([4, 2]), array([3, 5], dtype=int16))
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file; expected spikes in HDF5.")
    try:
        with _opened(path) as (times, _, file):
            count = len(times)
            labels = _numbers(file, "labels", count)
            speakers = _numbers(file, "extra/speaker", count)
            keys: tuple[str, ...] = ()
            if "extra/keys" in file:
                keys = tuple(
                    k.decode("utf-8", "replace") if isinstance(k, bytes) else str(k)
                    for k in np.ravel(file["extra/keys"][()])  # type: ignore[index]
                )
            return SpikeRecordings(path, count, labels, speakers, keys)
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as spikes in HDF5: {error}.") from error


def write_recordings(
    path: str | os.PathLike[str],
    spikes: Sequence[Events],
    *,
    labels: Sequence[int] | None = None,
    speakers: Sequence[int] | None = None,
) -> None:
    """Write recordings as SHD has them, with times in double precision.

    Args:
        path: the new file.
        spikes: the recordings, in one row and ON.
        labels: what was said in each.
        speakers: who said it.

    Raises:
        ValueError: a recording with rows or OFF events, or not as many labels as recordings.

    Example:
        >>> import tempfile
        >>> spikes = Events([0], [3], [0], [1], height=1)
        >>> write_recordings(Path(tempfile.mkdtemp()) / "one.h5", [spikes], labels=[1])
    """
    for part in spikes:
        SpikesHdf5.limits.refuse(part, None, f"{path}, {part.name}: {SpikesHdf5.name}")
    for name, given in (("labels", labels), ("speakers", speakers)):
        if given is not None and len(given) != len(spikes):
            raise ValueError(f"{path}: {len(given)} {name} for {len(spikes)} recordings.")
    import h5py

    with atomic_path(path) as temporary, h5py.File(temporary, "w") as made:
        _fill(made, spikes)
        if labels is not None:
            made["labels"] = np.asarray(labels, np.int64)
        if speakers is not None:
            made["extra/speaker"] = np.asarray(speakers, np.int64)


class _opened:
    """`spikes/times`, `spikes/units` and the file; complaints of HDF5 become a `ValueError`."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path

    def __enter__(self) -> tuple[Any, Any, h5py.File]:
        import h5py

        try:
            self.file = h5py.File(self.path, "r")
        except (OSError, RuntimeError, KeyError) as error:
            raise ValueError(f"HDF5 says: {error}") from error
        try:
            heap = damaged_heap(self.path)
            if heap is not None:
                raise ValueError(
                    f"it is damaged, the heap of rows at byte {heap} does not add up; check that "
                    "it was copied whole, or fetch it anew"
                )
            found = []
            for name in ("spikes/times", "spikes/units"):
                entry: Any = self.file.get(name)
                if not isinstance(entry, h5py.Dataset) or entry.ndim not in (1, 2):
                    raise ValueError(f"it has no rows of {name!r}, as SHD and SSC have")
                found.append(entry)
            times, units = found
            if len(times) != len(units):
                raise ValueError(f"{len(times)} recordings of times, {len(units)} of units")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return times, units, self.file

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.file.close()
        if isinstance(error, (OSError, RuntimeError, KeyError, TypeError, UnicodeError)):
            raise ValueError(f"HDF5 says: {error}") from error


def _said_bytes(rows: h5py.Dataset, number: int) -> int:
    """What a row takes, as its reference says; 0 where that is not to be seen.

    HDF5 takes memory for as much before it looks for the row.
    """
    import h5py

    kind = h5py.check_vlen_dtype(rows.dtype)
    if not isinstance(kind, np.dtype) or rows.ndim != 1:
        return 0
    reference = 4 + rows.file.id.get_create_plist().get_sizes()[0] + 4
    if rows.chunks is None:
        place, at = rows.id.get_offset(), number
    elif rows.id.get_create_plist().get_nfilters():
        return 0
    else:
        place = rows.id.get_chunk_info_by_coord((number,)).byte_offset
        at = number % rows.chunks[0]
    if place is None:
        return 0
    with open(rows.file.filename, "rb") as raw:
        raw.seek(place + at * reference)
        return int.from_bytes(raw.read(4), "little") * kind.itemsize


def _columns(times: Any, units: Any) -> Columns:
    seconds, units = np.asarray(times), np.asarray(units)
    if seconds.ndim != 1 or seconds.shape != units.shape:
        raise ValueError(f"times of shape {seconds.shape} and units of shape {units.shape}")
    if seconds.dtype.kind not in "fiu" or units.dtype.kind not in "iu":
        raise ValueError(f"times of type {seconds.dtype} and units of type {units.dtype}")
    # Half precision ends at 65504: microseconds would be infinite.
    exact = seconds.astype(np.float64)
    if not (np.isfinite(exact).all() and (np.abs(exact) < _LONGEST_S).all()):
        raise ValueError(f"a time is no number of seconds below {_LONGEST_S:g}")
    x = narrow(units, "x")
    t = np.rint(exact * 1e6).astype(np.int64)
    return Columns(t, x, np.zeros_like(x), np.ones(len(x), np.uint8))


def _numbers(file: h5py.File, name: str, count: int) -> np.ndarray | None:
    entry: Any = file.get(name)
    if entry is None:
        return None
    values = np.asarray(entry[()]) if hasattr(entry, "shape") else np.zeros(0)
    if values.shape != (count,) or values.dtype.kind not in "iu":
        raise ValueError(f"{name!r} is {values.dtype} {values.shape}, expected ({count},) integers")
    return values.astype(np.int64)


def _fill(made: h5py.File, spikes: Sequence[Events]) -> None:
    import h5py

    for name, kind in (("times", np.float64), ("units", np.int64)):
        ragged = made.create_dataset(
            f"spikes/{name}", (len(spikes),), dtype=h5py.vlen_dtype(np.dtype(kind))
        )
        for number, part in enumerate(spikes):
            ragged[number] = part.t / 1e6 if name == "times" else part.x.astype(np.int64)
