"""Phase-change neurons: a population decoded, against the closed forms.

Statistical tests have fixed seeds. Bounds are five standard deviations of what is compared, as
found in 80 other draws: a correct draw leaves one of them less than once in a million.
"""

import numpy as np
import pytest
from scipy import stats

from ranvier.apps.phase_change_neurons import run, write_report
from ranvier.apps.phase_change_neurons._population import fire, intervals, means, neurons, signal
from ranvier.apps.phase_change_neurons._theory import (
    Constants,
    expected_error,
    inverse_gaussian,
    overshoot,
    window_variance,
)
from tests.apps.small_runs import CHOSEN

PULSES, REPEATS = CHOSEN["phase-change-neurons"].values()


@pytest.fixture
def result(small_run):
    folder, found, _ = small_run("phase-change-neurons")
    return folder, found


def scores(result, name, measure):
    return {
        size: (mean, deviation)
        for size, mean, deviation in zip(
            result[1]["settings"]["sizes"],
            *result[1]["populations"][name][measure].values(),
            strict=True,
        )
    }


def test_every_part_of_the_signal_is_faster_than_a_neuron(result):
    """Spectrum: nothing outside the band, whose slow end is above the firing rate."""
    constants = Constants()
    wave = signal(constants._replace(depth=0.1), 6000, np.random.default_rng(1)) - 1
    power = np.abs(np.fft.rfft(wave)) ** 2
    frequencies = np.fft.rfftfreq(6000)
    heard = (frequencies >= 1 / 40) & (frequencies <= 1 / 16)
    assert power[~heard].sum() < 1e-6 * power.sum()
    assert frequencies[power > 1e-3 * power.max()].min() > 1 / constants.interval
    assert result[1]["slowest_over_rate"] == pytest.approx(constants.interval / 40)
    assert result[1]["slowest_over_rate"] > 1


def test_the_noisy_population_follows_as_independent_neurons_would(result):
    """A correlation deviates by 1.4 (1 - r^2) over the root of the windows, an error by 6 %."""
    told, error = scores(result, "noisy", "correlation"), scores(result, "noisy", "error")
    counts = REPEATS * PULSES / 4
    for size, wanted in zip(told, expected_error(Constants(), 4, list(told)), strict=True):
        r = 1 / np.sqrt(1 + wanted**2)
        assert abs(told[size][0] - r) < 5 * 1.4 * (1 - r**2) / np.sqrt(counts)
        assert error[size][0] == pytest.approx(wanted, rel=5 * 0.06 / np.sqrt(REPEATS))
    # A slope of -1/2 over three decades; it deviates by 0.006 in a repeat.
    slope = np.polyfit(np.log(list(told)), np.log([error[size][0] for size in told]), 1)[0]
    assert slope == pytest.approx(-0.5, abs=5 * 0.006 / np.sqrt(REPEATS))


def test_without_noise_a_thousand_tell_what_one_does(result):
    """Correlations of 0.09 and 0.35, which deviate by 0.035 and 0.05 in a repeat."""
    told = scores(result, "noiseless", "correlation")
    assert len({told[size] for size in told}) == 1
    assert told[1000][0] < 0.09 + 5 * 0.035 / np.sqrt(REPEATS)
    spread = scores(result, "noiseless, spread start", "correlation")
    assert spread[1000][0] < 0.35 + 5 * 0.05 / np.sqrt(REPEATS)
    assert scores(result, "noisy", "correlation")[1000][0] > 0.9


def test_without_noise_neurons_that_met_stay_together(result):
    assert max(result[1]["levels"]) < 30
    constants, rng = Constants(), np.random.default_rng(0)
    start = rng.uniform(constants.reset_uS, constants.threshold_uS, 300)
    unit = neurons(constants.noiseless, 300)
    spikes = fire(unit, signal(constants, 1000, rng), start_uS=start, key=None).spikes
    met = np.flatnonzero(spikes[:800].sum(axis=1) > 1)
    assert len(met) > 100
    for step in met:
        later = spikes[step + 1 :, spikes[step]]
        assert (later == later[:, :1]).all()


def test_intervals_are_those_of_theory(result):
    """20000 intervals; the variance to leading order, the distribution by Kolmogorov-Smirnov."""
    found, constants = result[1]["intervals"], Constants()
    assert found["count"] > 15_000
    error = np.sqrt(found["variance"] / found["count"])
    assert abs(found["mean"] - constants.interval) < 5 * error
    # It deviates by 1 %, and terms of order one are another.
    assert found["variance"] == pytest.approx(constants.interval_variance, rel=0.06)
    with np.load(result[0] / "recordings.npz") as arrays:
        ends, seen = arrays["interval"] + 0.5, arrays["probability"].cumsum()
    assert seen[-1] == pytest.approx(1)
    mean, variance = constants.interval, constants.interval_variance
    shape = mean**3 / variance
    bound = np.sqrt(np.log(2 / 1e-6) / 2 / found["count"])
    inverse = stats.invgauss(mean / shape, scale=shape)
    assert abs(seen - inverse.cdf(ends)).max() < bound
    assert abs(seen - stats.norm(mean, np.sqrt(variance)).cdf(ends)).max() > bound
    np.testing.assert_allclose(inverse_gaussian(ends, mean, variance), inverse.pdf(ends), atol=1e-9)


@pytest.mark.parametrize("noise", [0.3, 1.0, 2.0])
def test_the_overshoot_is_that_of_random_walks(noise):
    """20000 walks to a threshold of 300; what passes it deviates by less than the noise."""
    rng = np.random.default_rng(0)
    walks = np.cumsum(1 + noise * rng.normal(size=(20_000, 600)), axis=1)
    passed = walks > 300
    assert passed.any(axis=1).all()
    beyond = np.take_along_axis(walks, passed.argmax(axis=1)[:, None], axis=1) - 300
    assert abs(beyond.mean() - overshoot(noise)) < 5 * beyond.std() / np.sqrt(beyond.size)


def test_a_window_hears_as_much_of_the_signal_as_calculated():
    """Means of 40 signals; one deviates by less than 6 %."""
    constants = Constants(depth=0.1)
    for window in (1, 4, 8):
        found = [
            means(signal(constants, 4000, np.random.default_rng(seed)), window).var()
            for seed in range(40)
        ]
        expected = window_variance(constants, window)
        assert np.mean(found) == pytest.approx(expected, rel=5 * 0.06 / np.sqrt(40))


def test_intervals_of_a_neuron_do_not_reach_into_the_next():
    spikes = np.zeros((10, 3), int)
    spikes[[1, 4, 8], 0] = spikes[[2, 3], 2] = 1
    assert intervals(spikes, 1).tolist() == [3, 4, 1]
    assert intervals(spikes, 6).tolist() == [3, 1]


def test_the_report_shows_its_figures(result):
    folder, found = result
    page = write_report(folder).read_text()
    best = found["populations"]["noisy"]["correlation"]
    assert f"{best['mean'][8]:.3f} ± {best['deviation'][8]:.3f}" in page
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        "signal",
        "conductances",
        "correlation",
        "error",
        "intervals",
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pulses": 10}, "pulses is 10, expected at least 1000"),
        ({"window": 9}, "window is 9, expected 1 to 8 pulses"),
        ({"window": 0}, "window is 0, expected 1 to 8 pulses"),
        ({"repeats": 1}, "repeats is 1, expected at least 2"),
        ({"growth_noise": 0.0}, "growth_noise is 0.0, expected more than 0"),
    ],
)
def test_what_cannot_be_run_is_refused(options, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        run(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()
