"""What the formats of Prophesee share: a header of text, and times in two parts."""

from __future__ import annotations

import functools
import re

import numpy as np

from ranvier.data.events._events import Events
from ranvier.data.events._source import Source, lines_of

_HEADER = re.compile(rb"(?:% [^\n]*\n?){1,200}")
_SIDES = re.compile(r"(\d+)\s*x\s*(\d+)")


@functools.lru_cache(maxsize=1)
def fields(header: bytes) -> dict[str, str]:
    """Keywords of a header, in small letters, and their values; kept for who asks next about it."""
    found = {}
    for line in lines_of(header):
        keyword, _, value = line.lstrip("% ").partition(" ")
        found[keyword.lower()] = value.strip()
    for option in found.get("format", "").split(";")[1:]:
        name, _, value = option.partition("=")
        found[f"format.{name.strip().lower()}"] = value.strip()
    return found


def header(source: Source) -> dict[str, str]:
    """Read the header of an open file; the sensor's size, where it is there, goes into `source`."""
    found = fields(source.header(b"% ", last=b"% end"))
    sides = _SIDES.search(found["geometry"]) if "geometry" in found else None
    width = found.get("format.width") or (sides and sides[1]) or found.get("width")
    height = found.get("format.height") or (sides and sides[2]) or found.get("height")
    for side, text in (("width", width), ("height", height)):
        if text is None:
            continue
        if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= 32768:
            raise ValueError(f"its header gives the {side} {text!r}, expected 1 to 32768")
        setattr(source, side, int(text))
    return found


def version(found: dict[str, str]) -> str | None:
    """The encoding that a header names: `"2.0"`, `"2.1"`, `"3.0"` or another; `None` if none."""
    form = found.get("format", "").split(";")[0].strip().upper()
    named = {"EVT2": "2.0", "EVT21": "2.1", "EVT3": "3.0"}
    return named.get(form, form) if form else found.get("evt")


def head_version(head: bytes) -> str | None:
    """The encoding that the first bytes of a file name."""
    header = _HEADER.match(head)
    return version(fields(header[0])) if header else None


def demand(found: dict[str, str], wanted: str) -> None:
    """Refuse a header that names another encoding than `wanted`."""
    named = version(found)
    if named != wanted:
        raise ValueError(
            f"its header names the encoding {named!r}, expected {wanted!r}"
            if named
            else f"it has no header line '% evt {wanted}'"
        )


def written_header(encoding: str, form: str, events: Events) -> bytes:
    """The header of a new file."""
    lines = [f"% evt {encoding}"]
    if events.width is not None and events.height is not None:
        lines.append(f"% format {form};height={events.height};width={events.width}")
        lines.append(f"% geometry {events.width}x{events.height}")
    else:
        lines.append(f"% format {form}")
    return "\n".join([*lines, "% end\n"]).encode()


def time_words(
    t: np.ndarray, reached: int | None, unit_bits: int, bits: int
) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Where words with the upper part of the time must stand, and what they say.

    Args:
        t: times of events, `[N]`.
        reached: the upper part that was written last, not wrapped; `None` at the beginning.
        unit_bits: how many bits of the time the events themselves carry.
        bits: how many bits such a word carries.

    Returns:
        Number of words before each event `[N]`; what all of them say, not wrapped; the upper part
        after the last event.
    """
    if not len(t):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), reached
    upper = t >> unit_bits
    before = np.concatenate([[-1 if reached is None else reached], upper[:-1]])
    # A gap of half a period could be taken for a step back: words between keep every step short.
    stride = 1 << (bits - 2)
    counts = -((before - upper) // stride)
    ends = np.cumsum(counts)
    which = np.repeat(np.arange(len(t)), counts)
    number = np.arange(int(ends[-1])) - (ends - counts)[which] + 1
    words = np.minimum(before[which] + number * stride, upper[which])
    return counts, words, int(upper[-1])
