"""Elephant's and PySpike's measures of the planned trains."""

from __future__ import annotations

from typing import Any

import neo
import numpy as np
import pyspike
import quantities as pq
from elephant import conversion, spike_train_correlation, spike_train_dissimilarity, statistics

from benchmarks.spike_trains_plan import (
    BIN_MS,
    COSTS_PER_MS,
    REACH_MS,
    STOP_MS,
    TIME_CONSTANTS_MS,
    WINDOW_MS,
    middles,
    trains,
)
from benchmarks.workers.protocol import serve


def build(asked: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Every measure of one pair."""
    pair = trains()[asked["pair"]]
    own = [neo.SpikeTrain(one * pq.ms, t_stop=STOP_MS * pq.ms) for one in pair]
    binned = conversion.BinnedSpikeTrain(own, bin_size=WINDOW_MS * pq.ms)
    fine = [
        conversion.BinnedSpikeTrain(
            neo.SpikeTrain(middles(one) * pq.ms, t_stop=STOP_MS * pq.ms), bin_size=1 * pq.ms
        )
        for one in pair
    ]
    lags = spike_train_correlation.cross_correlation_histogram(
        *fine, window=[-int(REACH_MS), int(REACH_MS)], binary=False
    )[0]
    rate = statistics.time_histogram(own, bin_size=BIN_MS * pq.ms, output="rate")
    spikes = [pyspike.SpikeTrain(one, [0, STOP_MS]) for one in pair]
    found = {
        "rate (Hz)": float(statistics.mean_firing_rate(own[0]).rescale("Hz")),
        "CV of intervals": float(statistics.cv(statistics.isi(own[0]))),
        "local variation": float(statistics.lv(statistics.isi(own[0]))),
        "correlation of counts": float(
            spike_train_correlation.correlation_coefficient(binned)[0, 1]
        ),
        "correlogram": lags.magnitude[:, 0].tolist(),
        "PSTH (Hz)": rate.rescale("Hz").magnitude[:, 0].tolist(),
        "SPIKE-synchronisation": float(pyspike.spike_sync(*spikes)),
    }
    for constant in TIME_CONSTANTS_MS:
        distance = spike_train_dissimilarity.van_rossum_distance(own, constant * pq.ms)[0, 1]
        # Its integral has no factor 1/2.
        found[f"van Rossum, {constant:g} ms"] = float(distance / np.sqrt(2))
    for cost in COSTS_PER_MS:
        distance = spike_train_dissimilarity.victor_purpura_distance(own, cost / pq.ms)[0, 1]
        found[f"Victor and Purpura, {cost:g} per ms"] = float(distance)
    return (lambda: None), found


if __name__ == "__main__":
    serve(build, ("elephant", "pyspike"))
