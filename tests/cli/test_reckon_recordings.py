"""The commands of recordings on the chip: what they hand on, print and refuse."""

import json

import pytest

import ranvier.apps.reckon_recordings as experiment

FOUND = {
    "held_out": "a random fifth of the trials",
    "settings": {"neurons": 100},
    "summary": {
        "seeds": 5,
        "mean": 95.25,
        "spread": 2.5,
        "spikes_per_neuron": 4.31,
        "energy_nJ": 312.4,
        "power_uW": 0.16,
    },
    "beside": {"bptt": {"mean": 98.0, "spread": None, "seeds": 1, "spikes": 250.0}},
    "neighbours": [{"accuracy": 93.6, "what": "another network", "source": "somewhere"}],
    "seconds": 3.0,
}


@pytest.fixture
def asked(monkeypatch):
    """The settings that runs were asked for."""
    found = []

    def run(folder, settings, *, resume, progress):
        progress("seed0, epoch 1", 0, 2)
        found.append(settings)
        return FOUND

    monkeypatch.setattr(experiment, "run", run)
    return found


def test_options_become_settings_and_results_a_table(invoke, asked):
    options = ["--split", "strangers", "--classes", "A", "--classes", "E", "--neurons", "50"]
    more = ["--seeds", "2", "--first-seed", "5", "--epochs", "2", "--beside", "bptt"]
    table = invoke("run", "reckon-braille", *options, *more).stdout
    wanted = {"split": "strangers", "classes": ("A", "E"), "neurons": 50, "beside": ("bptt",)}
    wanted |= {"seeds": 2, "first_seed": 5, "epochs": 2}
    assert asked == [experiment.build(**wanted)]
    assert "95.2 ± 2.5" in table and "98.0" in table and "4.3" in table and "2.5" in table
    assert "93.6 % (another network)" in table and "a random fifth" in table


def test_each_command_has_its_data(invoke, asked):
    said = invoke("run", "reckon-spoken-digits", "--preset", "strangers", "--json").stdout
    assert json.loads(said) == FOUND
    invoke("run", "reckon-spoken-digits", "--data", "heidelberg-digits", "--folder", "other")
    assert asked[0] == experiment.build(data="spoken-digits", preset="strangers")
    assert asked[1] == experiment.build(data="heidelberg-digits")


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("run", "reckon-braille", "--neurons", "7", code=2).stderr
    assert "neurons is 7" in said
