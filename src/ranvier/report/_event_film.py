"""What an event camera saw: a sheet of moments, and a film."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._film_pace import SHORTEST_MS
from ranvier.report._style import FAINT, INK, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

_ON, _OFF = np.array([0, 114, 178]), np.array([213, 94, 0])
_PER_ROW, _MOST = 4, 12
_TALLEST, _CAPTION = 480, 32
_MOST_RATES, _ROOM = 95, 1.6


def coloured(frames: ArrayLike) -> NDArray[np.uint8]:
    """Pictures of event counts: blue where it became brighter, orange where darker, on white.

    The colour is full at the 99th percentile of the counts that are not zero, in all pictures.

    Args:
        frames: [frames, rows, columns, 2] counts, OFF first.

    Returns:
        uint8 [frames, rows, columns, 3].

    Raises:
        ValueError: another number of axes, or counts that are negative or not finite.

    Example:
        >>> coloured(np.array([[[[0, 1], [1, 0], [0, 0]]]]))[0, 0].tolist()
        [[0, 114, 178], [213, 94, 0], [255, 255, 255]]
    """
    counts = np.asarray(frames, float)
    if counts.ndim != 4 or counts.shape[-1] != 2:
        raise ValueError(
            f"frames have shape {list(counts.shape)}, expected [frames, rows, columns, 2]."
        )
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError("frames hold counts that are negative or not finite.")
    some = counts[counts > 0]
    full = max(float(np.percentile(some, 99)), 1.0) if some.size else 1.0
    strength = np.minimum(counts / full, 1.0)[..., None]
    ink = (255 - _OFF) * strength[..., 0, :] + (255 - _ON) * strength[..., 1, :]
    return np.clip(255 - ink, 0, 255).astype(np.uint8)


def event_sheet(
    frames: ArrayLike,
    times_ms: Sequence[float],
    rate_hz: ArrayLike,
    rate_times_ms: ArrayLike,
    *,
    title: str,
) -> "Figure":
    """Draw up to twelve moments of a recording, and below how many events there were over time.

    Where a few bursts would press all other rates to the ground, the axis ends above the others;
    the bursts are marked, and the highest is told.

    Args:
        frames: [frames, rows, columns, 2] counts, OFF first; more than twelve are thinned out.
        times_ms: when each begins.
        rate_hz: [n] events per second over the whole recording.
        rate_times_ms: [n] their times.
        title: what the reader should see.

    Raises:
        ValueError: not one time per frame or per rate.

    Example:
        >>> figure = event_sheet(np.ones((2, 3, 4, 2)), [0, 10], [5, 6], [0, 10], title="A hand")
        >>> [axes.get_title("left") for axes in figure.axes[:2]]
        ['0 ms', '10 ms']
    """
    pictures = coloured(frames)
    rate, at = np.asarray(rate_hz, float), np.asarray(rate_times_ms, float)
    if len(times_ms) != len(pictures) or rate.shape != at.shape or rate.ndim != 1:
        raise ValueError(
            f"got {len(times_ms)} times for {len(pictures)} frames and {at.size} for {rate.size} "
            "rates, expected one each."
        )
    shown = np.unique(np.linspace(0, len(pictures) - 1, min(len(pictures), _MOST)).round())
    numbers = shown.astype(int)
    across = min(len(numbers), _PER_ROW)
    rows = -(-len(numbers) // across)
    shape = pictures.shape[1] / pictures.shape[2]
    alone = len(numbers) == 1
    with figure_style():
        each = 3.0 if alone else 8.0 / across * max(min(shape, 1.6), 0.25) + 0.35
        figure = new_figure(rows * each + 2.3, title)
        halves: Any = figure.subfigures(2, 1, height_ratios=[rows * each, 2.0])
        upper, lower = halves
        panels = upper.subplots(rows, across, squeeze=False).ravel()
        for axes in panels:
            axes.set_axis_off()
        for axes, number in zip(panels, numbers, strict=False):
            axes.set_axis_on()
            aspect = "auto" if alone else "equal"
            axes.imshow(pictures[number], interpolation="nearest", aspect=aspect)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_title(_moment(times_ms[number]), fontweight="normal", color=MUTED)
            for spine in axes.spines.values():
                spine.set_visible(True)
                spine.set_color(FAINT)
        below = lower.subplots()
        top, bursts = _axis_top(rate)
        below.fill_between(at, rate, color=SERIES[0], alpha=0.25, lw=0)
        below.plot(at, rate, color=INK, lw=1.6)
        for number in numbers:
            below.axvline(times_ms[number], color=FAINT, lw=1, zorder=0)
        if len(bursts):
            below.set_ylim(top=top)
            edge = np.full(len(bursts), top)
            below.plot(at[bursts], edge, "^", color=SERIES[1], ms=9, clip_on=False, zorder=5)
            below.set_title(
                f"\u25b2 off the scale, up to {_in_words(rate[bursts].max())} per second",
                loc="right",
                color=SERIES[1],
                fontweight="normal",
            )
        below.set_ylim(bottom=0)
        below.set_xlim(at[0], at[-1] if at[-1] > at[0] else at[0] + 1)
        below.set_xlabel("time (ms)")
        below.set_ylabel("events per second")
        below.ticklabel_format(axis="y", style="sci", scilimits=(-2, 4), useMathText=True)
    return figure


def _axis_top(rate: NDArray[np.float64]) -> tuple[float, list[int]]:
    """Where an axis ends so that most rates are seen, and the highest of each burst above.

    Example:
        >>> _axis_top(np.array([4.0, 5.0] * 30 + [900.0, 700.0]))
        (8.0, [60])
        >>> _axis_top(np.array([4.0, 5.0, 6.0]))
        (6.0, [])
    """
    most = float(rate.max(initial=0))
    top = _ROOM * float(np.percentile(rate, _MOST_RATES)) if rate.size else 0.0
    if not 0 < top < most / _ROOM:
        return most, []
    above = np.flatnonzero(rate > top)
    runs = np.split(above, np.flatnonzero(np.diff(above) > 1) + 1)
    return top, [int(run[rate[run].argmax()]) for run in runs]


def _in_words(value: float) -> str:
    """A large number by three digits.

    Example:
        >>> _in_words(15_568_769), _in_words(1_234)
        ('15.6 million', '1,230')
    """
    return f"{value / 1e6:.3g} million" if value >= 1e6 else f"{float(f'{value:.3g}'):,.0f}"


def event_film(
    frames: ArrayLike, path: Path, *, frame_ms: float, captions: Sequence[str] | None = None
) -> None:
    """Write a film of event counts as an animated GIF that repeats.

    Small sensors are enlarged by whole numbers, so that a pixel stays a square.

    Args:
        frames: [frames, rows, columns, 2] counts, OFF first.
        path: of the file.
        frame_ms: how long each is shown, at least 20; a GIF counts in steps of 10, to which it is
            rounded.
        captions: what stands below each frame; nothing if not given.

    Raises:
        ValueError: no frame, one that is shown for less than 20 ms, which browsers replace by 100,
            or not one caption per frame.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "film.gif"
        >>> event_film(np.eye(4).reshape(2, 2, 2, 2), path, frame_ms=40)
        >>> path.read_bytes()[:6]
        b'GIF89a'
    """
    from PIL import Image

    pictures = coloured(frames)
    if not len(pictures) or not frame_ms >= SHORTEST_MS:
        raise ValueError(
            f"{len(pictures)} frames of {frame_ms} ms; expected at least one, of {SHORTEST_MS} ms "
            "or more. Take fewer frames of a longer time, or show them for longer."
        )
    if captions is not None and len(captions) != len(pictures):
        raise ValueError(f"{len(captions)} captions for {len(pictures)} frames, expected as many.")
    times = max(1, _TALLEST // max(pictures.shape[1:3]))
    large = pictures.repeat(times, 1).repeat(times, 2)
    images = [Image.fromarray(picture) for picture in large]
    if captions is not None:
        images = [_captioned(i, words) for i, words in zip(images, captions, strict=True)]
    first, *rest = images
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=rest,
        duration=10 * round(frame_ms / 10),
        loop=0,
        optimize=False,
    )


def _captioned(image: "Image", words: str) -> "Image":
    """A picture above a line of words, which is made smaller where it would not fit."""
    from PIL import Image, ImageDraw, ImageFont

    size = 20.0
    width = ImageFont.load_default(size).getlength(words)
    size = max(9.0, min(size, size * (image.width - 12) / width))
    made = Image.new("RGB", (image.width, image.height + _CAPTION), "white")
    made.paste(image)
    draw = ImageDraw.Draw(made)
    draw.line([(0, image.height), (image.width, image.height)], fill=FAINT)
    place = (6, image.height + _CAPTION // 2)
    draw.text(place, words, fill=INK, font=ImageFont.load_default(size), anchor="lm")
    return made


def _moment(time_ms: float) -> str:
    """A time that is written in full where it is long."""
    return f"{time_ms:,.0f} ms" if time_ms >= 100 else f"{time_ms:.3g} ms"
