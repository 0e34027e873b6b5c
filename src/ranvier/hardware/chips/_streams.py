"""Events of a sensor or of another chip as the inputs, clock cycles and ticks of a chip."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ranvier.core import positive

if TYPE_CHECKING:
    from ranvier.data.events import Events


def inputs_of(events: "Events", inputs: int, *, polarity: bool = False) -> NDArray[np.int64]:
    r"""The input of a chip that each event is for, $i = y W + x$ of a sensor $W$ wide.

    Args:
        events: as `ranvier.data.events.read` gives them; a line of channels is a sensor of one row.
        inputs: that the chip has.
        polarity: whether what became brighter has inputs of its own, behind the others.

    Raises:
        ValueError: a sensor of unknown size, or with more pixels than inputs.

    Example:
        >>> from ranvier.data.events import Events
        >>> from ranvier.hardware.chips import odin
        >>> seen = Events([0, 400], [3, 1], [0, 1], [1, 0], width=4, height=2)
        >>> inputs_of(seen, 256).tolist(), inputs_of(seen, 256, polarity=True).tolist()
        ([3, 5], [11, 5])
        >>> [hex(code) for code in odin.spike(inputs_of(seen, 256))]
        ['0x307', '0x507']
    """
    if events.width is None or events.height is None:
        raise ValueError(
            f"inputs_of: nobody said how large the sensor of {events.name} is. Give `width` and "
            "`height` to `Events` or to the reader."
        )
    pixels = events.width * events.height
    wanted = 2 * pixels if polarity else pixels
    if wanted > inputs:
        raise ValueError(
            f"inputs_of: {events.name} come from {events.width} x {events.height} pixels"
            f"{' of two polarities' if polarity else ''}, {wanted} inputs, expected at most "
            f"{inputs}. `ranvier.encode.events.downsample` makes sensors smaller."
        )
    at = events.y.astype(np.int64) * events.width + events.x
    return at + pixels * events.p if polarity else at


def cycles_of(events: "Events", clock_MHz: float) -> NDArray[np.int64]:
    """The clock cycle in which each event arrives; the first comes at 0.

    Args:
        events: as in `inputs_of`.
        clock_MHz: of the chip.

    Raises:
        ValueError: a clock that stands.

    Example:
        >>> from ranvier.data.events import Events
        >>> cycles_of(Events([7, 9], [0, 0], [0, 0], [1, 1]), clock_MHz=75).tolist()
        [0, 150]
    """
    positive("cycles_of", clock_MHz=clock_MHz)
    return np.rint((events.t - events.t[:1]) * clock_MHz).astype(np.int64)


def ticks_of(
    events: "Events",
    inputs: int,
    *,
    tick_us: int,
    ticks: int | None = None,
    polarity: bool = False,
) -> NDArray[np.bool_]:
    r"""Which inputs have an event in which tick, $k = \lfloor (t - t_0) / \Delta \rfloor$.

    Args:
        events: as in `inputs_of`; the first opens the first tick.
        inputs: that the chip has.
        tick_us: how long a tick is.
        ticks: how many; those behind are left out. As many as there are if not given.
        polarity: as in `inputs_of`.

    Returns:
        `[ticks, inputs]`.

    Raises:
        ValueError: no time per tick, or what `inputs_of` refuses.

    Example:
        >>> from ranvier.data.events import Events
        >>> seen = Events([0, 400, 500, 1200], [2, 1, 1, 0], [0] * 4, [1] * 4, width=3, height=1)
        >>> ticks_of(seen, 3, tick_us=1000).astype(int).tolist()
        [[0, 1, 1], [1, 0, 0]]
    """
    positive("ticks_of", tick_us=tick_us)
    where = inputs_of(events, inputs, polarity=polarity)
    when = (events.t - events.t[:1]) // tick_us
    length = int(when.max(initial=-1)) + 1 if ticks is None else ticks
    spikes = np.zeros((length, inputs), bool)
    spikes[when[when < length], where[when < length]] = True
    return spikes
