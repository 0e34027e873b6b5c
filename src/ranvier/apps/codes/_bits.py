"""Bits that a window of spikes holds, and what noise leaves of them."""

from typing import Any

import numpy as np

from ranvier.apps.codes._settings import Settings
from ranvier.encode import Channel, capacity, information

READ = {
    "count": "count",
    "binary": "binary",
    "timing": "timing",
    "rank-order": "rank order",
}
"""Readings of a window, as reports call them."""

_GRIDS: dict[str, tuple[float, ...]] = {
    "jitter": (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0),
    "deletion": (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    "offset": (0, 1, 2, 3, 4, 5),
}
_DECODED = 5
"""Units of which orders can still be decoded by going through all of them."""


def bits(settings: Settings) -> dict[str, Any]:
    """Capacities, and mutual information over three kinds of noise, one at a time.

    Args:
        settings: units, slots and samples.
    """
    units, slots = settings.units, settings.slots

    def over(kind: str) -> dict[str, Any]:
        found = {
            reading: [
                information(
                    reading,
                    units,
                    slots,
                    Channel()._replace(**{kind: value}),
                    samples=settings.samples,
                    seed=settings.first_seed,
                )
                for value in _GRIDS[kind]
            ]
            for reading in READ
        }
        return {
            "values": list(_GRIDS[kind]),
            "bits": {reading: [one.bits for one in line] for reading, line in found.items()},
        }

    few = min(units, _DECODED)
    noisy = Channel(jitter=0.5, deletion=0.1)
    return {
        "capacity": {reading: capacity(reading, units, slots) for reading in READ},
        "capacity_with_silence": capacity("timing-or-silence", units, slots),
        "capacity_with_ties": capacity("rank-order-with-ties", units, slots),
        "noise": {kind: over(kind) for kind in _GRIDS},
        "decoded": {
            "units": few,
            **noisy._asdict(),
            "readings": {
                reading: {
                    "capacity": capacity(reading, few, slots),
                    **information(reading, few, slots, noisy)._asdict(),
                }
                for reading in READ
            },
        },
    }


def bits_per_spike(settings: Settings) -> dict[str, float]:
    """Capacity over the mean number of spikes, all words being as likely.

    Args:
        settings: units and slots.
    """
    spikes = {reading: float(settings.units) for reading in READ}
    # Of all counts, and of all sets, half the units spike.
    spikes["count"] = spikes["binary"] = settings.units / 2
    return {
        reading: float(np.divide(capacity(reading, settings.units, settings.slots), count))
        for reading, count in spikes.items()
    }
