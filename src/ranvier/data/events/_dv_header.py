"""What the header of an AEDAT 4 file, the XML of DV, says of the streams in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

# DV writes nodes and attributes in one way. An expression takes that apart in a part of the time of
# a parser of XML, which is a third of what a small file takes. All else is left to the parser.
_BEGIN = re.compile(r'\s*<dv version="[\w.]*">\s*')
_PART = re.compile(
    r'(<(?:attr key="(\w+)" type="\w+">([^<>&\x00-\x1f]*)</attr'
    r'|node name="([^"<>&\x00-\x1f]*)" path="[^"<>&\x00-\x1f]*"'
    r"|(/)node)>\s*)"
)
_END = "</dv>"


def streams_of(header: bytes) -> dict[int, dict[str, str]]:
    """What is said of each stream, by its number and then by key.

    Args:
        header: XML.

    Raises:
        ValueError: no XML, or a stream whose name is no number.

    Example:
        >>> kind = '<attr key="typeIdentifier" type="string">EVTS</attr>'
        >>> stream = f'<node name="0" path="/out/0/">{kind}</node>'
        >>> out = f'<node name="outInfo" path="/out/">{stream}</node>'
        >>> streams_of(f'<dv version="2.0">{out}</dv>'.encode())
        {0: {'typeIdentifier': 'EVTS'}}
    """
    found = as_dv_writes_it(header)
    found = by_parser(header) if found is None else found
    for name in found:
        if not (name.isascii() and name.isdigit() and len(name) < 10):
            raise ValueError(f"its header names a stream {name[:20]!r}, expected a number")
    return {int(name): said for name, said in found.items()}


def by_parser(header: bytes) -> dict[str, dict[str, str]]:
    """The streams of any XML, by name."""
    try:
        root = ElementTree.fromstring(header)
    except ElementTree.ParseError as error:
        raise ValueError(f"its header is no XML ({error})") from error
    return {
        node.get("name", ""): {a.get("key", ""): a.text or "" for a in node.iter("attr")}
        for node in root.iterfind("node[@name='outInfo']/node")
    }


def as_dv_writes_it(header: bytes) -> dict[str, dict[str, str]] | None:
    """The same of XML in which nothing stands but what DV writes; `None` of any other."""
    text = header.decode("ascii") if header.isascii() else ""
    begin, end = _BEGIN.match(text), text.rfind(_END)
    if begin is None or text[end + len(_END) :].strip():
        return None
    found: dict[str, dict[str, str]] = {}
    within: list[str] = []
    said: dict[str, str] = {}
    place = begin.end()
    for whole, key, value, name, closes in _PART.findall(text, place, end):
        place += len(whole)
        if key:
            said[key] = value
        elif closes:
            if not within:
                return None
            within.pop()
            if len(within) == 1:
                said = {}
        else:
            within.append(name)
            if len(within) == 2 and within[0] == "outInfo":
                said = found[name] = {}
    # Whatever was passed over is missing from the sum.
    return found if place == end and not within else None
