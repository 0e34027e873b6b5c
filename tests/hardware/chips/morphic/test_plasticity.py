"""Stochastic SDSP: what many binary synapses do on average, and the deterministic rule at p = 1.

Seeds are fixed. Limits are 4.4 standard deviations of independent draws, which a right machine
with another seed would pass but once in 90,000 comparisons.
"""

import numpy as np
import pytest

from ranvier.hardware.chips import morphic
from ranvier.hardware.chips.morphic._rows import GENERATOR
from tests.hardware.chips.morphic.networks import random_cores, random_events

SIGMAS = 4.4
RAISE, LOWER, FIRST = 0, 1, 8  # External lines: two that set all membranes, and plastic ones.
# Membrane 1 lets synapses rise, 0 lets them fall; it never fires.
NEURON = morphic.LIFNeuron(thr=255, ca_en=1, thetamem=1, ca_theta2=7, ca_theta3=7)
SET = {True: [LOWER] * 3 + [RAISE], False: [LOWER] * 3}


def learner(lines, start=0.0, **registers):
    """A core whose plastic lines inhibit, so that they leave a low membrane where it is."""
    synapses = np.zeros((1024, 512), int)
    synapses[512 + RAISE] = synapses[512 + LOWER] = 1
    rng = np.random.default_rng(0)
    plastic = slice(512 + FIRST, 512 + FIRST + lines)
    synapses[plastic] = rng.random((lines, 512)) < start
    every = ((1 << lines) - 1) << 512 + FIRST
    configuration = morphic.Configuration(
        line_sign=every | 1 << 512 + LOWER, line_plastic=every, **registers
    )
    chip = morphic.MorphIC([morphic.Core([NEURON] * 512, synapses, configuration)])
    return chip, lambda state: state.synapses[0, plastic]


def presynaptic(line, up):
    """Set the flags of all neurons, then an event of a plastic line."""
    return [*SET[up], FIRST + line]


def near(mean, expected, count):
    """Whether a mean of so many bits is what is expected of it."""
    width = np.sqrt(max(expected * (1 - expected), 1e-9) / count)
    return abs(mean - expected) < SIGMAS * width


@pytest.mark.parametrize("p", [(3, 1), (6, 3), (10, 100)])
def test_the_mean_weight_after_n_events_is_one_minus_the_power(p):
    bits, numerator = p
    chip, weights = learner(40, sdsp_n=bits, sdsp_p_up=numerator, seed=77)
    state, n = chip.init(), 0
    for events in (1, 2, 5):
        lines = [
            code for _ in range(events) for line in range(40) for code in presynaptic(line, up=True)
        ]
        state, _ = chip.run(state, morphic.line(lines))
        n += events
        expected = 1 - (1 - numerator / 2**bits) ** n
        assert near(weights(state).mean(), expected, 40 * 512)


def test_where_it_ends_between_rises_and_falls():
    """And the mean follows the graded rule of step p on the way, event by event."""
    pytest.importorskip("numba")
    rng, lines, events, a = np.random.default_rng(2), 100, 60, 0.6
    ups = rng.random((events, lines)) < a
    p_up, p_down = 8 / 64, 16 / 64
    chip, weights = learner(lines, 0.5, sdsp_n=6, sdsp_p_up=8, sdsp_p_down=16, seed=5)
    state = chip.init()
    graded = weights(state).mean(1)
    for row in ups:
        codes = [code for line, up in enumerate(row) for code in presynaptic(line, up)]
        state, _ = chip.run(state, morphic.line(codes))
        graded = np.where(row, graded + p_up * (1 - graded), graded - p_down * graded)
        assert near(weights(state).mean(), graded.mean(), lines * 512)
    # Each line on its own: one comparison of a hundred in 900 would fail by chance.
    assert all(near(w, g, 512) for w, g in zip(weights(state).mean(1), graded, strict=True))
    stationary = a * p_up / (a * p_up + (1 - a) * p_down)
    # The sequence of ups and downs is drawn too: it moves the mean of a hundred lines by 0.01.
    spread = graded.std(ddof=1) / np.sqrt(lines)
    assert abs(weights(state).mean() - stationary) < SIGMAS * (spread + 0.5 / np.sqrt(lines * 512))
    assert spread < 0.02


