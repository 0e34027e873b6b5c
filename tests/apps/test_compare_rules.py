"""Rules side by side: what is known of them must be seen in a small comparison."""

import json
import time

import numpy as np
import pytest

from ranvier.apps.compare_rules import build, run, write_report
from ranvier.apps.compare_rules._costs import least_time, power, power_cells
from ranvier.apps.compare_rules._gradients import compared
from ranvier.apps.compare_rules._names import maker
from ranvier.apps.compare_rules._tasks import TASKS, accuracy
from ranvier.core import Batch

SMALL = {
    "rules": ("ostl", "uoro"),
    "units": 6,
    "seeds": 2,
    "draws": 40,
    "examples": 4,
    "updates": 20,
    "sizes": (16, 64),
    "lengths": (8, 16, 32, 64),
}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules") / "run"
    return folder, run(folder, build(**SMALL))


def rows(result, rule, hidden):
    return [
        row
        for row in result[1]["gradients"]
        if row["rule"] == rule and (row["group"] != "readout") == hidden
    ]


def test_gradients_are_as_theory_says(result):
    assert all(row["error"] == 0 and row["cosine"] > 0.99999 for row in rows(result, "bptt", True))
    for rule in ("ostl", "uoro"):
        assert all(row["error"] < 1e-5 for row in rows(result, rule, False))
    assert all(
        1e-3 < row["error"] < 1 and row["bias"] is None for row in rows(result, "ostl", True)
    )
    for row in rows(result, "uoro", True):
        assert row["spread"] > 1 and row["cosine"] < 0.9
        # The mean of 40 unbiased draws: one, give or take; with a bias, far more.
        assert row["bias"] < 4


def test_memory_grows_as_theory_says(result):
    growth = {
        rule: {what: fitted["power"] for what, fitted in found.items()}
        for rule, found in result[1]["growth"].items()
    }
    assert growth["bptt"]["bytes by steps"] > 0.4 > 0.1 > growth["ostl"]["bytes by steps"]
    assert growth["ostl"]["bytes by units"] > 1.2
    assert all(row["seconds_per_step"] > 0 for row in result[1]["costs"])


def test_every_rule_learns_from_the_same_batches(result):
    learned = result[1]["learned"]
    assert len(learned) == 3 * 2
    assert all(entry["samples"] == [4 * n for n in range(21)] for entry in learned)
    first = {(entry["seed"], entry["scores"][0]) for entry in learned}
    assert len(first) == 2


def test_the_report_shows_gradients_scores_and_costs(result):
    folder, _ = result
    page = write_report(folder).read_text()
    assert "Learning rules on temporal-xor" in page and "published memory" in page
    names = {path.stem for path in (folder / "figures").glob("*.png")}
    costs = {"memory-by-units", "time-by-units", "memory-by-steps", "time-by-steps"}
    assert names == {"gradients", "learning", "alignment", *costs}


def test_gradients_are_compared_while_networks_learn(result):
    for entry in result[1]["learned"]:
        assert all(len(found) == 21 for found in entry["cosines"].values())
        assert set(entry["cosines"]) == {row["group"] for row in result[1]["gradients"]} | {
            "hidden"
        }
        hidden = entry["cosines"]["hidden"]
        if entry["rule"] == "bptt":
            assert min(hidden) > 0.99999
        elif entry["rule"] == "ostl":
            # What it drops depends on the weights, and so changes with them.
            assert 0.5 < min(hidden) < max(hidden) < 0.9999
        assert min(entry["cosines"]["readout"]) > 0.9999


SPATIAL = {
    "rules": (
        *("ostl", "fa", "dfa", "ifa", "drtp", "shallow"),
        *("grapes", "grapes:shuffled", "local-grapes:mean"),
    ),
    "layers": 2,
    "units": 6,
    "seeds": 2,
    "examples": 4,
    "updates": 4,
    "sizes": (),
    "tested": 10,
    "learning_rates": (1e-3, 1e-2),
}


