"""The command of the comparison: what it hands on, prints and refuses."""

import json

import ranvier.apps.drtp as experiment

ROWS = [
    {"rule": "bp", "test_accuracy": 98.0, "test_accuracy_spread": 0.25},
    {"rule": "drtp", "test_accuracy": 95.5, "test_accuracy_spread": None},
]
FOUND = {
    "settings": {"rules": ["bp", "drtp"]},
    "networks": {"mnist-500": {"summary": ROWS}},
    "seconds": 3.0,
}


def test_options_become_settings_and_results_a_table(invoke, monkeypatch):
    asked = []

    def run(folder, settings, *, resume, progress):
        asked.append((settings, resume))
        return FOUND

    monkeypatch.setattr(experiment, "run", run)
    options = ["--network", "mnist-500", "--network", "regression", "--rule", "bp"]
    more = ["--learn", "50", "--seeds", "2", "--first-seed", "5", "--epochs", "2"]
    rates = ["--batch-size", "7", "--learning-rate", "0.1", "--learning-rate", "0.2"]
    table = invoke("run", "drtp", *options, *more, *rates).stdout
    ((settings, resume),) = asked
    wanted = {"networks": ("mnist-500", "regression"), "rules": ("bp",), "learn": 50, "seeds": 2}
    wanted |= {"first_seed": 5, "epochs": 2, "batch_size": 7, "learning_rates": (0.1, 0.2)}
    assert settings == experiment.build(**wanted) and not resume
    assert "2.00 ± 0.25" in table and "4.50" in table and "mnist-500" in table
    said = invoke("run", "drtp", "--preset", "small", "--json", "--folder", "other").stdout
    assert json.loads(said) == FOUND and asked[-1][0] == experiment.build(preset="small")


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("run", "drtp", "--network", "mnist", code=2).stderr
    assert "no network is called 'mnist'" in said
