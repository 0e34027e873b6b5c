"""AEDAT 4 of DV, read by the package `aedat`."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ranvier.data.events._source import Columns, Source, narrow

_MAGIC = b"#!AER-DAT4.0\r\n"


@dataclass(frozen=True)
class Aedat4:
    """AEDAT 4 (`.aedat4`) of DV: compressed packets, decoded by the package `aedat`.

    The origin is the top left pixel, polarity 1 is ON. Packets of frames, motion and triggers, and
    those of other streams of events, are skipped and counted. The package cannot write.

    Args:
        stream_id: which stream of events is read, where there are several; the first if not given.

    Source: inivation, "AEDAT file formats", version 4.0.

    Example:
        >>> Aedat4(stream_id=0).suffixes
        ('.aedat4',)
    """

    name: ClassVar[str] = "aedat4"
    suffixes: ClassVar[tuple[str, ...]] = (".aedat4",)

    stream_id: int | None = None

    def matches(self, head: bytes) -> bool:
        """Whether the first line says so."""
        return head.startswith(_MAGIC.rstrip())

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        if importlib.util.find_spec("aedat") is None:
            raise ImportError(
                f"{source.path} is AEDAT 4, which the package aedat decodes, and it is not "
                "installed. Install it with: pip install 'ranvier[events]'"
            )
        if source.file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError(f"it does not begin with {_MAGIC!r}")
        import aedat  # pyright: ignore[reportMissingImports]

        decoder: Any = _told(lambda: aedat.Decoder(str(source.path)))
        streams = {k: v for k, v in decoder.id_to_stream().items() if v["type"] == "events"}
        wanted = next(iter(sorted(streams)), None) if self.stream_id is None else self.stream_id
        if wanted is None:
            for kind in (v["type"] for v in decoder.id_to_stream().values()):
                source.skip(f"streams of {kind}")
            return
        if wanted not in streams:
            raise ValueError(f"it has no stream {wanted} of events; known: {sorted(streams)}")
        source.width, source.height = streams[wanted]["width"], streams[wanted]["height"]
        while (packet := _told(lambda: next(decoder, None))) is not None:
            if packet["stream_id"] != wanted:
                kind = next((name for name in packet if name != "stream_id"), "nothing")
                source.skip(f"packets of {kind}")
                continue
            found = packet["events"]
            if found.size and int(found["t"].max()) > np.iinfo(np.int64).max:
                raise ValueError(f"an event has the time {int(found['t'].max())}")
            t, p = found["t"].astype(np.int64), found["on"].astype(np.uint8)
            yield Columns(t, narrow(found["x"], "x"), narrow(found["y"], "y"), p)


def _told(ask: Any) -> Any:
    """What the package answers, or its complaint as a `ValueError`."""
    try:
        return ask()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # Its panics are no Exception.
        raise ValueError(f"the package aedat says: {error}") from error
