"""Rules of local plasticity against closed forms.

Statistical tests have fixed seeds and bounds of five standard errors: a correct rule fails one in
less than two of a million draws.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.learn.plasticity import (
    Additive,
    AllToAll,
    Bipolar,
    CoincidenceSTDP,
    Multiplicative,
    NearestNeighbour,
    OverlappingPulses,
    PairSTDP,
    Unipolar,
)

MIDDLE = jnp.full((1, 1), 0.5)


@eqx.filter_jit
def total(rule, weight, pre, post):
    """What a rule asks for in all, `[post, pre]`, from spikes `[T, pre]` and `[T, post]`."""

    def step(state, at):
        state, change = rule(state, weight, *at)
        return state, change

    return jax.lax.scan(step, rule.init(weight), (pre, post))[1].sum(0)


def pairs(lags, length):
    """One pair of spikes per lag, each in a synapse of its own: pre and post `[T, lags]`."""
    at, middle = np.arange(length)[:, None], length // 2
    pre = np.broadcast_to(at == middle, (length, len(lags)))
    return pre.astype(np.float32), (at == middle + np.asarray(lags)).astype(np.float32)


def window(rule, lags, length=200):
    """The change that one pair asks for, over the lag of the postsynaptic spike."""
    pre, post = pairs(lags, length)
    weight = jnp.full((len(lags), len(lags)), 0.5)
    return np.diag(total(rule, weight, pre, post))


@pytest.mark.parametrize("trace", [AllToAll, NearestNeighbour])
def test_the_window_is_exponential_on_both_sides(trace):
    rule = PairSTDP(0.01, 0.0105, pre=trace(16.8), post=trace(33.7))
    lags = np.array([-60, -30, -5, -1, 0, 1, 5, 30, 60])
    found = window(rule, lags)
    late, early = lags > 0, lags < 0
    np.testing.assert_allclose(found[late], 0.01 * np.exp(-lags[late] / 16.8), rtol=1e-5)
    np.testing.assert_allclose(found[early], -0.0105 * np.exp(lags[early] / 33.7), rtol=1e-5)
    assert found[lags == 0] == 0


@pytest.mark.parametrize(
    ("lag", "trace", "expected"),
    [
        (10, AllToAll, 0.359418),
        (10, NearestNeighbour, 0.357036),
        (-10, AllToAll, -0.378065),
        (-10, NearestNeighbour, -0.375560),
    ],
)
def test_sixty_regular_pairs(float64, lag, trace, expected):
    """Pairs of every period with every other one; the numbers were computed independently."""
    rule = PairSTDP(0.01, 0.0105, pre=trace(20.0), post=trace(20.0))
    pre = np.zeros((6100, 1))
    pre[50:6050:100] = 1
    found = total(rule, jnp.full((1, 1), 0.5), pre, np.roll(pre, lag, 0))
    assert float(found[0, 0]) == pytest.approx(expected, abs=6e-7)


@pytest.mark.parametrize(("lag", "alone"), [(10, 0.363918), (-10, -0.382114)])
def test_sixty_pairs_far_apart(float64, lag, alone):
    rule = PairSTDP(0.01, 0.0105, pre=AllToAll(20.0), post=AllToAll(20.0))
    pre = np.zeros((200, 1))
    pre[100] = 1
    found = total(rule, jnp.full((1, 1), 0.5), pre, np.roll(pre, lag, 0))
    assert 60 * float(found[0, 0]) == pytest.approx(alone, abs=6e-7)


def test_independent_poisson_spikes_drift_as_the_windows_weigh():
    """The mean per step is p^2 (A+ S+ - A- S-), S = 1 / (exp(dt / tau) - 1) of a discrete trace."""
    chance, steps, synapses = 0.02, 20_000, 40
    rule = PairSTDP(1.0, 0.4, pre=AllToAll(16.8), post=AllToAll(33.7))
    rng = np.random.default_rng(0)
    pre, post = (rng.random((2, steps, synapses)) < chance).astype(np.float32)
    weight = jnp.full((synapses, synapses), 0.5)
    found = np.diag(total(rule, weight, pre, post)) / steps
    sums = 1 / np.expm1(1 / np.array([16.8, 33.7]))
    wanted = chance**2 * (sums[0] - 0.4 * sums[1])
    error = found.std(ddof=1) / np.sqrt(synapses)
    assert abs(found.mean() - wanted) < 5 * error
    assert error < 0.05 * wanted
    # The continuous rule, up to the share of a step in a time constant.
    assert wanted == pytest.approx(chance**2 * (16.8 - 0.4 * 33.7), rel=0.1)


def test_multiplicative_weights_settle_where_theory_says():
    """Uncorrelated input: w / w_max = 1 / (1 + A- S- / (A+ S+)), up to order of the rate."""
    rule = PairSTDP(
        0.005, 0.006, pre=AllToAll(20.0), post=AllToAll(30.0), dependence=Multiplicative(2.0)
    )
    rng = np.random.default_rng(1)
    pre, post = (rng.random((2, 40_000, 20)) < 0.05).astype(np.float32)

    @eqx.filter_jit
    def settled(rule):
        def step(carry, at):
            state, weight = carry
            state, change = rule(state, weight, *at)
            return (state, weight + change), weight.mean()

        weight = jnp.full((20, 20), 0.2)
        return jax.lax.scan(step, (rule.init(weight), weight), (pre, post))[1][20_000:]

    sums = 1 / np.expm1(1 / np.array([20.0, 30.0]))
    wanted = 2.0 / (1 + 0.006 * sums[1] / (0.005 * sums[0]))
    assert float(settled(rule).mean()) == pytest.approx(wanted, rel=0.03)


def test_exponents_of_zero_are_additive():
    weight = jnp.linspace(0.1, 0.9, 5)
    flat = Multiplicative(1.0, up_exponent=0.0, down_exponent=0.0)
    assert jnp.array_equal(flat.up(weight), Additive().up(weight))
    assert jnp.array_equal(flat.down(weight), Additive().down(weight))
    half = Multiplicative(2.0, up_exponent=0.5)
    np.testing.assert_allclose(half.up(weight), 2 * (1 - weight / 2) ** 0.5, rtol=1e-6)


@pytest.mark.parametrize(
    "rule",
    [PairSTDP(), CoincidenceSTDP(0.1, 0.05, window=3), OverlappingPulses.rectangular(3, 2)],
    ids=["pairs", "coincidence", "overlap"],
)
def test_examples_of_a_batch_are_summed(rule):
    rng = np.random.default_rng(2)
    pre = (rng.random((30, 2, 3, 5)) < 0.3).astype(np.float32)
    post = (rng.random((30, 2, 3, 4)) < 0.3).astype(np.float32)
    weight = jnp.full((4, 5), 0.5)

    def step(state, at):
        return rule(state, weight, *at)

    together = jax.jit(
        lambda pre, post: jax.lax.scan(step, rule.init(weight, (2, 3)), (pre, post))[1].sum(0)
    )(pre, post)
    apart = sum(total(rule, weight, pre[:, i, j], post[:, i, j]) for i in (0, 1) for j in range(3))
    np.testing.assert_allclose(together, apart, atol=1e-5)
    assert abs(together).min() > 0


def test_coincidence_looks_back_as_far_as_its_window():
    rule = CoincidenceSTDP(0.5, 0.25, window=3)
    lags = np.array([-1, 0, 1, 2, 3, 4])
    np.testing.assert_array_equal(window(rule, lags, 20), [-0.25, 0.5, 0.5, 0.5, -0.25, -0.25])


def test_coincidence_balances_where_it_should():
    """Inputs active with a share q of the spikes rise where q > A- / (A+ + A-)."""
    rule, rng = CoincidenceSTDP(0.05, 0.02), np.random.default_rng(3)
    shares = np.array([0.1, 2 / 7, 0.6])
    pre = np.repeat(rng.random((20_000, 3)) < shares, 1, 0).astype(np.float32)
    found = total(rule, jnp.zeros((1, 3)), pre, np.ones((20_000, 1), np.float32))[0] / 20_000
    error = 0.07 * np.sqrt(shares * (1 - shares) / 20_000)
    assert (abs(found - (0.07 * shares - 0.02)) < 5 * error).all()
    assert found[0] < 0 < found[2]


# Overlapping pulses

STEPS = 4
"""Lags beyond the waveforms on both sides."""


def counted(pre_V, post_V, thresholds, lag):
    """Sub-steps of each kind when the postsynaptic waveform starts so many steps later."""
    parts = pre_V.shape[1]
    volts = np.zeros((2, 6 * (len(pre_V) + len(post_V)) * parts))
    middle = volts.shape[1] // 2 // parts * parts
    for side, waveform, start in ((0, pre_V, 0), (1, post_V, lag)):
        begin = middle + start * parts
        volts[side, begin : begin + waveform.size] = waveform.ravel()
    kinds = np.asarray(thresholds(jnp.asarray(volts[0] - volts[1])))
    return (kinds > 0).sum(), (kinds < 0).sum()


@pytest.mark.parametrize("kind", [Unipolar(1.0, 1.3), Bipolar(1.0, 0.9)], ids=["size", "sign"])
def test_the_window_is_the_count_of_overlapping_sub_steps(kind):
    """Any waveforms below the thresholds, five sub-steps to a step."""
    rng = np.random.default_rng(4)
    pre_V, post_V = rng.uniform(-0.85, 0.85, (3, 5)), rng.uniform(-0.85, 0.85, (4, 5))
    rule = OverlappingPulses(pre_V, post_V, kind, potentiation=0.5, depression=0.25)
    lags = np.arange(-5, 5)
    counts = np.array([counted(pre_V, post_V, kind, lag) for lag in lags])
    assert counts.sum(0).min() > 0
    np.testing.assert_allclose(window(rule, lags, 40), counts @ [0.5, -0.25], atol=1e-6)


def test_before_potentiates_and_after_depresses():
    rule = OverlappingPulses.rectangular(3, 2, potentiation=2.0, depression=0.5)
    lags = np.arange(-4, 5)
    wanted = np.where((lags >= 0) & (lags < 3), 2.0, np.where((lags < 0) & (lags >= -2), -0.5, 0.0))
    np.testing.assert_array_equal(window(rule, lags, 20), wanted)


def test_shifted_waveforms_of_two_signs_depend_on_the_order():
    """A ramp that changes sign half way, on both sides: the later spike decides the sign."""
    ramp = np.concatenate([np.full(3, 0.6), np.full(3, -0.6)]).reshape(6, 1)
    rule = OverlappingPulses(ramp, ramp, Bipolar(1.0, 1.0))
    found = window(rule, np.array([-3, -2, -1, 0, 1, 2, 3]), 30)
    # The tail of the earlier spike against the head of the later one.
    np.testing.assert_array_equal(found, [3, 2, 1, 0, -1, -2, -3])
    other = OverlappingPulses(-ramp, -ramp, Bipolar(1.0, 1.0))
    np.testing.assert_array_equal(window(other, np.array([-2, 2]), 30), [-2, 2])


def test_a_new_spike_starts_its_waveform_anew():
    rule = OverlappingPulses.rectangular(2, 2)
    pre, post = np.zeros((10, 1), np.float32), np.zeros((10, 1), np.float32)
    pre[[2, 3]], post[4] = 1, 1
    assert float(total(rule, MIDDLE, pre, post)[0, 0]) == 1.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: OverlappingPulses([[1.2]], [[0.2]], Unipolar(1.0, 1.5)),
            "pre_V alone crosses a threshold, with 1.2 V in step 0, sub-step 0",
        ),
        (
            lambda: OverlappingPulses([[0.2]], [[0.1], [1.2]], Bipolar(2.0, 1.0)),
            "post_V alone crosses a threshold, with 1.2 V in step 1, sub-step 0",
        ),
        (
            lambda: OverlappingPulses([[0.2, 0.3]], [[0.1]], Unipolar(1.0, 1.5)),
            r"shapes \(1, 2\) and \(1, 1\), expected",
        ),
        (lambda: OverlappingPulses.rectangular(2, 2, reset_V=1.7), "reset_V is 1.7, expected"),
        (lambda: OverlappingPulses.rectangular(0, 2), "before is 0, expected more than 0"),
        (lambda: Unipolar(1.5, 1.0), "set_V is 1.5, expected less than reset_V"),
        (lambda: Bipolar(1.0, 0.0), "reset_V is 0.0, expected more than 0"),
        (lambda: CoincidenceSTDP(-0.1, 0.1), "potentiation is -0.1 and depression 0.1, expected 0"),
        (lambda: CoincidenceSTDP(window=0), "window is 0, expected more than 0"),
        (lambda: AllToAll(0.0), "tau_ms is 0.0, expected more than 0"),
        (lambda: NearestNeighbour(-1.0), "tau_ms is -1.0, expected more than 0"),
        (lambda: PairSTDP(time_step_ms=0), "time_step_ms is 0, expected more than 0"),
        (lambda: Multiplicative(0.0), "maximum is 0.0, expected more than 0"),
        (lambda: Multiplicative(up_exponent=-1), "the exponents are -1 and 1.0, expected 0"),
    ],
)
def test_what_makes_no_sense_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
