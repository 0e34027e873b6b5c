"""The command of the chip's cue task: what it hands on, prints and refuses."""

import json

import ranvier.apps.reckon_cue as experiment

FOUND = {
    "chips": {
        "shipped": {"training_hits": [32, 46], "test_hits": [45, 49], "fresh_accuracy": 92.25}
    },
    "hardware": {"equal": True, "epochs": 2},
    "published": {"accuracy": 96.4},
    "seconds": 3.0,
}


def test_options_become_settings_and_results_a_table(invoke, monkeypatch):
    asked = []

    def run(folder, settings, *, resume, progress):
        progress("shipped, epoch 1", 0, 2)
        asked.append((settings, resume))
        return FOUND

    monkeypatch.setattr(experiment, "run", run)
    options = ["--data", "generated", "--trials", "20", "--weights", "drawn", "--seeds", "2"]
    more = ["--first-seed", "5", "--epochs", "2", "--fresh", "30"]
    table = invoke("run", "reckon-cue", *options, *more).stdout
    ((settings, resume),) = asked
    wanted = {"data": "generated", "trials": 20, "weights": "drawn", "seeds": 2}
    wanted |= {"first_seed": 5, "epochs": 2, "fresh": 30}
    assert settings == experiment.build(**wanted) and not resume
    assert "32 46" in table and "45 49" in table and "92.2" in table and "96.4" in table
    assert "equal to the hardware description over 2 epochs" in table
    said = invoke("run", "reckon-cue", "--preset", "shipped", "--json", "--folder", "other").stdout
    assert json.loads(said) == FOUND and asked[-1][0] == experiment.build(preset="shipped")


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("run", "reckon-cue", "--data", "generated", "--seeds", "0", code=2).stderr
    assert "seeds is 0, expected 1 or more" in said
