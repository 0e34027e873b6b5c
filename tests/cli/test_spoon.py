"""The command of SPOON's digits: what it hands on, prints and refuses."""

import json

import ranvier.apps.spoon_digits as experiment

FOUND = {
    "off_chip": {
        "accuracy": {"float": 98.1, "rounded": 97.9, "trained_rounded": 98.02, "chip": 98.02},
        "differing": 0,
    },
    "chips": {
        "seed0": {"test_accuracy": [90.0, 96.5]},
        "output-alone": {"test_accuracy": [80.0, 91.25]},
    },
    "summary": {"gap": 1.52},
    "published": {"off_chip": 97.5, "on_chip": 95.3},
    "seconds": 3.0,
}


def test_options_become_settings_and_results_a_table(invoke, monkeypatch):
    asked = []

    def run(folder, settings, *, resume, progress):
        progress("off the chip", 0, 2)
        asked.append((settings, resume))
        return FOUND

    monkeypatch.setattr(experiment, "run", run)
    options = ["--data", "n-mnist", "--images", "200", "--seeds", "2", "--first-seed", "5"]
    more = ["--epochs", "4", "--rate-hidden", "12", "--rate-output", "13"]
    table = invoke("run", "spoon-digits", *options, *more).stdout
    ((settings, resume),) = asked
    wanted = {"data": "n-mnist", "images": 200, "seeds": 2, "first_seed": 5}
    wanted |= {"epochs": 4, "rate_hidden": 12, "rate_output": 13}
    assert settings == experiment.build(**wanted) and not resume
    assert "98.10" in table and "96.50" in table and "91.25" in table and "1.52 points" in table
    assert "0 digits answered otherwise" in table
    said = invoke("run", "spoon-digits", "--preset", "small", "--json", "--folder", "other").stdout
    assert json.loads(said) == FOUND and asked[-1][0] == experiment.build(preset="small")


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("run", "spoon-digits", "--rate-hidden", "25", code=2).stderr
    assert "rate_hidden is 25" in said
