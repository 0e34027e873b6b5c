"""One HTML file that holds a whole report: text, tables, figures, sounds and downloads."""

import html
import numbers
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from ranvier.core import atomic_path
from ranvier.report._embed import data_uri, embed_figure, readable_size, with_suffix

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Align = Literal["left", "right"]

# Nothing may be fetched, whatever a later author writes into a page.
_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"
_ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 11h4l2-8 3 10 '
    b'1.5-2H15" fill="none" stroke="#0072b2" stroke-width="1.8"/></svg>'
)
_NUMBER = re.compile(r"[-−+]?[\d\u2009\u202f,. ]*\d(e[-+]?\d+)?\s?%?(\s*±\s*[\d.]+)?", re.I)
_MISSING = "–"


class _Section(NamedTuple):
    anchor: str
    title: str
    blocks: list[str]


class Page:
    """A report that is built from top to bottom and written as one self-contained HTML file.

    Every method that adds something returns the page. All text is escaped; no script, font,
    style or image comes from elsewhere; the same calls write the same bytes.

    Args:
        title: heading and name of the document.
        subtitle: one or two sentences below it: what was done, with what, and the outcome.

    Example:
        >>> import tempfile
        >>> page = Page("Chorales", "A spiking network learns Bach.")
        >>> _ = page.section("Scores").table(["model", "NLL (nats)"], [["sSNU", 8.45]], "Test set.")
        >>> path = page.write(Path(tempfile.mkdtemp()) / "report.html")
        >>> path.read_text().startswith("<!DOCTYPE html>")
        True
    """

    def __init__(self, title: str, subtitle: str = "") -> None:
        if not title.strip():
            raise ValueError("the page has no title, expected a few words that name the report.")
        self._title = title
        self._subtitle = subtitle
        self._opening: list[str] = []
        self._sections: list[_Section] = []
        self._figures = 0
        self._tables = 0

    def section(self, title: str, anchor: str | None = None) -> Self:
        """Begin a section; what follows belongs to it, and the table of contents lists it.

        Args:
            title: its heading.
            anchor: its name in addresses; made from the title where None.

        Raises:
            ValueError: the anchor is taken or has characters other than a-z, 0-9 and "-".
        """
        taken = {section.anchor for section in self._sections} | {"contents", "main", "top"}
        if anchor is None:
            stem = _slug(title)
            anchor, number = stem, 2
            while anchor in taken:
                anchor, number = f"{stem}-{number}", number + 1
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", anchor) or anchor in taken:
            raise ValueError(
                f"the anchor {anchor!r} is taken or malformed, expected a new name of a-z, 0-9 "
                "and '-', beginning with a letter. Leave it out to have one made."
            )
        self._sections.append(_Section(anchor, title, []))
        return self

    def text(self, *paragraphs: str) -> Self:
        """Add paragraphs of plain text.

        Args:
            *paragraphs: each one paragraph; an empty line inside one splits it.
        """
        parts = [part.strip() for text in paragraphs for part in re.split(r"\n\s*\n", text)]
        return self._add("\n".join(f"<p>{html.escape(part)}</p>" for part in parts if part))

    def facts(self, facts: Sequence[tuple[str, str]]) -> Self:
        """Add a row of large numbers, each with a line that says what it is.

        Args:
            facts: (value with unit, meaning) pairs; two to four read best.
        """
        items = "\n".join(
            f"<div><dt>{html.escape(meaning)}</dt><dd>{html.escape(value)}</dd></div>"
            for value, meaning in facts
        )
        return self._add(f'<dl class="facts">\n{items}\n</dl>')

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        caption: str,
        *,
        align: Sequence[Align] | None = None,
        decimals: int = 3,
    ) -> Self:
        """Add a table; columns of numbers stand right, under their headings.

        Args:
            columns: headings, with units.
            rows: cells: numbers, text, or None for what is not known.
            caption: what the table says.
            align: one per column; None looks at the cells.
            decimals: digits after the point of floating-point cells.

        Raises:
            ValueError: a row or `align` has another length than `columns`.
        """
        for index, row in enumerate(rows):
            if len(row) != len(columns):
                raise ValueError(
                    f"row {index} of the table has {len(row)} cells, expected {len(columns)} "
                    f"({', '.join(columns)}). Use None for a cell that is not known."
                )
        if align is not None and len(align) != len(columns):
            raise ValueError(
                f"align has {len(align)} entries, expected {len(columns)}, one per column."
            )
        cells = [[_cell(value, decimals) for value in row] for row in rows]
        sides = align or [_side([row[i] for row in cells]) for i in range(len(columns))]
        head = "".join(
            f'<th scope="col" class="{side}">{html.escape(name)}</th>'
            for name, side in zip(columns, sides, strict=True)
        )
        body = "\n".join(_table_row(row, sides) for row in cells)
        self._tables += 1
        name = f"table--{self._tables}"
        return self._add(
            f'<figure>\n<figcaption id="{name}">{html.escape(caption)}</figcaption>\n'
            f'<div class="wide" role="region" aria-labelledby="{name}" tabindex="0">\n'
            f'<table aria-labelledby="{name}">\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody>\n</table>\n</div>\n</figure>"
        )

    def figure(self, figure: "Figure", caption: str, alt: str) -> Self:
        """Add a figure on a light card.

        Args:
            figure: a matplotlib figure.
            caption: how to read it and what it means.
            alt: what it shows, for those who do not see it.

        Raises:
            ValueError: `alt` is empty.
        """
        if not alt.strip():
            raise ValueError("the figure has no alt text, expected a sentence that replaces it.")
        self._figures += 1
        name = f"Figure {self._figures}"
        picture = embed_figure(figure, alt, f"f{self._figures}--")
        return self._add(
            f'<figure>\n<div class="card" role="region" aria-label="{name}" tabindex="0">'
            f"{picture}</div>\n<figcaption><b>{name}.</b> {html.escape(caption)}</figcaption>\n"
            "</figure>"
        )

    def audio(self, data: bytes, mime: str, caption: str, download_name: str) -> Self:
        """Add a sound that plays in the page and can be saved.

        Args:
            data: an encoded sound file.
            mime: its type, as `audio_bytes` returns it.
            caption: what is heard.
            download_name: file name; the ending of the type is added.
        """
        address, name = data_uri(data, mime), html.escape(with_suffix(download_name, mime))
        caption = html.escape(caption)
        return self._add(
            f'<figure class="sound">\n<figcaption>{caption}</figcaption>\n'
            f'<audio controls preload="metadata" aria-label="{caption}" src="{address}"></audio>\n'
            f"{_link(address, name, len(data))}\n</figure>"
        )

    def download(self, data: bytes, mime: str, name: str) -> Self:
        """Add a file that can be saved from the page.

        Args:
            data: its bytes.
            mime: its type, such as "audio/midi".
            name: its name; the ending of the type is added.
        """
        name = html.escape(with_suffix(name, mime))
        return self._add(f'<p class="file">{_link(data_uri(data, mime), name, len(data))}</p>')

    def settings(self, values: Mapping[str, Any], summary: str = "Settings of this run") -> Self:
        """Add names and values in a block that opens on demand.

        Args:
            values: name to value; a mapping as value gives `outer.inner` names.
            summary: the line that is always seen.
        """
        items = "\n".join(
            f"<tr><th scope='row'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
            for name, value in _flatten(values)
        )
        return self._add(
            f"<details>\n<summary>{html.escape(summary)}</summary>\n"
            f'<div class="wide"><table class="settings"><tbody>\n{items}\n</tbody></table></div>\n'
            "</details>"
        )

    def html(self) -> str:
        """The whole page as text."""
        title = html.escape(self._title)
        style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
        lead = f'<p class="lead">{html.escape(self._subtitle)}</p>\n' if self._subtitle else ""
        body = "\n".join([*self._opening, *map(_section, self._sections)])
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f"<title>{title}</title>\n"
            f'<link rel="icon" href="{data_uri(_ICON, "image/svg+xml")}">\n'
            f"<style>\n{style}</style>\n</head>\n<body>\n"
            '<a class="skip" href="#main">Skip to the results</a>\n'
            f'<header id="top">\n<h1>{title}</h1>\n{lead}{self._contents()}</header>\n'
            f'<main id="main">\n{body}\n'
            '</main>\n<footer><p>Written by ranvier. <a href="#top">Back to the top</a></p>'
            "</footer>\n</body>\n</html>\n"
        )

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the page; the file is either whole or as it was before.

        Args:
            path: where to; its folder is made if needed.

        Raises:
            OSError: the file cannot be written; the message names it.
        """
        text = self.html()
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
        return Path(path)

    def _add(self, block: str) -> Self:
        (self._sections[-1].blocks if self._sections else self._opening).append(block)
        return self

    def _contents(self) -> str:
        if not self._sections:
            return ""
        items = "".join(
            f'<li><a href="#{section.anchor}">{html.escape(section.title)}</a></li>'
            for section in self._sections
        )
        return f'<nav id="contents" aria-label="Contents"><ol>{items}</ol></nav>\n'


def _section(section: _Section) -> str:
    anchor, blocks = section.anchor, "\n".join(section.blocks)
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}--title">\n'
        f'<h2 id="{anchor}--title">{html.escape(section.title)}</h2>\n{blocks}\n</section>'
    )


def _link(address: str, name: str, size: int) -> str:
    return (
        f'<a class="save" href="{address}" download="{name}">Save {name} '
        f"<small>{readable_size(size)}</small></a>"
    )


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug if slug[:1].isalpha() else f"section-{slug}".rstrip("-")


def _cell(value: Any, decimals: int) -> str:
    if value is None:
        return _MISSING
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return str(value)
    text = f"{value:,}" if isinstance(value, numbers.Integral) else f"{value:,.{decimals}f}"
    return text.replace(",", "\u202f").replace("-", "−")


def _side(cells: Sequence[str]) -> Align:
    known = [cell for cell in cells if cell != _MISSING]
    return "right" if known and all(_NUMBER.fullmatch(cell) for cell in known) else "left"


def _table_row(cells: Sequence[str], sides: Sequence[Align]) -> str:
    first, *rest = (
        f'class="{side}">{html.escape(cell)}' for cell, side in zip(cells, sides, strict=True)
    )
    return f'<tr><th scope="row" {first}</th>' + "".join(f"<td {c}</td>" for c in rest) + "</tr>"


def _flatten(values: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat += _flatten(value, f"{before}{name}.")
        else:
            flat.append((f"{before}{name}", "not set" if value is None else str(value)))
    return flat
