"""Figures and files as text that can stand inside an HTML page."""

import base64
import html
import io
import re
from typing import TYPE_CHECKING

from ranvier.report._style import figure_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LARGEST_SVG = 400_000
_SUFFIXES = {
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/midi": ".mid",
    "application/json": ".json",
    "text/csv": ".csv",
    "text/plain": ".txt",
}


def data_uri(data: bytes, mime: str) -> str:
    """Pack bytes into an address that contains them.

    Args:
        data: the bytes.
        mime: their type, such as "audio/midi".

    Raises:
        ValueError: the type is not of the form "kind/name".

    Example:
        >>> data_uri(b"hi", "text/plain")
        'data:text/plain;base64,aGk='
    """
    if not re.fullmatch(r"[a-z]+/[\w.+\-]+", mime):
        raise ValueError(
            f"{mime!r} is not a MIME type, expected a form such as 'audio/midi' or 'text/plain'."
        )
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def with_suffix(name: str, mime: str) -> str:
    """Give a download the ending of its type unless it has one.

    Example:
        >>> with_suffix("chorale", "audio/midi"), with_suffix("chorale.mid", "audio/midi")
        ('chorale.mid', 'chorale.mid')
    """
    suffix = _SUFFIXES.get(mime, "")
    return name if name.lower().endswith(suffix) else name + suffix


def readable_size(count: int) -> str:
    """Say how large a file is.

    Args:
        count: bytes.

    Example:
        >>> readable_size(1234), readable_size(2_500_000)
        ('1.2 kB', '2.5 MB')
    """
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def embed_figure(figure: "Figure", alt: str, prefix: str) -> str:
    """Turn a figure into an inline SVG or, where that would be large, a PNG at twice the size.

    The same figure and prefix give the same text, and no name inside it meets another figure's.

    Args:
        figure: a matplotlib figure.
        alt: what the figure shows, for those who do not see it.
        prefix: unique within the page, such as "f3-".

    Example:
        >>> from ranvier.report import learning_curves
        >>> figure = learning_curves({"SNU": [9.0, 8.0]}, ylabel="NLL (nats)", title="It learns")
        >>> embed_figure(figure, "A falling curve.", "f1-").startswith("<svg")
        True
    """
    buffer = io.BytesIO()
    with figure_style():
        figure.savefig(buffer, format="svg", dpi=192, metadata={"Date": None, "Creator": None})
        text = buffer.getvalue().decode()
        if len(text) <= _LARGEST_SVG:
            return _inline_svg(text, alt, prefix)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=192, metadata={"Software": None})
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    return (
        f'<img src="{data_uri(buffer.getvalue(), "image/png")}" alt="{html.escape(alt)}" '
        f'width="{width}" height="{height}">'
    )


def _inline_svg(text: str, alt: str, prefix: str) -> str:
    """Keep of a stand-alone SVG what a page needs, and make its names unique."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    # The style applies to every element of the page once inline; both properties inherit.
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = body.replace("xlink:href=", "href=")
    body = re.sub(r'"data:[^"]*"', lambda match: re.sub(r"\s", "", match[0]), body)
    # Matplotlib's names depend on memory addresses; ours on the order of their first use.
    uses = re.findall(r'(?:href="|url\()#([^")]+)', body)
    names = {name: f"{prefix}{number}" for number, name in enumerate(dict.fromkeys(uses))}

    def rename(match: re.Match[str]) -> str:
        return f' id="{names[match[1]]}"' if match[1] in names else ""

    body = re.sub(r' id="([^"]+)"', rename, body)
    body = re.sub(r'(href="|url\()#([^")]+)', lambda m: f"{m[1]}#{names[m[2]]}", body)
    view = re.search(r'viewBox="([^"]+)"', body)
    if view is None:
        raise ValueError("the SVG has no viewBox; this version of matplotlib is not supported.")
    head = (
        f'<svg viewBox="{view[1]}" role="img" aria-label="{html.escape(alt)}" '
        'stroke-linejoin="round" stroke-linecap="butt">'
    )
    return head + body[body.index(">") + 1 :].strip()
