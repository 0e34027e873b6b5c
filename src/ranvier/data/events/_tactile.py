"""ST-MNIST: spikes of a tactile sensor in a MATLAB file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data._matlab import read_matlab
from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source

_SIDE = 10
_TAXELS = _SIDE * _SIDE
_VARIABLE = "spiketrain"


@dataclass(frozen=True)
class Tactile:
    """ST-MNIST (`.mat`): 10 x 10 taxels over time, 1 where pressure rose and -1 where it fell.

    The variable `spiketrain` has a row per taxel and a last one of times in seconds. Taxel k lies
    at x = k mod 10 and y = k div 10. Times are rounded to microseconds.

    Source: See, Lim, Li, Soh, Benjamin, Yao, Tee, "ST-MNIST", arXiv:2005.04319, 2020.

    Example:
        >>> Tactile().limits.x
        9
    """

    name: ClassVar[str] = "st-mnist"
    suffixes: ClassVar[tuple[str, ...]] = (".mat",)
    limits: ClassVar[Limits] = Limits(x=_SIDE - 1, y=_SIDE - 1, last_us=(1 << 50))

    def matches(self, head: bytes) -> bool:
        """Whether it is a file of MATLAB 5."""
        return head[:10] == b"MATLAB 5.0" and head[126:128] in (b"IM", b"MI")

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Spikes of an open file."""
        source.width = source.height = _SIDE
        found = read_matlab(source.file.read()).get(_VARIABLE)
        if not isinstance(found, np.ndarray) or found.ndim != 2 or len(found) != _TAXELS + 1:
            shape = found.shape if isinstance(found, np.ndarray) else type(found).__name__
            raise ValueError(
                f"its variable {_VARIABLE!r} is {shape}, expected {_TAXELS + 1} rows of numbers"
            )
        spikes, seconds = found[:-1], found[-1].astype(np.float64)
        if not np.isin(spikes, (-1, 0, 1)).all():
            raise ValueError("a taxel has a value other than -1, 0 and 1")
        if not (np.isfinite(seconds).all() and (np.abs(seconds) < 1e9).all()):
            raise ValueError("a time is no number of seconds below 1e9")
        step, taxel = np.nonzero(spikes.T)
        t = np.rint(seconds * 1e6).astype(np.int64)[step]
        y, x = np.divmod(taxel, _SIDE)
        p = (spikes[taxel, step] > 0).astype(np.uint8)
        yield Columns(t, x.astype(np.int16), y.astype(np.int16), p)

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write all pieces as one array, a column per event."""
        from scipy.io import savemat

        parts = list(chunks)
        t, x, y, p = (np.concatenate([c.columns[k] for c in parts]) for k in range(4))
        train = np.zeros((_TAXELS + 1, len(t)))
        train[x + _SIDE * y.astype(np.int64), np.arange(len(t))] = 2.0 * p - 1
        train[-1] = t / 1e6
        savemat(file, {_VARIABLE: train})
