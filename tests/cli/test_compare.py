"""The command that puts rules side by side: what it hands on, prints and refuses."""

import json

import ranvier.apps.compare_rules as comparison


def gradient(rule, seed, group, cosine):
    return {"rule": rule, "seed": seed, "group": group, "cosine": cosine}


def learned(rule, seed, cosine, score):
    return {"rule": rule, "seed": seed, "cosines": {"hidden": [0.0, cosine]}, "scores": [50, score]}


FOUND = {
    "settings": {"rules": ["bptt", "dfa"]},
    "task": {"measure": "accuracy (%)"},
    "gradients": [
        *(gradient("bptt", seed, "layer 1", 1.0) for seed in (0, 1)),
        *(gradient("dfa", seed, "layer 1", 0.25 * seed) for seed in (0, 1)),
    ],
    "learned": [
        *(learned("bptt", seed, 1.0, 90 + seed) for seed in (0, 1)),
        *(learned("dfa", seed, 0.5 + 0.1 * seed, 80 + seed) for seed in (0, 1)),
    ],
    "seconds": 3.0,
}


def test_options_become_settings_and_results_a_table(invoke, monkeypatch):
    asked = []

    def run(folder, settings, *, resume, progress):
        asked.append((settings, resume))
        return FOUND

    monkeypatch.setattr(comparison, "run", run)
    options = ["--task", "chorales", "--rule", "dfa", "--rule", "grapes:shuffled", "--layers", "2"]
    command = ("compare", "rules", *options, "--setting", "learning_rates=[0.01,0.1]")
    table = invoke(*command).stdout
    ((settings, resume),) = asked
    rules = ("bptt", "dfa", "grapes:shuffled")
    wanted = {"task": "chorales", "rules": rules, "layers": 2, "learning_rates": (0.01, 0.1)}
    assert settings == comparison.build(**wanted) and not resume
    rows = [line for line in table.splitlines() if "dfa" in line]
    assert len(rows) == 1 and all(cell in rows[0] for cell in ("0.125", "0.550", "80.5"))
    assert json.loads(invoke(*command, "--json", "--folder", "other").stdout) == FOUND


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("compare", "rules", "--rule", "grapes:shufled", code=2).stderr
    assert "'grapes:shufled': no control is called 'shufled'. Did you mean 'shuffled'?" in said
    said = invoke("compare", "rules", "--layers", "0", code=2).stderr
    assert "layers is 0" in said
