"""Codes of whole pictures that spend about as many spikes as they are told to."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr

import ranvier.encode as encode

LABELS = {
    "rate": "rate, by chance",
    "regular-rate": "rate, regular",
    "send-on-delta": "send on delta",
    "burst": "burst",
    "phase": "phase, 3 bits",
    "timing": "timing, 2 units",
    "population": "population, 5 units",
    "latency": "latency",
    "rank-order": "rank order",
    "first-spikes": "who spikes first",
}
"""How reports call the codes of pictures."""

_PHASE_BITS, _BURST_STEPS, _TUNED, _FAINTEST = 3, 5, 5, 0.1
_BURST = {"threshold": 1.0, "growth": 2.0}

Spikes = Callable[[Any, Any, Any, Any], Any]
Read = Callable[[Any], Any]


class PictureCode(NamedTuple):
    """A code of pictures.

    Attributes:
        spikes: trains `[steps, pictures, cells, ...]` of activities `[pictures, cells]` within
            0..1, of the same in falling order, of a level that sets how many there are, and a key.
        read: one number per cell from trains, `[pictures, cells]`.
    """

    spikes: Spikes
    read: Read


def picture_codes(steps: int, by_rank: Any) -> dict[str, PictureCode]:
    """Every code of pictures.

    Args:
        steps: of the window.
        by_rank: the mean of the k-th largest activity of a picture, `[cells]`.
    """
    window_ms = float(steps - 1)
    curves = encode.gaussian_tuning(_TUNED, low=0.0, high=1.0)

    def in_time(values: Any) -> Any:
        times_ms = encode.latency(values, window_ms=window_ms)
        return encode.spikes_at(times_ms, steps, time_step_ms=1.0)

    def out_of_time(trains: Any) -> Any:
        times_ms = encode.first_spike(trains, time_step_ms=1.0)
        # A spike in the last slot is not the same as none.
        return encode.decode_latency(times_ms, window_ms=window_ms + 1)

    def tuned(values: Any) -> Any:
        activity = encode.population(values, curves)
        return in_time(jnp.where(activity >= _FAINTEST, activity, 0.0))

    def untuned(trains: Any) -> Any:
        activity = out_of_time(trains)
        return jnp.where(
            activity.sum(-1) > 0, encode.decode_population_vector(activity, curves), 0.0
        )

    def order(trains: Any) -> Any:
        times_ms = encode.first_spike(trains, time_step_ms=1.0)
        return jnp.where(jnp.isfinite(times_ms), by_rank[encode.ranks(-times_ms)], 0.0)

    def by_chance(values: Any, falling: Any, level: Any, key: Any) -> Any:
        return encode.rate(_shared(values, level / steps), steps, spikes=steps, key=key)

    def regular(values: Any, falling: Any, level: Any, key: Any) -> Any:
        start = jr.uniform(key, values.shape)
        return encode.regular_rate(_shared(values, level / steps), steps, start=start)

    def fading_in(values: Any, falling: Any, level: Any, key: Any) -> Any:
        gained = _gained(jnp.floor, values, falling, level)
        ramp = jnp.linspace(0, 1, steps + 1)[:, None, None] * gained
        return encode.send_on_delta(ramp, delta=1.0)[1:]

    def in_bursts(values: Any, falling: Any, level: Any, key: Any) -> Any:
        def once(x: Any) -> Any:
            return encode.burst(x, _BURST_STEPS, **_BURST)

        return once(_gained(lambda x: once(x).sum(0), values, falling, level))

    def count(trains: Any) -> Any:
        return trains.sum(0)

    return {
        "rate": PictureCode(by_chance, count),
        "regular-rate": PictureCode(regular, count),
        "send-on-delta": PictureCode(fading_in, count),
        "burst": PictureCode(in_bursts, lambda y: encode.decode_burst(y, **_BURST)),
        "phase": PictureCode(
            _brightest(lambda x: encode.phase(x, _PHASE_BITS)),
            lambda y: encode.decode_phase(y, _PHASE_BITS),
        ),
        "timing": PictureCode(
            _brightest(lambda x: encode.timing(x, 2, steps)), encode.decode_timing
        ),
        "population": PictureCode(_brightest(tuned), untuned),
        "latency": PictureCode(_brightest(in_time), out_of_time),
        "rank-order": PictureCode(_brightest(in_time), order),
        "first-spikes": PictureCode(_brightest(lambda x: jnp.ones((1, *x.shape))), count),
    }


def _gained(cost: Callable[[Any], Any], values: Any, falling: Any, level: Any) -> Any:
    """Activities times the largest gain of each picture at which it costs no more than `level`."""

    def halve(_: Any, ends: tuple[Any, Any]) -> tuple[Any, Any]:
        low, high = ends
        middle = (low + high) / 2
        fits = cost(middle * falling).sum(-1, keepdims=True) <= level
        return jnp.where(fits, middle, low), jnp.where(fits, high, middle)

    low = jnp.zeros_like(falling[:, :1])
    # A gain of this size costs at least one spike for each of `level` cells that are bright.
    low, _ = jax.lax.fori_loop(0, 24, halve, (low, low + 2.0**10))
    return low * values


def _shared(values: Any, level: Any) -> Any:
    """Activities that sum to `level` in every picture."""
    return values * (level / jnp.maximum(values.sum(-1, keepdims=True), 1e-9))


def _brightest(word: Callable[[Any], Any]) -> Spikes:
    """Each cell sends a word, the brightest first, until the spikes are spent."""

    def spikes(values: Any, falling: Any, level: Any, key: Any) -> Any:
        words = word(falling)
        cost = words.sum((0, *range(3, words.ndim)))
        # Cells without activity send nothing.
        sent = ((jnp.cumsum(cost, -1) <= level) & (falling > 0)).sum(-1, keepdims=True)
        least = jnp.take_along_axis(falling, jnp.maximum(sent - 1, 0), -1)
        speaks = (values >= least) & (sent > 0)
        trains = word(values)
        return trains * speaks.reshape(1, *speaks.shape, *(1,) * (trains.ndim - 3))

    return spikes
