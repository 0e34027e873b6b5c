"""The commands of digits on the learning chip: what they hand on, print and refuse."""

import json

import ranvier.apps.odin_rank_order as orders
import ranvier.apps.odin_sdsp_digits as experiment

FOUND = {
    "chips": {
        "seed0": {
            "accuracy": 85.25,
            "counted": {"accuracy": 86.5},
            "input_spikes": 45.75,
            "nanojoule": {"rows": 148.7, "single": 5.81},
        }
    },
    "summary": {"accuracy": {"mean": 85.25}},
    "published": {"accuracy": 84.5, "nanojoule": 15.0},
    "seconds": 3.0,
}


def test_options_become_settings_and_results_a_table(invoke, monkeypatch):
    asked = []

    def run(folder, settings, *, resume, progress):
        progress("seed0 learns", 0, 2)
        asked.append((settings, resume))
        return FOUND

    monkeypatch.setattr(experiment, "run", run)
    options = [
        "--data",
        "fashion-mnist",
        "--judge",
        "validation",
        "--judged",
        "20",
        "--images",
        "9",
    ]
    more = ["--spikes", "30", "--threshold", "99", "--no-deskew", "--seeds", "2"]
    table = invoke("run", "odin-sdsp-digits", *options, *more, "--first-seed", "5").stdout
    ((settings, resume),) = asked
    wanted = {"data": "fashion-mnist", "judge": "validation", "judged": 20, "images": 9}
    wanted |= {"spikes": 30, "threshold": 99, "deskew": False, "seeds": 2, "first_seed": 5}
    assert settings == experiment.build(**wanted) and not resume
    assert "85.25" in table and "86.50" in table and "5.81" in table and "149" in table
    assert "published 84.5 % and 15 nJ" in table
    said = invoke("run", "odin-sdsp-digits", "--preset", "small", "--json", "--folder", "o").stdout
    assert json.loads(said) == FOUND and asked[-1][0] == experiment.build(preset="small")


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("run", "odin-sdsp-digits", "--setting", "thetamem=250", code=2).stderr
    assert "thetamem is 250, expected less than learning_threshold" in said
    said = invoke("run", "odin-rank-order", "--code", "shuffled", code=2).stderr
    assert "expected each once and 'brightest' among them" in said


def test_codes_are_chosen_and_shown(invoke, monkeypatch):
    def told(accuracy, spikes, nanojoule):
        means = {"accuracy": accuracy, "input_spikes": spikes}
        return {
            **{name: {"mean": value} for name, value in means.items()},
            "nanojoule": {"single": {"mean": nanojoule}},
        }

    found = {
        "summary": {
            "brightest": {"own": told(85.25, 45.5, 5.81), "ranked": told(85.25, 45.5, 5.81)},
            "rate": {"own": told(70.5, 55.25, 7.02), "ranked": told(67.75, 48.0, 6.1)},
        },
        "published": {"accuracy": 84.5, "nanojoule": 15.0},
        "seconds": 3.0,
    }
    asked = []

    def run(folder, settings, *, resume, progress):
        progress("seed0-rate learns", 0, 2)
        asked.append(settings)
        return found

    monkeypatch.setattr(orders, "run", run)
    options = ["--code", "brightest", "--code", "rate", "--rate-spikes", "6", "--data"]
    options += ["fashion-mnist", "--judge", "validation", "--judged", "20", "--images", "9"]
    more = ["--spikes", "30", "--threshold", "99", "--no-deskew", "--seeds", "2"]
    table = invoke("run", "odin-rank-order", *options, *more, "--first-seed", "5").stdout
    wanted = {"codes": ("brightest", "rate"), "rate_spikes": 6, "data": "fashion-mnist"}
    wanted |= {"judge": "validation", "judged": 20, "images": 9, "spikes": 30, "threshold": 99}
    assert asked == [orders.build(**wanted, deskew=False, seeds=2, first_seed=5)]
    assert "85.25" in table and "67.75" in table and "7.02" in table and "55.2" in table
    assert "84.5 % and 15 nJ" in table
    said = invoke("run", "odin-rank-order", "--preset", "small", "--json", "--folder", "o").stdout
    assert json.loads(said) == found and asked[-1] == orders.build(preset="small")
