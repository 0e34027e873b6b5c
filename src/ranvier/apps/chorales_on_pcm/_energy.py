"""What a time step costs on arrays and in digital memory: estimates."""

from collections.abc import Mapping
from typing import Any

from ranvier.hardware import Cost, digital_accumulate, digital_read, estimated, mac_on_hermes


def equal_bits(by_bits: Mapping[str, float], wanted: float) -> int:
    """The fewest bits that reach a score; the most there are where none does.

    Args:
        by_bits: bits, as text, to score.
        wanted: the score to reach.

    Example:
        >>> equal_bits({"2": 9.5, "4": 8.9, "8": 8.8}, 9.0)
        4
    """
    reached = [int(bits) for bits, score in by_bits.items() if score <= wanted]
    return min(reached) if reached else max(int(bits) for bits in by_bits)


def energy_rows(model: dict[str, Any], bits: int) -> list[list[Any]]:
    """Operations and energies of one time step, on arrays and in digital memory.

    Args:
        model: its record in the result.
        bits: of a digital weight.
    """
    weights = [array["columns"] * array["rows"] for array in model["arrays"]]
    active = (model["input_activity"], model["compensated"]["active"]["mean"][0])
    events = sum(count * share for count, share in zip(weights, active, strict=True))
    memory_kB = sum(weights) * bits / 8 / 1000
    costs = [
        estimated("arrays, precise", sum(weights), mac_on_hermes("precise")),
        estimated("arrays, fast", sum(weights), mac_on_hermes("fast")),
        estimated("digital, additions", events, digital_accumulate()),
        estimated("digital, weights fetched", events, digital_read(bits, memory_kB)),
    ]
    return [_row(cost) for cost in costs]


def _row(cost: Cost) -> list[Any]:
    return [
        cost.what,
        round(cost.operations),
        cost.picojoule / 1000,
        cost.low / 1000,
        cost.high / 1000,
        cost.source.text,
    ]
