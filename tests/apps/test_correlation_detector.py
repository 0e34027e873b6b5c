"""The correlation detector, small but whole, against what its rule must do."""

import json

import numpy as np
import pytest
from scipy import stats

from ranvier.apps import correlation_detector, kept_settings
from ranvier.apps._pulse_energies import programming
from ranvier.apps.correlation_detector import Settings, build, run
from ranvier.apps.correlation_detector._detector import (
    drawn,
    level_of_noise,
    levels_of_groups,
    watch,
)
from ranvier.apps.correlation_detector._measures import (
    d_prime,
    quantiles,
    rightly_taken,
    smallest_detected,
)
from tests.apps.small_runs import kept_programs


@pytest.fixture(scope="module", autouse=True)
def programs_are_kept(programs):
    """Programs are compiled once."""
    with kept_programs(programs):
        yield


@pytest.fixture
def small(small_run):
    """A finished run, with the parts that it has told of."""
    return small_run("correlation-detector")


def test_a_run_leaves_what_it_returns(small):
    folder, result, told = small
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert [part[0] for part in told][:3] == ["float-0", "float-0.5", "float-groups"]
    assert [part[1:] for part in told] == [(done, 6) for done in range(6)]
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        *("raster", "weights", "means", "d-prime", "groups")
    }
    page = (folder / "report.html").read_text()
    assert "not sourced" in page and "assumed: 0.1 mA" in page
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, build(preset="small"))
    assert build(**kept_settings(folder)) == build(preset="small")


def test_an_interrupted_run_goes_on_with_what_is_missing(small, tmp_path, monkeypatch):
    folder, result, _ = small
    (tmp_path / "parts").mkdir()
    for name in ("float-0", "float-0.5", "float-groups", "single-0", "single-groups"):
        kept = (folder / "parts" / f"{name}.npz").read_bytes()
        (tmp_path / "parts" / f"{name}.npz").write_bytes(kept)
    (tmp_path / "settings.json").write_bytes((folder / "settings.json").read_bytes())
    asked = []
    module = "ranvier.apps.correlation_detector._run.watch"
    monkeypatch.setattr(module, lambda *a: asked.append(a[0]) or watch(*a))
    again = run(tmp_path, build(**kept_settings(tmp_path)), resume=True)
    assert asked == ["single"]
    assert again["kinds"] == result["kinds"]


def test_correlation_is_found_and_its_absence_is_not(small):
    kinds = small[1]["kinds"]
    for kind in kinds.values():
        assert kind["d_prime"][1][0] > 2 and kind["smallest_detected"] == 0.5
        assert abs(kind["mean_d_prime"][0]) < 1
        # One in five by chance.
        assert kind["rightly_taken"][1][1] > 0.7 and kind["rightly_taken"][0][1] < 0.35
        assert kind["weight_of_group"] > kind["weight_of_rest"] + 0.2
    assert kinds["float"]["devices"] == 0 and kinds["single"]["devices"] == 200
    assert kinds["single"]["set_per_device"] > 0 < kinds["single"]["reset_per_device"]


def test_neurons_of_a_layer_take_a_group_each(small):
    for kind in small[1]["kinds"].values():
        assert kind["groups"]["specialised"] == 1
        means = np.array(kind["groups"]["mean_weights"])
        assert (np.diag(means) > 0.3).all() and means[0, 1] < 0.25 > means[1, 0]


def test_without_correlation_no_group_is_preferred():
    """Forty arrays of numbers: the mean d' is zero within five standard errors.

    Streams are alike without correlation, so that a false alarm is one in less than two of a
    million.
    """
    settings = build(preset="small", arrays=40, level_deviations=0.5)
    watched = watch("float", settings, [level_of_noise(settings)], drawn(settings, (40,), 0.0))
    assert watched.fired.sum((1, 2)).min() > 5
    found = d_prime(watched.weight[:, 0], np.arange(200) < 40)
    assert abs(found.mean()) < 5 * found.std(ddof=1) / np.sqrt(40)


def test_levels_are_those_of_the_streams():
    """Level of one neuron: k deviations of the current of streams without correlation."""
    settings = Settings(level_deviations=2.0)
    rng = np.random.default_rng(0)
    weight = rng.uniform(0.4, 0.6, (2000, 1000))
    current = (weight * (rng.random((2000, 1000)) < 0.02)).sum(1)
    wanted = current.mean() + 2 * current.std()
    # Standard errors of 2.2 / sqrt(2000), of the mean and twice of the deviation.
    assert level_of_noise(settings) == pytest.approx(wanted, abs=5 * 2.2 * np.sqrt(3 / 2000))
    levels = levels_of_groups(Settings(groups=(100, 50), groups_correlation=0.25))
    assert levels == pytest.approx([0.5 * (20 + 75 * 0.49), 0.5 * (20 + 25 * 0.49)])


def test_measures_are_those_of_known_distributions():
    rng, inside = np.random.default_rng(1), np.arange(40_000) < 10_000
    weight = rng.normal(np.where(inside, 3.0, 0.0), np.where(inside, 2.0, 1.0))
    assert float(d_prime(weight, inside)) == pytest.approx(3 / np.sqrt(2.5), abs=0.05)
    # As many above the threshold outside as below it inside.
    edge = np.quantile(weight, 0.75)
    wanted = 1 - stats.norm.cdf(edge, 3.0, 2.0)
    assert float(rightly_taken(weight, inside)) == pytest.approx(wanted, abs=0.02)
    first = np.array([1, 0, 0, 0], bool)
    assert d_prime(np.ones((3, 4)), first).tolist() == [0, 0, 0]
    assert float(d_prime(np.eye(4)[0], first)) == pytest.approx(1000)
    assert quantiles(np.arange(101)) == [10, 50, 90]
    rising = np.array([[0.0, 0.0], [3.0, 3.0], [1.0, 3.0], [3.0, 3.0]])
    assert smallest_detected([0.0, 0.1, 0.2, 0.3], rising) == 0.3
    assert smallest_detected([0.0, 0.1], np.array([[3.0], [1.0]])) is None


def test_energies_say_that_they_are_assumed():
    setting, resetting = programming(1000, 50)
    assert setting.picojoule == 10 * setting.low == setting.high / 10
    assert not setting.source.checked and "assumed" in resetting.source.text


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"synapses": ("flaot",)}, "synapses is 'flaot'. Did you mean 'float'"),
        ({"synapses": ()}, "synapses or groups is empty"),
        ({"group": 1000}, "expected fewer streams in them than the 1000"),
        ({"groups": (50, 50)}, "expected falling sizes"),
        ({"steps": 4001}, "expected a whole number of steps per piece"),
        ({"arrays": 1}, "arrays is 1"),
    ],
)
def test_what_cannot_be_run_is_refused(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)


def test_the_room_is_complete():
    assert correlation_detector.PRESETS["small"]["arrays"] == 2
    assert Settings(correlation=0.3).correlations == (0.0, 0.02, 0.05, 0.1, 0.25, 0.3, 0.5)