@pytest.fixture(scope="module")
def spatial(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spatial") / "run"
    return folder, run(folder, build(**SPATIAL))


def test_spatial_rules_are_as_theory_says(spatial):
    cosine = {}
    for row in spatial[1]["gradients"]:
        cosine.setdefault((row["rule"], row["group"]), []).append(row["cosine"])
    for rule in spatial[1]["settings"]["rules"]:
        assert min(cosine[rule, "readout"]) > 0.99999
    for group in ("layer 1", "layer 2"):
        assert 0 < min(cosine["ostl", group]) <= max(cosine["ostl", group]) < 0.9999
    assert set(cosine["shallow", "layer 1"]) == set(cosine["shallow", "layer 2"]) == {0}
    for rule in ("fa", "dfa", "ifa", "drtp"):
        assert max(cosine[rule, "layer 1"]) < 0.99
    assert cosine["dfa", "layer 1"] == cosine["ifa", "layer 1"]
    assert len({cosine[rule, "layer 2"][0] for rule in ("fa", "dfa", "ifa", "drtp")}) == 4
    for rule in ("grapes", "grapes:shuffled"):
        assert 0.8 < min(cosine[rule, "layer 1"]) <= max(cosine[rule, "layer 1"]) < 0.99999
    # The mean of the factors at every unit: a longer step the same way, but for shared decays.
    for row in spatial[1]["gradients"]:
        if row["rule"] == "local-grapes:mean" and row["group"] != "readout":
            assert row["error"] > 0.3 and row["cosine"] > 0.99


def test_learning_rates_are_chosen_rule_by_rule_and_grapes_is_held_against_its_controls(spatial):
    folder, found = spatial
    tuning = {}
    for row in found["tuning"]:
        tuning.setdefault(row["rule"], {})[row["learning_rate"]] = row["valid"]
    assert set(tuning) == set(found["settings"]["rules"])
    for rule, tried in tuning.items():
        rates = {e["learning_rate"] for e in found["learned"] if e["rule"] == rule}
        assert set(tried) == {1e-3, 1e-2} and rates == {max(tried, key=lambda r: tried[r])}
    pairs = [(row["rule"], row["against"]) for row in found["importance"]]
    assert pairs == [
        *(("grapes", against) for against in ("bptt", "grapes:shuffled")),
    ]
    scores = {
        rule: np.array([e["scores"][-1] for e in found["learned"] if e["rule"] == rule])
        for rule in found["settings"]["rules"]
    }
    for row in found["importance"]:
        apart = scores[row["rule"]] - scores[row["against"]]
        assert row["mean"] == pytest.approx(apart.mean())
        assert row["spread"] == pytest.approx(apart.std(ddof=1))
    page = write_report(folder).read_text()
    assert "GRAPES and what it must beat" in page and "6 units in each of 2 layers" in page


def test_a_rule_that_diverges_at_every_learning_rate_says_so(tmp_path):
    small = {"units": 3, "seeds": 1, "examples": 2, "updates": 4, "sizes": ()}
    wild = build(rules=("bptt",), learning_rates=(1e38,), **small)
    with pytest.raises(FloatingPointError, match="'bptt' diverges at every learning rate"):
        run(tmp_path / "run", wild)


def test_controls_are_read_from_names():
    assert maker("grapes:mean").keywords["modulation"]
    for name, words in (
        ("grapes:men", "'grapes:men': no control is called 'men'. Did you mean 'mean'"),
        ("dfa:mean", "'dfa:mean': controls belong to grapes and local-grapes, not to 'dfa'"),
    ):
        with pytest.raises(ValueError, match=words):
            build(rules=(name,))


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    settings = build(rules=("bptt",), units=3, seeds=2, examples=2, updates=10, sizes=())
    whole, seen = run(tmp_path / "whole", settings), []

    def stop(what, done, total):
        if what == "learning: bptt, network 1" and done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", settings, progress=stop)
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(tmp_path / "run", settings)

    def watch(what, done, total):
        seen.append(what)

    again = run(tmp_path / "run", settings, resume=True, progress=watch)
    assert {what for what in seen if "learning" in what} == {"learning: bptt, network 1"}
    for part in ("gradients", "learned"):
        assert json.dumps(again[part]) == json.dumps(whole[part])


def test_spike_times_are_learned_behind_a_filter_and_elsewhere_the_rule_says_so(tmp_path):
    rest = {"rules": ("super-spike",), "network": "lif", "units": 12, "seeds": 1, "examples": 1}
    rest |= {"updates": 0, "sizes": ()}
    found = run(tmp_path / "times", build(task="spike-times", **rest))["gradients"]
    cosine = {row["group"]: row["cosine"] for row in found if row["rule"] == "super-spike"}
    # But for resets, the output's weights follow the gradient; hidden ones do so roughly.
    assert cosine["readout"] > 0.9 and 0.1 < cosine["input weights"] < 0.9999
    with pytest.raises(ValueError, match=r"rule 'super-spike': .*last layer is a Readout"):
        run(tmp_path / "other", build(**rest))


def test_what_is_compared_is_measured_right():
    exact = np.array([3.0, 4.0])
    assert compared(exact[None], exact) == {
        "cosine": 1.0,
        "error": 0.0,
        "spread": None,
        "bias": None,
    }
    found = compared(np.array([[3.0, 5.0], [3.0, 3.0]]), exact)
    assert found["error"] == 0 and found["spread"] == pytest.approx(np.sqrt(2) / 5)
    assert set(compared(exact[None], 0 * exact).values()) == {None}


def test_powers_are_fitted_over_the_upper_sizes_and_carry_their_error():
    # A constant of 1000 rules the small sizes; those below a quarter of the largest do not count.
    sizes = [8.0, 16.0, 128.0, 256.0, 512.0]
    found = power(sizes, [1000.0, 1000.0, *(n**3 for n in sizes[2:])])
    assert found == {"power": 3, "error": 0}
    # Three points, of which the middle one is off by e^0.3: as by any textbook of regression.
    noisy = power([1.0, 2.0, 4.0], [1.0, 4 * np.exp(0.3), 16.0])
    assert noisy["power"] == pytest.approx(2)
    assert noisy["error"] == pytest.approx(np.sqrt(0.06 / (2 * np.log(2) ** 2)))
    assert power([4.0, 8.0], [1.0, 8.0]) == {"power": 3, "error": None}
    assert power([4.0], [1.0]) is None and power([], []) is None
    assert power_cells("uoro", {})[1:] == ["", "", "", "", "n²", "n²"]


def test_time_is_the_least_of_a_few_repeats():
    turns = iter([0.0, 0.03, 0.01, 0.03, 0.03, 0.03])

    def work():
        end = time.process_time() + next(turns)
        while time.process_time() < end:
            pass

    assert 0.01 <= least_time(work) < 0.02
    assert next(turns, None) is None


@pytest.mark.parametrize(
    "name", ["temporal-xor", "cue-accumulation", "pattern-generation", "spike-times"]
)
def test_generated_tasks_fit_their_description(name):
    check_task(TASKS[name]())


@pytest.mark.parametrize("name", ["chorales", "digits", "weather", "speech"])
def test_tasks_on_real_data_fit_their_description(name, real_data):
    check_task(TASKS[name]())


def check_task(task):
    for draw in (task.draw, task.test):
        one, two = (draw(np.random.default_rng(3), 4) for _ in range(2))
        assert one.x.shape[1:] == (4, task.width) and one.target.shape[1:] == (4, task.answers)
        assert one.mask.shape == one.x.shape[:2] and one.mask.sum() > 0
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_accuracy_counts_valid_steps_only():
    outputs = np.zeros((2, 2, 2), np.float32)
    outputs[0, :, 1], outputs[1, :, 0] = 1, 5
    target = np.broadcast_to(np.eye(2, dtype=np.float32)[[1, 0]], (2, 2, 2))
    mask = np.array([[1, 1], [0, 0]], np.float32)
    assert float(accuracy(outputs, Batch(outputs, target, mask))) == 50


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"task": "xor"}, "no task is called 'xor'. Known: .*temporal-xor"),
        ({"network": "lsm"}, "no network is called 'lsm'. Did you mean 'lstm'"),
        ({"rules": ("bpt",)}, "'bpt'"),
        ({"units": 0}, "units is 0"),
    ],
)
def test_refused_settings(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)
