"""One look for all figures: large type, few lines, colours that every eye can tell apart."""

import contextlib
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1b2027"
MUTED = "#59636f"
FAINT = "#a9b2bd"
GRID = "#e4e8ed"
BASELINE = "#aeb6c0"

WIDTH = 8.0
"""Width of every figure, inches: the page shows it larger than life, a phone at half size."""

FONT_SIZE = 13.0
"""Size of all text but titles, points."""

MODEL_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "ssnu": "#d55e00",
        "snu": "#0072b2",
        "gru": "#1a9b74",
        "lstm": "#a8548b",
        "rnn": "#6b4a12",
        "lif": "#3d3f9e",
    }
)
"""The colour that a model keeps in every figure; keys in lower case."""

SERIES = ("#0072b2", "#d55e00", "#1a9b74", "#a8548b", "#6b4a12", "#3d3f9e")
"""The same colours, in the order in which nameless things take them."""

SHADES = ("#ffffff", "#d3e3f1", "#8fbadd", "#3f89c2", "#0f5c9c", "#083a66")
"""From nothing to all, for heat maps; lightness falls evenly."""

RULE_COLOURS: Mapping[str, str] = MappingProxyType(
    {"bptt": "#1b2027", "ostl": "#e0457b", "rtrl": "#1496b8"}
)
"""The colour that a rule keeps in figures where rules, not models, are compared."""

_TITLE_WIDTH = 61  # characters of bold 15 points across the figure

_RULE_DASHES: Mapping[str, Any] = MappingProxyType(
    {"bptt": "solid", "ostl": (0, (3.2, 1.6)), "rtrl": (0, (1.0, 1.4))}
)
_SPARE_DASHES: tuple[Any, ...] = ("solid", (0, (3.2, 1.6)), (0, (1.0, 1.4)), (0, (6, 2, 1, 2)))

_SETTINGS: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelpad": 6.0,
    "axes.labelsize": FONT_SIZE,
    "axes.linewidth": 1.0,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.titlesize": FONT_SIZE,
    "axes.titleweight": "bold",
    "axes.unicode_minus": True,
    "figure.constrained_layout.h_pad": 0.09,
    "figure.constrained_layout.w_pad": 0.06,
    "figure.dpi": 96.0,
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],
    "font.size": FONT_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 1.0,
    "legend.borderaxespad": 0.0,
    "legend.fontsize": FONT_SIZE,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "lines.linewidth": 2.4,
    "lines.solid_capstyle": "round",
    "mathtext.fontset": "dejavusans",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "ranvier",
    "text.color": INK,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": FONT_SIZE,
    "xtick.major.size": 4.0,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": FONT_SIZE,
    "ytick.major.size": 4.0,
}


@contextlib.contextmanager
def figure_style() -> Iterator[None]:
    """Give every matplotlib figure made or saved inside the block the look of the report.

    Starts from matplotlib's own defaults, so a user's configuration changes nothing.

    Example:
        >>> import matplotlib
        >>> with figure_style():
        ...     matplotlib.rcParams["axes.spines.top"]
        False
    """
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


class Stroke(NamedTuple):
    """How one named line is drawn.

    Example:
        >>> Stroke("#0072b2", "solid").colour
        '#0072b2'
    """

    colour: str
    dash: Any


def strokes(names: Iterable[str]) -> dict[str, Stroke]:
    """Choose colour and dash for names that share one figure; the same names look alike always.

    A name that contains a model ("sSNU, OSTL") takes the model's colour and the rule's dash;
    where only one model or none occurs, the rules take their own colours.

    Args:
        names: the names in the figure, in order.

    Example:
        >>> look = strokes(["sSNU, BPTT", "sSNU, OSTL", "SNU, BPTT"])
        >>> look["sSNU, BPTT"].colour == look["sSNU, OSTL"].colour == MODEL_COLOURS["ssnu"]
        True
        >>> look["sSNU, BPTT"].dash == look["sSNU, OSTL"].dash
        False
    """
    names = list(names)
    model_of = {name: _known(name, MODEL_COLOURS) for name in names}
    rule_of = {name: _known(name, RULE_COLOURS) for name in names}
    by_rule = len(set(model_of.values())) == 1 and len(set(rule_of.values())) == len(names) > 1
    taken = {MODEL_COLOURS[model] for model in model_of.values() if model}
    spare = [colour for colour in SERIES if colour not in taken] or list(SERIES)
    chosen: dict[str, Stroke] = {}
    next_spare = 0
    for name in names:
        model, rule = model_of[name], rule_of[name]
        dash = _RULE_DASHES[rule] if rule else "solid"
        if rule and (by_rule or not model):
            stroke = Stroke(RULE_COLOURS[rule], "solid")
        elif model:
            stroke = Stroke(MODEL_COLOURS[model], dash)
        else:
            stroke = Stroke(spare[next_spare % len(spare)], "solid")
            next_spare += 1
        for dash in _SPARE_DASHES:
            if stroke not in chosen.values():
                break
            stroke = Stroke(stroke.colour, dash)
        chosen[name] = stroke
    return chosen


def _known(name: str, table: Mapping[str, str]) -> str | None:
    words = re.split(r"[^0-9a-z\-]+", name.lower())
    return next((word for word in words if word in table), None)


def new_figure(height: float, title: str) -> "Figure":
    """Start a figure of the common width with its title set left, wrapped and bold.

    Args:
        height: inches.
        title: what the reader should see in the figure.

    Raises:
        ValueError: the title is empty.

    Example:
        >>> with figure_style():
        ...     figure = new_figure(4, "Two curves fall together")
        >>> figure.get_suptitle()
        'Two curves fall together'
    """
    from matplotlib.figure import Figure

    if not title.strip():
        raise ValueError(
            "the figure has no title. Say in a few words what the reader should see in it."
        )
    lines = _balanced(title)
    figure = Figure(figsize=(WIDTH, height + 0.27 * (len(lines) - 1)), layout="constrained")
    figure.suptitle(
        "\n".join(lines), x=0.012, ha="left", fontsize=15.0, fontweight="bold", linespacing=1.25
    )
    return figure


def _balanced(title: str) -> list[str]:
    """Break a title into as few lines as fit, of about equal length."""
    count = len(textwrap.wrap(title, _TITLE_WIDTH))
    return next(
        lines
        for width in range(_TITLE_WIDTH // 2, _TITLE_WIDTH + 1)
        if len(lines := textwrap.wrap(title, width)) == count
    )


def integer_ticks(axes: "Axes") -> None:
    """Let the horizontal axis carry whole numbers only, a handful of them."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1))