def test_transitions_of_synapses_are_not_linked():
    """Neighbours in a row and in time: correlations of the first transitions."""
    chip, weights = learner(40, sdsp_n=2, sdsp_p_up=1, seed=9)
    events = [code for line in range(40) for code in presynaptic(line, up=True)]
    state, _ = chip.run(chip.init(), morphic.line(events))
    moved = weights(state) - 0.25
    for one, other in ((moved[:, 1:], moved[:, :-1]), (moved[1:], moved[:-1])):
        link = (one * other).mean() / (0.25 * 0.75)
        assert abs(link) < SIGMAS / np.sqrt(one.size)


def test_certain_transitions_are_the_deterministic_rule():
    rng = np.random.default_rng(4)
    (core,) = random_cores(rng, (90,), 1)
    events = random_events(rng, 120, 1)
    results = []
    for bits, seed in ((0, 3), (7, 1234)):
        always = morphic.Configuration(
            sdsp_n=bits, sdsp_p_up=1 << bits, sdsp_p_down=1 << bits, seed=seed, open_loop=1
        )
        chip = morphic.MorphIC([morphic.Core(core.neurons, core.synapses, always)], compiled=False)
        results.append(chip.trace(chip.init(), events, ["synapses", "up", "down"])[1])
    one, other = results
    assert np.array_equal(one["synapses"], other["synapses"])
    # The rule in its own words, from the flags that the event before has left.
    changed = 0
    for k in range(1, len(events)):
        if events[k] & 3 > 1 or not events[k] >> 2 & 1:
            continue
        line = (events[k] >> 10 & 511) + 512 * (events[k] & 1)
        before, after = one["synapses"][k - 1, 0, line], one["synapses"][k, 0, line]
        up, down = one["up"][k - 1, 0], one["down"][k - 1, 0]
        assert np.array_equal(after, np.where(up, 1, np.where(down, 0, before)))
        changed += (after != before).sum()
    assert changed > 20


@pytest.mark.parametrize("registers", [{"sdsp_en": 0}, {"sdsp_p_up": 0, "sdsp_p_down": 0}])
def test_nothing_moves_where_nothing_may(registers):
    chip, weights = learner(5, 0.5, **registers)
    events = [code for up in (True, False) for line in range(5) for code in presynaptic(line, up)]
    state, output = chip.run(chip.init(), morphic.line(events))
    assert output.counts.synapse_changes == 0
    assert np.array_equal(weights(state), weights(chip.init()))


def test_calcium_opens_and_closes_learning():
    """Falling ends below theta2, rising below theta3, both begin at theta1."""
    neuron = morphic.LIFNeuron(thr=100, ca_en=1, thetamem=1, ca_theta1=1, ca_theta2=2, ca_theta3=3)
    chip = morphic.MorphIC([morphic.Core([neuron])])
    state, seen = chip.init(), []
    for _ in range(4):
        flags = []
        for events in ([], [morphic.virtual(0, 1)]):
            state, _ = chip.run(state, [*events, morphic.virtual(0, 0)])
            flags += [(int(state.flags[0, 0] & 1), int(state.flags[0, 0] >> 1))]
        seen.append(flags)
        state, _ = chip.run(state, [morphic.virtual(0, 7)] * 15)
    # Each line: falls with a low membrane, rises with a high one, by spikes so far.
    assert seen == [
        [(0, 0), (0, 0)],
        [(0, 1), (1, 0)],
        [(0, 0), (1, 0)],
        [(0, 0), (0, 0)],
    ]


def test_the_generator_does_not_return_early():
    """It is of full period: 2 to the 25, less one, which 512 bits per clock do not divide."""
    state, seen, numbers = 1, set(), []
    for _ in range(3000):
        drawn, state = GENERATOR.draw(state)
        seen.add(state)
        numbers += drawn
    assert len(seen) == 3000 and 0 not in seen
    counts = np.bincount(np.array(numbers) & 15, minlength=16)
    expected = len(numbers) / 16
    # Chi-square of 15 degrees of freedom: above 44.3 once in 10,000.
    assert ((counts - expected) ** 2 / expected).sum() < 44.3


def test_the_energy_is_that_of_rows_and_says_that_it_is_not_verified():
    chip, _ = learner(1)
    _, output = chip.run(chip.init(), morphic.line([FIRST] * 3))
    cost = morphic.energy(output.counts)
    assert cost.operations == 3 * 512 and cost.picojoule == 3 * 512 * 30.0
    assert not cost.source.checked and "not verified" in cost.source.text
