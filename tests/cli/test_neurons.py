"""The commands about single neurons: what they print, leave behind, and refuse."""

import json
from pathlib import Path

import pytest

import ranvier.apps.neuron as shown
from ranvier.apps import catalogue, pictures, reports


def test_a_neuron_is_shown_and_its_report_drawn_again(invoke, tmp_path):
    options = ["--level", "0.5", "--duration", "20", "--setting", "decay=0.5"]
    result = invoke("show", "neuron", "snu", *options, "--folder", "runs/mine", "--json")
    said = json.loads(result.stdout)
    folder = tmp_path / "runs" / "mine"
    assert said == json.loads((folder / "result.json").read_text())
    assert said["settings"]["parameters"] == {"decay": 0.5} and said["level"] == 0.5
    assert (tmp_path / "runs" / "latest").resolve() == folder
    (folder / "report.html").unlink()
    assert invoke("report", "runs/mine").stdout.strip() == "runs/mine/report.html"
    again = invoke("show", "neuron", "snu", "--folder", "runs/mine", code=2)
    assert "already holds a run" in again.stderr


def test_lines_say_what_a_neuron_did(invoke, monkeypatch):
    found = {
        **{"class": "LIF", "summary": "leaky", "spiking": True, "spikes": 3, "input": "input"},
        **{"level": 1.3, "first_spike": 44.3, "time_unit": "ms", "largest_rate": 172.0},
        **{"least_input_that_fires": 1.1, "rate_unit": "Hz", "seconds": 0.5},
    }
    asked = []
    monkeypatch.setattr(shown, "run", lambda *a, **k: asked.append((a, k)) or found)
    lines = invoke("show", "neuron", "lif").stdout.splitlines()
    assert lines[:4] == [
        "LIF: leaky",
        "spikes: 3 (input at 1.3)",
        "first spike: 44.3 ms",
        "fires from: 1.1; at most 172 Hz",
    ]
    folder = asked[0][0][0]
    assert folder.parent == Path("runs") and folder.name.startswith("neuron-lif-")
    assert lines[4] == f"0.5 s; report: {folder}/report.html"


def test_experiments_print_their_tables(invoke):
    options = ["--time-step-ms", "0.5", "--duration-ms", "300"]
    table = invoke("run", "fi-curve", *options, "--traced", "30").stdout
    assert "closed form (Hz)" in table and "101.260" in table
    lines = invoke("run", "phase-selectivity", *options).stdout
    assert "in phase only: 1.217 mV < weight < 2.303 mV" in lines
    assert "in phase, 1.5 mV: 6 spikes" in lines
    table = invoke("run", "phase-change-neurons", "--pulses", "1000", "--repeats", "2").stdout
    assert "neurons  closed form  noisy  noiseless, spread start  noiseless" in table
    assert "    500        0.891  " in table


def test_behaviours_are_listed_with_their_registers(invoke):
    lines = invoke("run", "odin-behaviours").stdout.splitlines()
    assert len(lines) == 22 and "registers that are not 0" in lines[0]
    assert lines[2].split()[:3] == ["phasic", "spiking", "1"] and "phasic_en=1" in lines[2]


def test_surrogates_are_listed_with_both_modes(invoke):
    lines = invoke("show", "surrogates").stdout
    assert "triangle(0.3, 1.0)" in lines and "forward minus reverse 0" in lines


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "neuron", "izhikevitch"], "no neuron is called 'izhikevitch'. Did you mean"),
        (["show", "neuron", "lif", "--setting", "tau=3"], "lif has no parameter 'tau'"),
        (["show", "neuron", "lif", "--setting", "tau"], "expected name=value"),
        (["show", "neuron", "lif", "--duration", "-1"], "duration is -1.0"),
        (["run", "fi-curve", "--traced", "100"], "traced is '100'"),
        (["run", "phase-selectivity", "--time-step-ms", "0.3"], "time_step_ms is 0.3"),
        (["run", "phase-change-neurons", "--window", "0"], "window is 0, expected 1 to 8"),
        (["show", "neurn"], "neuron"),
    ],
)
def test_a_wrong_value_ends_in_plain_words(arguments, words, invoke, tmp_path):
    result = invoke(*arguments, code=2)
    assert words in result.stderr and result.stdout == ""
    assert not list(tmp_path.glob("runs/*/result.json"))


def test_what_is_listed_can_be_run_and_reported(invoke):
    for family in (catalogue, pictures):
        for name in family:
            assert callable(family[name]) and callable(reports[name])
    for name in catalogue:
        assert "--folder" in invoke("run", name, "--help").stdout
    for name in pictures:
        assert "--folder" in invoke("show", name, "--help").stdout
