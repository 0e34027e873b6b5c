"""What representations and transforms ask of events, and what they make of them."""

import dataclasses
from typing import Any, TypeVar

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

E = TypeVar("E")


def sensor_of(events: Any, shape: tuple[int, int] | None, owner: str) -> tuple[int, int]:
    """Rows and columns of the sensor.

    Args:
        events: anything with `t`, `x`, `y` and `p`; `height` and `width`, where it has them.
        shape: what the user says, `(rows, columns)`.
        owner: whom errors name.

    Raises:
        ValueError: nobody says how large the sensor is, or an event lies outside of it.

    Example:
        >>> from ranvier.data.events import Events
        >>> sensor_of(Events([3], [1], [0], [1], width=4, height=2), None, "frames")
        (2, 4)
    """
    if shape is None:
        shape = (getattr(events, "height", None), getattr(events, "width", None))  # pyright: ignore[reportAssignmentType]
    if shape is None or None in shape:
        raise ValueError(
            f"{owner}: these events do not say how large their sensor is. Give shape=(rows, "
            "columns)."
        )
    rows, columns = (int(side) for side in shape)
    if len(events.t):
        farthest = (int(np.max(events.y)), int(np.max(events.x)))
        if farthest[0] >= rows or farthest[1] >= columns:
            raise ValueError(
                f"{owner}: there are events up to row {farthest[0]} and column {farthest[1]}, "
                f"outside a sensor of {rows} rows and {columns} columns. Give the right shape."
            )
    return rows, columns


def chosen(events: E, mask: np.ndarray) -> E:
    """Some of the events.

    Args:
        events: a dataclass or a `NamedTuple` with `t`, `x`, `y` and `p`.
        mask: which are kept, or their numbers in order.
    """
    return changed(events, **{name: np.asarray(getattr(events, name))[mask] for name in "txyp"})


def changed(events: Any, **fields: Any) -> Any:
    """The same events with other values.

    Args:
        events: a dataclass or a `NamedTuple`.
        **fields: what changes.
    """
    if hasattr(events, "_replace"):
        return events._replace(**{k: v for k, v in fields.items() if k in events._fields})
    return dataclasses.replace(events, **fields)


def in_order(events: Any, t: np.ndarray, **fields: np.ndarray) -> Any:
    """The same events at other times, put in order; equal times keep theirs.

    Args:
        events: a dataclass or a `NamedTuple`.
        t: the new times.
        **fields: what else changes.
    """
    order = np.argsort(t, kind="stable")
    columns = {name: np.asarray(fields.get(name, getattr(events, name))) for name in "xyp"}
    return changed(events, t=t[order], **{name: c[order] for name, c in columns.items()})


def generator(key: PRNGKeyArray) -> np.random.Generator:
    """NumPy's generator from a key of JAX: the same key, the same numbers.

    Args:
        key: of JAX.

    Example:
        >>> one, two = (generator(jax.random.key(3)).random() for _ in range(2))
        >>> one == two
        True
    """
    return np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel().tolist())
