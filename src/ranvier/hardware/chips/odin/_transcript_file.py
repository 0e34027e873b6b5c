"""Transcripts as text that a test bench can replay."""

import os
import re
from pathlib import Path

import numpy as np

from ranvier.core import atomic_path
from ranvier.hardware.chips.odin import _spi
from ranvier.hardware.chips.odin._events import described
from ranvier.hardware.chips.odin._spi import Frame
from ranvier.hardware.chips.odin._transcript import Transcript

_FIRST = "odin transcript 1"
_FRAME = re.compile(r"[0-9a-fA-F]{10}")
_CODE = re.compile(r"[0-9a-fA-F]+")
_CYCLE = re.compile(r"[0-9]{1,18}")
_MASK = (1 << _spi.HALF_BITS) - 1


def write_transcript(path: str | os.PathLike[str], sent: Transcript) -> Path:
    """Write a transcript as text, whole or not at all.

    The first line is `odin transcript 1`. A line `spi HHHHHHHHHH` is a frame: ten hexadecimal
    digits, the first bit sent is the highest. A line `aer HHHHH N` is an event: the address of 17
    bits in hexadecimal digits and the clock cycle; `aer HHHHH` alone comes when all before it has
    come to rest. What follows `#` is a comment.

    Args:
        path: the file.
        sent: the transcript.

    Raises:
        OSError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> from ranvier.hardware.chips import odin
        >>> sent = odin.Transcript((), [odin.spike(3), odin.time_reference()], [0, 520])
        >>> path = odin.write_transcript(tempfile.mkdtemp() + "/events.txt", sent)
        >>> print(path.read_text().rstrip())
        odin transcript 1
        aer 00307 0  # spike of neuron 3
        aer 0007f 520  # time reference of all neurons
        >>> odin.read_transcript(path).events.tolist()
        [775, 127]
    """
    lines = [_FIRST]
    lines += [f"spi {frame.hex}  # {frame.told}" for frame in sent.frames]
    times = [""] * len(sent.events)
    if sent.arrivals is not None:
        times = [f" {int(cycle)}" for cycle in sent.arrivals]
    for code, cycle in zip(sent.events, times, strict=True):
        lines.append(f"aer {int(code):05x}{cycle}  # {described(int(code))}")
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n")
    return Path(path)


def read_transcript(path: str | os.PathLike[str]) -> Transcript:
    """Read a transcript, with or without frames, as `write_transcript` writes it.

    Args:
        path: the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another kind of file, a broken line, an address beyond 17 bits, times that
            fall, a frame after an event; the line is named.

    Example:
        See `write_transcript`.
    """
    lines = Path(path).read_text(errors="replace").split("\n")
    if lines[0].strip() != _FIRST:
        raise ValueError(
            f"{path}, line 1 is {lines[0][:40]!r}, expected {_FIRST!r}: this is no transcript."
        )
    frames: list[Frame] = []
    events: list[int] = []
    arrivals: list[int] = []
    for number, line in enumerate(lines[1:], 2):
        words = line.split("#")[0].split()
        where = f"{path}, line {number}"
        if not words:
            continue
        if words[0] == "spi" and len(words) == 2 and _FRAME.fullmatch(words[1]):
            if events:
                raise ValueError(
                    f"{where} is a frame after an event, expected all frames first: events reach "
                    "a network that runs."
                )
            bits = int(words[1], 16)
            frames.append(Frame(bits >> _spi.HALF_BITS, bits & _MASK))
            continue
        timed = len(words) == 3 and bool(_CYCLE.fullmatch(words[2]))
        if words[0] != "aer" or not (timed or len(words) == 2) or not _CODE.fullmatch(words[1]):
            raise ValueError(
                f"{where} is {line[:40]!r}, expected 'spi' and ten hexadecimal digits, or 'aer', "
                "an address in hexadecimal digits and a clock cycle."
            )
        code = int(words[1], 16)
        if code >> 17:
            raise ValueError(
                f"{where} has the address {code:#x}, expected 17 bits: ODIN knows no such event."
            )
        if events and timed != bool(arrivals):
            raise ValueError(
                f"{where} {'has a' if timed else 'has no'} clock cycle, unlike the events before "
                "it, expected all of them to have one, or none."
            )
        if timed:
            cycle = int(words[2])
            if arrivals and cycle < arrivals[-1]:
                raise ValueError(
                    f"{where} has clock cycle {cycle}, expected {arrivals[-1]} or later, as the "
                    "event before it."
                )
            arrivals.append(cycle)
        events.append(code)
    when = np.array(arrivals, np.int64) if arrivals else None
    return Transcript(tuple(frames), np.array(events, np.int64), when)
