"""The table of networks on memory devices."""

from typing import Any


def memory_devices(rows: list[dict[str, Any]]) -> str:
    """One line per training, with and without compensation; the columns are the keys.

    Args:
        rows: each with the same keys; text, whole numbers, or nats per time step.

    Raises:
        ValueError: a row with other keys than the first.

    Example:
        >>> print(memory_devices([{"training": "plain", "seeds": 3, "4 days": 8.761}]))
        | training | seeds | 4 days |
        |---|--:|--:|
        | plain | 3 | 8.761 |
    """
    names = list(rows[0])
    for row in rows:
        if list(row) != names:
            raise ValueError(f"a row has the keys {list(row)}, expected {names}.")
    sides = ["---" if isinstance(value, str) else "--:" for value in rows[0].values()]
    lines = [names, *([_cell(value) for value in row.values()] for row in rows)]
    head, *body = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, f"|{'|'.join(sides)}|", *body])


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
