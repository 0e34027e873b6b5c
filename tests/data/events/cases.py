"""What the tests of formats share: events that a format can hold, and how to compare them."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import strategies as st

from ranvier.data.events import (
    DAVIS240,
    DAVIS346,
    DVS128,
    AddressEvents,
    AddressLayout,
    AddressText,
    Aedat2,
    Aedat3,
    Aedat4,
    Dat,
    Events,
    EventStream,
    Evt2,
    Evt3,
    Evt21,
    Field,
    NMnist,
    Slayer1D,
    SpikesHdf5,
    Tactile,
    Text,
)

CHIP = AddressLayout(
    x=Field(4, 5), y=Field(9, 4), polarity=Field(0, 1), width=20, height=9, mirror_x=True, on=0
)


@dataclass(frozen=True)
class Case:
    """A format, a sensor, and times that it can hold."""

    format: object
    width: int | None
    height: int | None
    start: int = 1 << 40
    step: int = 1 << 30
    total: int = 1 << 60
    polarities: tuple[int, ...] = (0, 1)
    rows: int | None = None  # Where fewer rows than the sensor's can be written.
    known: bool = True  # Whether the file says how large the sensor is.
    largest: int = field(default=2047)


CASES = {
    "aedat2 dvs128": Case(Aedat2(), 128, 128, start=(1 << 32) - 1),
    "aedat2 davis240": Case(Aedat2(layout=DAVIS240), 240, 180, start=(1 << 32) - 1),
    "aedat2 davis346": Case(Aedat2(layout=DAVIS346), 346, 260, start=(1 << 32) - 1),
    "aedat2 on 1": Case(Aedat2(layout=DVS128), 128, 128, start=0),
    "aedat3": Case(Aedat3(), 640, 480, step=1 << 33),
    "aedat3 unknown": Case(Aedat3(), None, None),
    "aedat4": Case(Aedat4(compression="none"), 640, 480, start=1 << 60),
    "aedat4 lz4": Case(Aedat4(stream_id=3), 640, 480),
    "aedat4 zstd": Case(Aedat4(compression="zstd"), 640, 480),
    "evt2": Case(Evt2(), 1280, 720, start=1 << 36, step=1 << 36, total=1 << 44),
    "evt21": Case(Evt21(), 1280, 720, start=1 << 36, step=1 << 36, total=1 << 44),
    "evt21 swapped": Case(Evt21(swapped=True), 70, 4, start=1 << 36),
    "evt3": Case(Evt3(), 1280, 720, start=1 << 28, step=1 << 27, total=1 << 39),
    "evt3 unknown": Case(Evt3(), None, None, start=1 << 28, step=1 << 20),
    "dat": Case(Dat(), 304, 240, start=(1 << 32) - 1),
    "es": Case(EventStream(), 300, 301, start=1 << 20, step=1 << 18),
    "es upright": Case(EventStream(mirror_y=False), 2048, 1, start=0, step=300),
    "n-mnist": Case(NMnist(), 34, 34, start=1 << 25, step=1 << 24, known=False),
    "n-mnist wide": Case(NMnist(240, 180), 240, 180, start=1 << 23, step=1 << 13),
    "text": Case(Text(), 240, 180, known=False),
    "text 346": Case(Text(346, 260), 346, 260, start=3),
    "slayer-1d": Case(Slayer1D(width=64), 64, 1, start=1 << 20, step=1000, total=1 << 22),
    "spikes-hdf5": Case(SpikesHdf5(width=700), 700, 1, start=1 << 30, polarities=(1,)),
    "st-mnist": Case(Tactile(), 10, 10, start=1 << 30),
    "aer": Case(AddressEvents(), None, 1, start=(1 << 32) - 1, polarities=(1,)),
    "aer chip": Case(
        AddressEvents(CHIP, address_bytes=2, time_bytes=2, byte_order="little"),
        *(20, 9),
        start=60_000,
        step=30_000,
    ),
    "aer long": Case(AddressEvents(CHIP, time_bytes=8, address_first=False), 20, 9),
    "aer-text": Case(AddressText(CHIP), 20, 9),
}


@st.composite
def events_of(draw, case: Case) -> Events:
    """Events that `case.format` can hold: bursts, gaps of every size, wraps of every counter."""
    count = draw(st.integers(0, 24))
    size = st.sampled_from([0, 1, 14, 63, 127, 4096, 1 << 13, 1 << 18, 1 << 23, 1 << 24, 1 << 31])
    step = st.one_of(st.just(0), size, st.integers(0, case.step)).map(lambda s: min(s, case.step))
    start = draw(st.integers(0, case.start))
    steps = [start, *draw(st.lists(step, min_size=count, max_size=count))]
    t = np.minimum(np.cumsum(steps), case.total)[1:] if count else np.zeros(0, np.int64)
    if count:
        t = np.concatenate([[start], t[:-1]])
    sides = []
    for side in (case.width, case.height):
        most = (side or case.largest + 1) - 1
        one = st.one_of(st.integers(0, most), st.integers(0, min(40, most)))
        sides.append(draw(st.lists(one, min_size=count, max_size=count)))
    p = draw(st.lists(st.sampled_from(case.polarities), min_size=count, max_size=count))
    return Events(
        t,
        np.array(sides[0], int),
        np.array(sides[1], int),
        np.array(p, int),
        width=case.width,
        height=case.height,
    )


def needs(name: str) -> None:
    """Skip where a format needs a package that is not there."""
    words = {"spikes-hdf5": "h5py", "lz4": "lz4", "zstd": "zstandard"}
    for word, package in words.items():
        if word in name:
            pytest.importorskip(package, reason=f"{package} is not installed")


def same(one: Events, two: Events) -> bool:
    """Whether two are equal in every event and its type."""
    return all(
        a.dtype == b.dtype and np.array_equal(a, b)
        for a, b in zip(one.columns, two.columns, strict=True)
    )
