"""AEDAT 4 of DV: compressed packets of several streams."""

from __future__ import annotations

import functools
import importlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar
from xml.sax.saxutils import quoteattr

import numpy as np

from ranvier.core import one_of
from ranvier.data.events._dv_header import streams_of
from ranvier.data.events._events import Events
from ranvier.data.events._flatbuffer import Table, made
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source

_MAGIC = b"#!AER-DAT4.0\r\n"
_EVENT = np.dtype(
    {
        "names": ["t", "x", "y", "p"],
        "formats": ["<i8", "<i2", "<i2", "u1"],
        "offsets": [0, 8, 10, 12],
        "itemsize": 16,
    }
)
_COMPRESSIONS = {"none": 0, "lz4": 1, "zstd": 3}
_PACKET_EVENTS = 8192
_FIRST_BYTES, _MOST_BYTES = 1 << 18, 1 << 28


@dataclass(frozen=True)
class Aedat4:
    """AEDAT 4 (`.aedat4`) of DV: packets of FlatBuffers, compressed by LZ4, Zstandard or not.

    The origin is the top left pixel, polarity 1 is ON. Packets of frames, motion and triggers, and
    those of other streams of events, are skipped and counted. Compression needs the extra `events`.

    Args:
        stream_id: which stream of events is read, where there are several; the first if not given.
        compression: what is written: `"lz4"`, `"zstd"` or `"none"`.

    Source: inivation, "AEDAT file formats", version 4.0; Google, "FlatBuffer internals".

    Example:
        >>> Aedat4(stream_id=0).suffixes
        ('.aedat4',)
    """

    name: ClassVar[str] = "aedat4"
    suffixes: ClassVar[tuple[str, ...]] = (".aedat4",)
    limits: ClassVar[Limits] = Limits()

    stream_id: int | None = None
    compression: str = "lz4"

    def __post_init__(self) -> None:
        one_of("Aedat4", "compression", self.compression, _COMPRESSIONS)

    def matches(self, head: bytes) -> bool:
        """Whether the first line says so."""
        return head.startswith(_MAGIC.rstrip())

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        if source.file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError(f"it does not begin with {_MAGIC!r}")
        header = _sized(source)
        if header is None:
            return
        wanted, kinds, end = self._streams(header, source)
        expand: Callable[[bytes], bytes] | None = None
        waiting: list[np.ndarray] = []
        count = 0
        most = max(1, source.block_bytes // _EVENT.itemsize)
        while (begin := source.file.tell()) < end:
            head = source.file.read(8)
            if len(head) < 8:
                source.cut_short(f"{len(head)} bytes into the head of a packet")
                break
            stream, size = struct.unpack("<ii", head)
            if size < 0:
                raise ValueError(f"the packet at byte {begin} claims {size} bytes")
            if size > end - begin - 8:
                source.cut_short(f"within a packet of {size} bytes")
                break
            if stream != wanted:
                source.skip(f"packets of {kinds.get(stream, 'an unknown stream')}")
                source.file.seek(size, 1)
                continue
            expand = expand or _expander(header.number(0, "<i", 0))
            packet = Table(expand(source.file.read(size))).vector(0, _EVENT.itemsize)
            waiting.append(np.frombuffer(packet, _EVENT))
            count += len(waiting[-1])
            if count >= most:
                yield _columns(waiting, source)
                waiting, count = [], 0
        if waiting:
            yield _columns(waiting, source)

    def _streams(self, header: Table, source: Source) -> tuple[int | None, dict[int, str], int]:
        """The stream that is wanted, what all of them hold, and where the packets end."""
        streams = streams_of(bytes(header.vector(2, 1)))
        kinds = {number: said.get("typeIdentifier", "????") for number, said in streams.items()}
        of_events = sorted(k for k, kind in kinds.items() if kind == "EVTS")
        wanted = next(iter(of_events), None) if self.stream_id is None else self.stream_id
        if self.stream_id is not None and wanted not in of_events:
            raise ValueError(f"it has no stream {wanted} of events; known: {of_events}")
        said = {} if wanted is None else streams[wanted]
        if "sizeX" in said and "sizeY" in said:
            for name, side in (("width", said["sizeX"]), ("height", said["sizeY"])):
                if not side.isascii() or not side.isdigit() or not 0 < int(side[:9]) <= 32768:
                    raise ValueError(f"its header gives the {name} {side[:20]!r}")
                setattr(source, name, int(side))
        table = header.number(1, "<q", -1)
        # Where the table of packets is not there yet, the file was not closed, or is cut.
        return wanted, kinds, table if 0 < table <= source.size else source.size

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another, in packets of at most 8192 events."""
        shrink = _shrinker(self.compression)
        for number, events in enumerate(chunks):
            if number == 0:
                file.write(_MAGIC + self._header(events))
            records = np.zeros(len(events), _EVENT)
            for name, column in zip("txyp", events.columns, strict=True):
                records[name] = column
            for begin in range(0, len(records), _PACKET_EVENTS):
                part = records[begin : begin + _PACKET_EVENTS]
                packet = shrink(made(b"EVTS", [], part.tobytes(), len(part)))
                file.write(struct.pack("<ii", self.stream_id or 0, len(packet)) + packet)

    def _header(self, events: Events) -> bytes:
        if events.width is None or events.height is None:
            raise ValueError(f"{self.name} needs the size of the sensor: give both")
        number = quoteattr(str(self.stream_id or 0))
        said = (
            f'<dv version="2.0"><node name="outInfo" path="/mainloop/Recorder/outInfo/">'
            f'<node name={number} path="/mainloop/Recorder/outInfo/{self.stream_id or 0}/">'
            f'<attr key="compression" type="string">{self.compression.upper()}</attr>'
            f'<attr key="originalModuleName" type="string">ranvier</attr>'
            f'<attr key="originalOutputName" type="string">events</attr>'
            f'<attr key="typeDescription" type="string">Array of events.</attr>'
            f'<attr key="typeIdentifier" type="string">EVTS</attr>'
            f'<node name="info" path="/mainloop/Recorder/outInfo/{self.stream_id or 0}/info/">'
            f'<attr key="sizeX" type="int">{events.width}</attr>'
            f'<attr key="sizeY" type="int">{events.height}</attr>'
            f'<attr key="source" type="string">ranvier</attr></node></node></node></dv>'
        ).encode()
        numbers = [("<i", _COMPRESSIONS[self.compression]), ("<q", -1)]
        # A text ends in a zero that is not counted.
        return made(b"IOHE", numbers, said + b"\0", len(said))


def _columns(packets: list[np.ndarray], source: Source) -> Columns:
    columns = source.room(sum(map(len, packets)))
    begin = 0
    for packet in packets:
        end = begin + len(packet)
        for column, name in zip(columns, "txyp", strict=True):
            column[begin:end] = packet[name]
        begin = end
    if not begin:
        return columns
    if (largest := columns.p[columns.p.argmax()]) > 1:
        raise ValueError(f"an event has the polarity {largest}, expected 0 or 1")
    sides = (source.width, source.height)
    for name, values, side in zip("xy", columns[1:3], sides, strict=True):
        # Where the sensor is known, what is below 0 will be found outside of it.
        if side is None and values[values.argmin()] < 0:
            raise ValueError(f"an event has {name} below 0")
    return columns


def _sized(source: Source) -> Table | None:
    """The header, with its size in front."""
    head = source.file.read(4)
    size = int.from_bytes(head, "little")
    if len(head) < 4 or size > source.left():
        source.cut_short("within its header")
        return None
    return Table(head + source.file.read(size))


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"AEDAT 4 is compressed by {name.partition('.')[0]}, which is not installed. Install "
            "it with: pip install 'ranvier[events]'"
        ) from error


@functools.cache
def _expander(compression: int) -> Callable[[bytes], bytes]:
    """What undoes a compression, up to a size that no packet of events has."""
    if compression == 0:
        return lambda packet: packet
    if compression in (1, 2):
        lz4 = _package("lz4.frame")

        def expand(packet: bytes) -> bytes:
            # In parts: room for the largest would be taken for the smallest, too.
            frame = lz4.LZ4FrameDecompressor()
            found = frame.decompress(packet, max_length=_FIRST_BYTES)
            while not frame.eof and len(found) < _MOST_BYTES:
                more = frame.decompress(b"", max_length=_MOST_BYTES - len(found))
                if not more:
                    break
                found += more
            return found

        errors: tuple[type[Exception], ...] = (RuntimeError, EOFError)
    elif compression in (3, 4):
        zstd = _package("zstandard")

        def expand(packet: bytes) -> bytes:
            return zstd.ZstdDecompressor().stream_reader(packet).read(_MOST_BYTES)

        errors = (zstd.ZstdError,)
    else:
        raise ValueError(f"its header names the compression {compression}, expected 0 to 4")

    def told(packet: bytes) -> bytes:
        try:
            return expand(packet)
        except errors as error:
            raise ValueError(f"a compressed packet is damaged ({error})") from error

    return told


def _shrinker(compression: str) -> Callable[[bytes], bytes]:
    if compression == "none":
        return lambda packet: packet
    if compression == "lz4":
        return _package("lz4.frame").compress
    return _package("zstandard").ZstdCompressor().compress
