"""What happens while the pages are built: equations become MathML, results become tables."""

import html
import re
from pathlib import Path
from typing import Any

import tables
from latex2mathml.converter import convert

_EQUATION = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)
_TABLE = re.compile(r"^<!-- table: ([a-z_]+) -->$", re.MULTILINE)


def mathml(latex: str, display: str) -> str:
    """MathML of an equation, which browsers draw without a script.

    Args:
        latex: the equation, without its dollars.
        display: `"inline"` or `"block"`.

    Raises:
        ValueError: a command that the converter does not know.

    Example:
        >>> "<mi>x</mi>" in mathml("x", "inline")
        True
        >>> mathml(r"\\nonsense", "inline")
        Traceback (most recent call last):
        ValueError: no MathML for \\nonsense in the equation '\\\\nonsense'. Write it otherwise.
    """
    made = convert(latex, display=display)
    unknown = re.search(r"\\[a-zA-Z]+", made)
    if unknown:
        raise ValueError(
            f"no MathML for {unknown[0]} in the equation {latex!r}. Write it otherwise."
        )
    return made


def _draw(match: re.Match[str]) -> str:
    inline = match[1] == "span"
    latex = html.unescape(match[2]).strip()[2:-2].strip()
    made = mathml(latex, "inline" if inline else "block")
    return made if inline else f'<div class="equation">{made}</div>'


def on_page_markdown(markdown: str, **kwargs: Any) -> str:
    """Put the tables of measured results where a page asks for them."""
    folder = Path(__file__).parent / "results"
    return _TABLE.sub(lambda match: tables.render(match[1], folder), markdown)


def on_page_content(html: str, **kwargs: Any) -> str:
    """Draw the equations of a page."""
    return _EQUATION.sub(_draw, html)
