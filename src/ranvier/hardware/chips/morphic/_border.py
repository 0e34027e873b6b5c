"""What chips are given, checked and brought into the form that the machine reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ranvier.hardware.chips.morphic import _events
from ranvier.hardware.chips.morphic._registers import NEURONS, Route
from ranvier.hardware.chips.odin._border import addresses, by_index


def event_codes(events: Any, chips: int) -> np.ndarray:
    codes = addresses("MorphIC", events, _events.BITS)
    there = codes >> _events.CHIP_AT & 15
    beyond = np.flatnonzero(there >= chips)
    if len(beyond):
        raise ValueError(
            f"MorphIC.run: event {beyond[0]} is for chip {there[beyond[0]]}, expected 0 to "
            f"{chips - 1}: so many are joined."
        )
    return codes


def routes_of(owner: str, routes: Mapping[int, Route] | Sequence[Route], chips: int) -> np.ndarray:
    out = np.zeros((NEURONS, 3), np.int64)
    for index, route in by_index(owner, "routes", routes, NEURONS, "a core").items():
        if not isinstance(route, Route):
            raise TypeError(f"{owner}: the route of neuron {index} is {route!r}, expected a Route.")
        if route.chips >> chips:
            raise ValueError(
                f"{owner}: the route of neuron {index} has chips {route.chips:#b}, expected bits "
                f"0 to {chips - 1} alone: {chips} {'is' if chips == 1 else 'are'} joined."
            )
        if not route.cores and (route.chips or route.line):
            raise ValueError(
                f"{owner}: the route of neuron {index} has cores 0, which sends nothing, but a "
                "line or chips. Name cores, or leave the route out."
            )
        out[index] = route.cores, route.chips, route.line
    return out
