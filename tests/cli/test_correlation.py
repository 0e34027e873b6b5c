"""The command of the correlation detector: what it hands on, prints and refuses."""

import json

import ranvier.apps.correlation_detector as detector

FOUND = {
    "settings": {"correlations": [0.0, 0.3], "correlation": 0.3},
    "kinds": {
        "single": {
            "d_prime": [[-0.1, 0.0, 0.1], [2.05, 2.28, 2.4]],
            "smallest_detected": None,
            "groups": {"specialised": 0.9},
        }
    },
    "seconds": 3.0,
}


def test_options_become_settings_and_results_a_table(invoke, monkeypatch):
    asked = []

    def run(folder, settings, *, resume, progress):
        progress("single-0", 0, 2)
        asked.append((settings, resume))
        return FOUND

    monkeypatch.setattr(detector, "run", run)
    options = ["--synapses", "single", "--groups", "30", "--groups", "20", "--group", "40"]
    more = ["--streams", "200", "--steps", "400", "--arrays", "3", "--correlation", "0.3"]
    command = ("run", "correlation-detector", *options, *more, "--seed", "7")
    table = invoke(*command, "--setting", "pieces=10").stdout
    ((settings, resume),) = asked
    wanted = {"synapses": ("single",), "groups": (30, 20), "group": 40, "streams": 200}
    wanted |= {"steps": 400, "arrays": 3, "correlation": 0.3, "seed": 7, "pieces": 10}
    assert settings == detector.build(**wanted) and not resume
    assert "2.28" in table and "2.05 to 2.40" in table and "nowhere" in table and "90" in table
    assert json.loads(invoke(*command, "--json", "--folder", "other").stdout) == FOUND


def test_mistakes_end_in_a_sentence(invoke):
    said = invoke("run", "correlation-detector", "--synapses", "pairs", code=2).stderr
    assert "synapses is 'pairs'. Did you mean 'pair'?" in said
    said = invoke("run", "correlation-detector", "--groups", "5", "--groups", "9", code=2).stderr
    assert "expected falling sizes" in said
