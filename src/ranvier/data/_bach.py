"""The Bach chorales that the music21 package carries, cut into train, valid and test."""

import importlib.metadata
import os
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ranvier.core import atomic_path
from ranvier.data._copies import first_copies
from ranvier.data._fetch import cache_folder
from ranvier.data._musicxml import read_musicxml
from ranvier.data._sequences import Sequences, Split

_READER = 1  # raise when reading or grouping changes, so that old caches are not used


class _Score(NamedTuple):
    number: int  # Riemenschneider
    title: str
    catalogue: str  # BWV number, with movement

    @property
    def name(self) -> str:
        return f"{self.number} {self.title} (BWV {self.catalogue})"


class _Collection(NamedTuple):
    numbers: np.ndarray  # [pieces]
    names: tuple[str, ...]
    rolls: tuple[np.ndarray, ...]
    tunes: np.ndarray  # [pieces], lowest number among the copies of a piece
    skipped: tuple[str, ...]


def bach_chorales(
    *,
    cache: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Split:
    """The 371 chorales by Riemenschneider's numbers, on a quarter-note grid, without a network.

    Numbers that end in 0 are test, in 9 valid, all others train. Several numbers are one chorale,
    some transposed or with few changes: all copies go where the lowest number goes. A score that
    cannot be read or has no notes is skipped and named in `rule`. The scores are parsed once, a
    few seconds, and kept in a compressed file for the versions at hand.

    Args:
        cache: folder of the compressed file; without it, $RANVIER_CACHE or the user's cache.
        progress: called as progress(done, total) while scores are parsed.

    Returns:
        The split; piano rolls have 88 keys, key k is MIDI number k + 21.

    Raises:
        FileNotFoundError: the installed music21 carries no chorales.

    Source: music21 (Cuthbert and Ariza, ISMIR 2010), corpus "bach"; numbers of the edition by
    A. Riemenschneider, 1941.

    Example:
        >>> import tempfile
        >>> chorales = bach_chorales(cache=tempfile.mkdtemp())
        >>> chorales.train.width
        88
        >>> chorales.train.names[0]
        '1 Aus meines Herzens Grunde (BWV 269)'
    """
    version = importlib.metadata.version("music21")
    folder = Path(cache) if cache is not None else cache_folder()
    file = folder / f"bach_chorales-music21_{version}-reader_{_READER}.npz"
    collection = _load(file)
    if collection is None:
        collection = _parse(*_corpus(), progress)
        try:
            _save(file, collection)
        except OSError as error:
            warnings.warn(
                f"the parsed chorales are not kept and will be parsed again next time: {error}",
                RuntimeWarning,
                stacklevel=2,
            )
    return _split(collection, f"music21 {version}, corpus of Bach chorales")


def _corpus() -> tuple[list[_Score], Path]:
    import music21
    from music21.corpus.chorales import ChoraleListRKBWV

    folder = Path(music21.__path__[0]) / "corpus" / "bach"
    if not folder.is_dir():
        raise FileNotFoundError(
            f"the installed music21 has no chorales: {folder} is missing. Install the package "
            "from its registry (some distributions leave the corpus out), or use jsb_chorales."
        )
    listed = ChoraleListRKBWV().byRiemenschneider
    return [
        _Score(number, str(listed[number]["title"]), str(listed[number]["bwv"]))
        for number in sorted(listed)
    ], folder


def _parse(
    scores: Iterable[_Score], folder: Path, progress: Callable[[int, int], object] | None
) -> _Collection:
    scores = list(scores)
    read: dict[Path, np.ndarray] = {}
    kept: list[_Score] = []
    rolls: list[np.ndarray] = []
    skipped: list[str] = []
    for done, score in enumerate(scores, start=1):
        try:
            path = _score_file(folder, score.catalogue)
            if path not in read:
                read[path] = read_musicxml(path)
            # The checks of a set, one piece at a time: whatever they refuse is skipped.
            rolls.extend(Sequences("chorales", (read[path],), (score.name,)).rolls)
            kept.append(score)
        except (ValueError, OSError) as error:
            skipped.append(f"{score.name}: {error}")
        if progress is not None:
            progress(done, len(scores))
    if not kept:
        raise FileNotFoundError(
            f"none of the {len(scores)} chorales in {folder} can be read; the first: "
            f"{skipped[0] if skipped else 'nothing is listed'}. Reinstall music21."
        )
    numbers = np.array([score.number for score in kept])
    return _Collection(
        numbers,
        tuple(score.name for score in kept),
        tuple(rolls),
        numbers[first_copies(rolls)],
        tuple(skipped),
    )


def _score_file(folder: Path, catalogue: str) -> Path:
    exact = [folder / f"bwv{catalogue}{suffix}" for suffix in (".mxl", ".xml")]
    longer = sorted(folder.glob(f"bwv{catalogue}[!0-9.]*.mxl"))
    for path in [*exact, *longer]:
        if path.is_file():
            return path
    raise FileNotFoundError(f"no score bwv{catalogue} in {folder}")


def _split(collection: _Collection, source: str) -> Split:
    side = {0: "test", 9: "valid"}
    sides = [side.get(int(tune) % 10, "train") for tune in collection.tunes]
    moved = sum(
        side.get(int(number) % 10, "train") != to
        for number, to in zip(collection.numbers, sides, strict=True)
    )
    train, valid, test = (
        Sequences(
            f"Bach chorales {part}",
            tuple(roll for roll, to in zip(collection.rolls, sides, strict=True) if to == part),
            tuple(name for name, to in zip(collection.names, sides, strict=True) if to == part),
        )
        for part in ("train", "valid", "test")
    )
    rule = (
        f"Riemenschneider number modulo 10: 0 test, 9 valid, else train; copies, also transposed "
        f"or at least half alike, follow their lowest number ({moved} moved). Quarter-note grid, "
        f"repeats once, all sounding parts. {len(train)} / {len(valid)} / {len(test)} pieces; "
        f"skipped {len(collection.skipped)}"
    )
    if collection.skipped:
        rule += ": " + "; ".join(collection.skipped)
    return Split(train, valid, test, source=source, rule=rule)


def _save(file: Path, collection: _Collection) -> None:
    with atomic_path(file) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            frames=np.concatenate(collection.rolls),
            lengths=np.array([len(roll) for roll in collection.rolls]),
            numbers=collection.numbers,
            names=np.array(collection.names),
            tunes=collection.tunes,
            skipped=np.array(collection.skipped, dtype=np.str_),
        )


def _load(file: Path) -> _Collection | None:
    """The kept collection; None where there is none or where it is damaged."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            rolls = np.split(kept["frames"], np.cumsum(kept["lengths"])[:-1])
            return _Collection(
                kept["numbers"],
                tuple(str(name) for name in kept["names"]),
                tuple(rolls),
                kept["tunes"],
                tuple(str(name) for name in kept["skipped"]),
            )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error):
        return None
