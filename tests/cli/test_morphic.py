"""The command of the digits on MorphIC: what it hands on, prints and refuses."""

import json

import ranvier.apps.morphic_digits as experiment

FOUND = {
    "off_chip": {
        "one-core": {
            "accuracy": 95.25,
            "software_accuracy": 95.5,
            "per_image": {"energy_uJ": 7.5},
        }
    },
    "on_chip": {
        "members-1-seed-0": {"accuracy": [20.0, 41.5], "reading": {"energy_uJ": 4.125}},
    },
    "published": {"odin_accuracy": 84.5},
    "seconds": 3.0,
}


def test_options_become_settings_and_results_a_table(invoke, monkeypatch):
    asked = []

    def run(folder, settings, *, resume, progress):
        progress("one-core, epoch 1", 1, 2)
        asked.append((settings, resume))
        return FOUND

    monkeypatch.setattr(experiment, "run", run)
    options = ["--data", "optical-digits", "--hidden", "30", "--epochs", "2", "--members", "1"]
    more = ["--members", "5", "--images", "90", "--passes", "3", "--bits", "6", "--move", "4"]
    rest = ["--moves", "8", "--seeds", "2", "--first-seed", "5", "--judged", "7"]
    table = invoke("run", "morphic-digits", *options, *more, *rest).stdout
    ((settings, resume),) = asked
    wanted = {"data": "optical-digits", "hidden": 30, "epochs": 2, "members": (1, 5)}
    wanted |= {"images": 90, "passes": 3, "bits": 6, "move": 4, "moves": (8,), "seeds": 2}
    wanted |= {"first_seed": 5, "judged": 7}
    assert settings == experiment.build(**wanted) and not resume
    assert all(said in table for said in ("95.2", "95.5", "7.50", "41.5", "4.12", "84.5"))
    assert "not verified" in table
    said = invoke("run", "morphic-digits", "--preset", "small", "--json", "--folder", "o").stdout
    assert json.loads(said) == FOUND and asked[-1][0] == experiment.build(preset="small")


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("run", "morphic-digits", "--moves", "999", code=2).stderr
    assert "P is 999 in move or moves, expected at most 128" in said
