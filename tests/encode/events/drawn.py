"""Events for tests: random ones, and a strategy of small ones."""

import numpy as np
from hypothesis import strategies as st

from ranvier.data.events import Events

ROWS, COLUMNS = 5, 7


def some(count=400, seed=0, span_us=100_000, rows=ROWS, columns=COLUMNS) -> Events:
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(0, span_us, count))
    x, y = random.integers(0, columns, count), random.integers(0, rows, count)
    return Events(t, x, y, random.integers(0, 2, count), width=columns, height=rows)


@st.composite
def events(draw, least=1, most=30):
    """Few events on a small sensor, some at equal times."""
    count = draw(st.integers(least, most))
    t = sorted(draw(st.lists(st.integers(0, 200), min_size=count, max_size=count)))
    column = st.integers(0, 3)
    x, y = (draw(st.lists(column, min_size=count, max_size=count)) for _ in range(2))
    p = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    return Events(t, x, y, p, width=4, height=4)
