"""Capacities by counting words, and information through noise by going through all of them."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import norm

from ranvier.encode import READINGS, Channel, capacity, information
from ranvier.encode import _information as inside

READ = ("count", "binary", "timing", "rank-order")


def seen(reading, word):
    """What a reading leaves of the slots of a window; None is silence."""
    if reading == "count":
        return sum(slot is not None for slot in word)
    if reading == "binary":
        return tuple(slot is not None for slot in word)
    if reading.startswith("timing"):
        return word
    slots = sorted({slot for slot in word if slot is not None})
    return tuple(-1 if slot is None else slots.index(slot) for slot in word)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(("units", "slots"), [(1, 1), (2, 3), (4, 4), (3, 5), (4, 2)])
def test_capacity_counts_the_words(reading, units, slots):
    silence = reading in ("count", "binary", "timing-or-silence")
    choices = [*range(slots), None] if silence else list(range(slots))
    words = itertools.product(choices, repeat=units)
    if reading == "rank-order":
        if slots < units:
            with pytest.raises(ValueError, match="no order without ties"):
                capacity(reading, units, slots)
            return
        words = (word for word in words if len(set(word)) == units)
    found = {seen(reading, word) for word in words}
    assert capacity(reading, units, slots) == pytest.approx(math.log2(len(found)))


def test_the_published_table():
    values = [capacity(name, 10, 10) for name in READINGS[:5]]
    np.testing.assert_allclose(values, [3.46, 10, 33.2, 34.6, 21.8], atol=0.05)
    n = 10_000
    leading = n * math.log2(n) - n / math.log(2)
    assert capacity("rank-order", n, n) == pytest.approx(leading, rel=1e-3)


@pytest.mark.parametrize("reading", READ)
@pytest.mark.parametrize("units", [1, 5, 8])
def test_without_noise_everything_arrives(reading, units):
    found = information(reading, units, 10, Channel())
    assert found.bits == pytest.approx(capacity(reading, units, 10), abs=1e-9)


def by_enumeration(reading, units, slots, channel):
    """Mutual information from every word, every noise and every window: nothing factorised."""
    if reading == "rank-order":
        places = [round(rank * (slots - 1) / (units - 1)) for rank in range(units)]
        words = [
            tuple(places[rank] for rank in order) for order in itertools.permutations(range(units))
        ]
    else:
        choices = range(slots) if reading == "timing" else (0, None)
        words = list(itertools.product(choices, repeat=units))
    if reading == "count":
        words = [next(w for w in words if seen("count", w) == k) for k in range(units + 1)]
    joint = []
    for word in words:
        row = {}
        reach = range(-slots - 20, 2 * slots + 20)
        each = []
        for slot in word:
            if slot is None:
                each.append({None: 1.0})
                continue
            near = {
                t: norm.cdf(t + 0.5, slot, channel.jitter) - norm.cdf(t - 0.5, slot, channel.jitter)
                for t in reach
            }
            each.append({t: (1 - channel.deletion) * p for t, p in near.items() if p > 1e-7})
            each[-1][None] = channel.deletion
        for window in itertools.product(*(one.items() for one in each)):
            out = seen(reading, tuple(slot for slot, _ in window))
            row[out] = row.get(out, 0.0) + math.prod(p for _, p in window)
        joint.append(row)
    total = {}
    for row in joint:
        for out, p in row.items():
            total[out] = total.get(out, 0.0) + p / len(words)
    bits = sum(p * math.log2(p / total[out]) for row in joint for out, p in row.items() if p)
    correct = sum(max(row.get(out, 0.0) for row in joint) for out in total) / len(words)
    return bits / len(words), correct


@pytest.mark.parametrize("reading", READ)
def test_noise_takes_as_much_as_enumeration_says(reading):
    channel = Channel(jitter=0.6, deletion=0.15)
    found = information(reading, 3, 4, channel)
    bits, correct = by_enumeration(reading, 3, 4, channel)
    assert found.bits == pytest.approx(bits, abs=1e-3)
    assert found.correct == pytest.approx(correct, abs=1e-3)
    assert found.decoded_bits <= found.bits + 1e-9


def test_sampled_orders_agree_with_those_that_were_gone_through(monkeypatch):
    """20,000 windows: a standard error of about 0.01 bits, and as much bias."""
    channel = Channel(jitter=0.7, deletion=0.1)
    exact = information("rank-order", 5, 10, channel).bits
    monkeypatch.setattr(inside, "_EXACT_UNITS", 4)
    sampled = information("rank-order", 5, 10, channel, samples=20_000)
    assert sampled.bits == pytest.approx(exact, abs=0.06)
    assert math.isnan(sampled.decoded_bits) and math.isnan(sampled.correct)


def test_jitter_hurts_timing_first_then_the_order_and_counts_never():
    def kept(reading, jitter):
        return information(reading, 5, 10, Channel(jitter=jitter)).bits / capacity(reading, 5, 10)

    for jitter in (0.25, 0.5, 1.0, 2.0):
        assert kept("timing", jitter) < kept("rank-order", jitter) < kept("binary", jitter)
        assert kept("count", jitter) == pytest.approx(1) == kept("binary", jitter)
    falling = [kept("rank-order", jitter) for jitter in (0.0, 0.5, 1.0, 2.0, 4.0)]
    assert falling == sorted(falling, reverse=True)


def test_deletion_costs_times_and_orders_the_most_bits():
    lost = {
        name: capacity(name, 5, 10) - information(name, 5, 10, Channel(deletion=0.1)).bits
        for name in READ
    }
    assert lost["timing"] > lost["rank-order"] > lost["count"] and lost["timing"] > lost["binary"]


def test_the_order_outlives_a_common_offset_and_single_times_do_not():
    channel = Channel(offset=4)
    order, times = (information(name, 5, 10, channel).bits for name in ("rank-order", "timing"))
    assert order == pytest.approx(math.log2(120)) and times < order


def test_all_is_lost_when_all_spikes_are():
    for reading in READ:
        found = information(reading, 4, 6, Channel(deletion=1.0))
        assert found.bits == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: capacity("times", 3, 3), "Did you mean 'timing'"),
        (lambda: capacity("count", 0, 3), "units is 0"),
        (lambda: information("timing-or-silence", 3, 3, Channel()), "Known: binary"),
        (lambda: information("count", 3, 3, Channel(deletion=1.5)), "deletion is 1.5"),
        (lambda: information("count", 3, 3, Channel(jitter=-1)), "jitter is -1"),
        (lambda: information("rank-order", 4, 3, Channel()), "at least 4 slots"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
