"""The command that puts a network on a chip: what it hands on, prints and refuses."""

import json

import ranvier.apps.deployment as experiment

STAGE = {
    "before": 94.0,
    "after": 93.25,
    "agreeing": 390,
    "samples": 397,
    "layers": [{"name": "layer 1", "before": 20.0, "after": 21.5, "equal": 90.0}],
    "roundings": [
        {"layer": "layer 1", "quantity": "weights", "held_as": "8 bits", "error": 0.0071},
        {"layer": "layer 1", "quantity": "leak", "held_as": "1 step", "error": None},
    ],
    "cost": {"picojoule": 397e3 * 220},
}
FOUND = {"settings": {"chip": "reckon"}, "stages": {"network": STAGE}, "seconds": 3.0}


def test_options_become_settings_and_results_a_table(invoke, monkeypatch):
    asked = []

    def run(folder, settings, *, resume, progress):
        asked.append((settings, resume))
        return FOUND

    monkeypatch.setattr(experiment, "run", run)
    options = ["--chip", "reckon", "--data", "mnist", "--side", "14", "--steps", "20"]
    more = ["--hidden", "30", "--hidden", "20", "--epochs", "2", "--loop-epochs", "1"]
    table = invoke("deploy", *options, *more, "--seed", "4").stdout
    ((settings, resume),) = asked
    wanted = {"chip": "reckon", "data": "mnist", "side": 14, "steps": 20, "hidden": (30, 20)}
    wanted |= {"epochs": 2, "loop_epochs": 1, "seed": 4}
    assert settings == experiment.build(**wanted) and not resume
    assert "94.00" in table and "93.25" in table and "390 of 397" in table
    assert "8 bits, 0.71 % off" in table and "leak: 1 step" in table and "220 nJ" in table
    said = invoke("deploy", "net.nir", "--json", "--folder", "other").stdout
    assert json.loads(said) == FOUND and asked[-1][0] == experiment.build(model="net.nir")


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("deploy", "--chip", "reckoning", code=2).stderr
    assert "reckon" in said
    said = invoke("deploy", "--hidden", "300", code=2).stderr
    assert "rule of rows and columns" in said and "Traceback" not in said
