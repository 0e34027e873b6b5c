"""How our docstrings reach the reference pages, as an extension of Griffe."""

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^( *)Example:$", re.MULTILINE)
_SOURCE = re.compile(r"^( *)Source: ", re.MULTILINE)


def readable(text: str) -> str:
    """Name the sections as the parser of Google style expects them.

    Example:
        >>> readable("Source: Here.")
        '**Source:** Here.'
    """
    return _SOURCE.sub(r"\1**Source:** ", _EXAMPLE.sub(r"\1Examples:", text))


class Sections(griffe.Extension):
    """Rewrites the headings of sections before they are parsed."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Called once for each documented thing."""
        if obj.docstring is not None:
            obj.docstring.value = readable(obj.docstring.value)
