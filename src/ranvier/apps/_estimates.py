"""What a network on arrays and its digital twin cost: estimates that close a report."""

from collections.abc import Mapping, Sequence
from typing import Any

from ranvier.hardware import (
    Area,
    Cost,
    device_area,
    digital_accumulate,
    digital_mac,
    digital_read,
    estimated,
    mac_on_hermes,
    sram_area,
)
from ranvier.report import Page

BITS = (2, 3, 4, 5, 6, 8)
"""Of digital weights that are tried."""

NODE_NM = 28.0
"""At which areas are compared."""


def equal_bits(by_bits: Mapping[str, float], wanted: float, *, better: str = "lower") -> int:
    """The fewest bits that reach a score; the most there are where none does.

    Args:
        by_bits: bits, as text, to score.
        wanted: the score to reach.
        better: "lower" or "higher".

    Example:
        >>> equal_bits({"2": 9.5, "4": 8.9, "8": 8.8}, 9.0)
        4
    """
    sign = 1 if better == "lower" else -1
    reached = [int(bits) for bits, score in by_bits.items() if sign * score <= sign * wanted]
    return min(reached) if reached else max(int(bits) for bits in by_bits)


def energies(work: Mapping[str, Any], bits: int) -> list[Cost]:
    """Of one unit of work, on arrays and in digital memory.

    Args:
        work: `weights` that are held; `dense` products and `event` products, of which the input is
            not zero; `spiking`, where a product is an addition.
        bits: of a digital weight.

    Example:
        >>> work = {"weights": 1000, "dense": 1000.0, "event": 100.0, "spiking": True}
        >>> [round(cost.picojoule) for cost in energies(work, 8)]
        [806, 205, 10, 125]
    """
    weights, dense, event = (work[name] for name in ("weights", "dense", "event"))
    one = digital_accumulate() if work["spiking"] else digital_mac()
    said = "additions" if work["spiking"] else "products"
    return [
        estimated("arrays, precise", dense, mac_on_hermes("precise")),
        estimated("arrays, fast", dense, mac_on_hermes("fast")),
        estimated(f"digital, {said}", event, one),
        estimated("digital, weights fetched", event, digital_read(bits, weights * bits / 8000)),
    ]


def cost_told(cost: Cost) -> dict[str, Any]:
    """A cost as JSON holds it, with its source.

    Args:
        cost: of anything.

    Example:
        >>> from ranvier.hardware import digital_accumulate, estimated
        >>> cost_told(estimated("sums", 10, digital_accumulate()))["source"]["checked"]
        True
    """
    return {**cost._asdict(), "source": cost.source._asdict()}


def cost_row(cost: Cost, picojoule: float) -> list[Any]:
    """A line of a table: what, operations, energy, from, to, source.

    Args:
        cost: an estimate.
        picojoule: of the unit of the table: 1e3 for nJ, 1e6 for uJ.

    Example:
        >>> cost_row(estimated("sums", 1000, digital_accumulate()), 1e3)[:5]
        ['sums', 1000, 0.1, 0.05, 0.2]
    """
    energies = [one / picojoule for one in (cost.picojoule, cost.low, cost.high)]
    return [cost.what, round(cost.operations), *energies, cost.source.text]


def areas(work: Mapping[str, Any], bits: int) -> list[Area]:
    """Of the cells of the devices, and of the bits of a digital memory.

    Args:
        work: `weights` and `devices` that hold them.
        bits: of a digital weight.

    Example:
        >>> [round(area.square_um) for area in areas({"weights": 1000, "devices": 2000}, 8)]
        [50, 1004]
    """
    return [
        device_area(work["devices"], node_nm=NODE_NM),
        sram_area(work["weights"] * bits, node_nm=NODE_NM),
    ]


def add_estimates(
    page: Page,
    work: Mapping[str, Any],
    bits: int,
    *,
    per: str,
    baseline: str,
    by_bits: Mapping[str, float] | None = None,
    score: str = "accuracy (%)",
) -> None:
    """Add the section on energy and area to a page.

    Args:
        page: to add to.
        work: see `energies` and `areas`.
        bits: of the digital weight that does as well.
        per: what the energy is for, such as "time step".
        baseline: what the digital twin is, in a sentence.
        by_bits: bits, as text, to score, if they are to be shown.
        score: how that score is called.
    """
    page.section("Energy and area, estimated", "energy")
    page.text(
        f"Nothing here was measured. {baseline} It works only where an input is not zero. It is of "
        "another node (45 nm) than the chip that prices the arrays (14 nm, phase-change memory); "
        "arrays read every weight every time.",
    )
    page.table(
        [f"per {per}", "operations", "energy (nJ)", "from", "to", "source"],
        [cost_row(cost, 1e3) for cost in energies(work, bits)],
        "From, to: the uncertainty of the prices, a factor of two either way. Neurons, control "
        "and static power are not counted for either.",
        decimals=2,
    )
    add_areas(page, areas(work, bits), f"{bits} bits per digital weight")
    if by_bits is not None:
        add_by_bits(page, by_bits, score)


def add_areas(page: Page, cells: Sequence[Area], said: str) -> None:
    """Add the table of areas to a page.

    Args:
        page: to add to.
        cells: see `areas`.
        said: what is to be said of them, for the caption.
    """
    page.table(
        [f"cells at {NODE_NM:g} nm", "cells", "area (µm²)", "from", "to", "source"],
        [
            [area.what, area.count, area.square_um, area.low, area.high, area.source.text]
            for area in cells
        ],
        f"Cells alone, {said}. Converters of an array can take more than its devices, and are not "
        "counted, nor is digital arithmetic.",
        decimals=0,
    )


def add_by_bits(page: Page, by_bits: Mapping[str, float], score: str) -> None:
    """Add the table of what rounding to few bits leaves of a network.

    Args:
        page: to add to.
        by_bits: bits, as text, to score.
        score: how that score is called.
    """
    page.table(
        ["bits of a digital weight", score],
        [[int(number), found] for number, found in by_bits.items()],
        "The network trained without devices, rounded after training, one scale per synapse.",
        decimals=3,
    )
