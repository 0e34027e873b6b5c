"""The command line: quick to answer, plain about mistakes, and clean on standard output."""

import json
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import ranvier.apps.chorales as experiment
import ranvier.data
from tests.apps.conftest import chords

OPTIONS = [
    *("run", "chorales", "--data", "nottingham", "--neuron", "snu", "--rule", "bptt"),
    *("--size", "3", "--epochs", "1", "--batch-size", "3"),
]


@pytest.fixture
def tiny(monkeypatch):
    """A data set of three random pieces, so that a run takes seconds."""
    part = chords("tiny", 3, 0)
    split = ranvier.data.Split(part, part, part, source="Random chords.", rule="None.")
    monkeypatch.setattr(ranvier.data, "nottingham", lambda: split)


# In a process of its own


def python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


IMPORTED = """
import sys
from ranvier.cli import main
sys.argv = ["ranvier", *sys.argv[1:]]
try:
    main()
except SystemExit as exit:
    assert not exit.code, exit.code
heavy = {"jax", "numpy", "matplotlib", "equinox", "optax", "scipy", "music21", "pooch"}
print("imported:", sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["show", "--help"], ["report", "--help"], ["events", "--help"]],
)
def test_help_imports_nothing_heavy(arguments):
    # `run` starts Python anew for warm pages, which would lose the question.
    code = IMPORTED.replace(
        "import sys\n", "import os, sys\nos.environ['GLIBC_TUNABLES'] = ''\n", 1
    )
    output = python(code, *arguments)
    assert "Usage: ranvier" in output
    assert output.splitlines()[-1] == "imported: []"


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, ranvier; print(sorted({'jax', 'numpy', 'equinox'} & set(sys.modules)))"
    assert python(code) == "[]\n"


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "ranvier.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "0.1.0\n"


# Names


def test_list_names_every_family(invoke):
    shown = invoke("list").stdout
    known = json.loads(invoke("list", "--json").stdout)
    families = {
        *("experiment", "picture", "neuron", "rule", "code"),
        *("device", "pulsed device", "chip", "data set", "event format"),
    }
    assert set(known) == families
    assert set(known["picture"]) == {"neuron", "surrogates"}
    assert set(known["neuron"]) >= {"snu", "ssnu", "lif", "rnn", "gru", "lstm"}
    assert set(known["rule"]) == {
        *("bptt", "ostl", "ostl-with-h", "rtrl", "osttp", "rflo", "snap-1"),
        *("e-prop", "e-prop-3", "e-prop-random", "e-prop-reckon", "uoro", "kf-rtrl", "ok-rtrl"),
        *("super-spike", "truncated-bptt", "event-prop", "grapes", "local-grapes"),
        *("fa", "dfa", "ifa", "drtp", "shallow"),
    }
    assert set(known["code"]) == {
        *("rate", "regular-rate", "poisson", "latency", "charging-latency", "rank-order"),
        *("population", "binary", "timing", "phase", "burst", "send-on-delta", "level-crossing"),
        *("step-forward", "moving-window", "sigma-delta", "asynchronous-sigma-delta"),
        *("bens-spiker", "hough-spiker", "time-encoding", "leaky-send-on-delta"),
        *("send-on-area", "send-on-energy"),
    }
    assert set(known["chip"]) == {"odin", "tiny-odin", "morphic", "reckon", "spoon"}
    assert set(known["data set"]) == {
        *("bach", "jsb", "nottingham", "piano-midi"),
        *("mnist", "fashion-mnist", "optical-digits", "penn-treebank", "wikitext-2"),
        *("braille", "speech-commands", "n-mnist", "dvs-gesture"),
        *("cifar-10", "bearing-vibration", "heartbeats"),
        *("spiking-heidelberg-digits", "spiking-speech-commands"),
        *("transformer-temperature", "spoken-digits"),
    }
    for family, entries in known.items():
        assert f"{family}s" in shown
        for name, summary in entries.items():
            assert name in shown and summary in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--neuron", "snuu"], "no neuron is called 'snuu'. Did you mean 'snu'"),
        (["--rule", "ostll"], "no rule is called 'ostll'. Did you mean 'ostl'"),
        (["--data", "bahc"], "no data set is called 'bahc'. Did you mean 'bach'"),
        (["--data", "mnist"], "mnist holds no music. Known: bach"),
        (["--preset", "ostl-tutorail"], "Did you mean 'ostl-tutorial'"),
        (["--setting", "decai=0.3"], "no setting is called 'decai'. Did you mean 'decay'"),
        (["--setting", "decay"], "--setting got 'decay', expected name=value"),
        (["--setting", "decay=high"], "decay is 'high'"),
        (["--setting", "decay=7"], "decay is 7"),
        (["--optimiser", "adamm"], "optimiser is 'adamm'"),
        (["--epochs", "0"], "epochs is 0"),
        (["--learning-rate", "-1"], "learning_rate is -1"),
    ],
)
def test_a_wrong_value_ends_in_one_sentence(options, words, invoke, tmp_path):
    result = invoke("run", "chorales", *options, code=2)
    assert words in result.stderr and result.stderr.startswith("ranvier: ")
    assert result.stderr.count("\n") == 1 and result.stdout == ""
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "choralles"], ("choralles", "chorales")),
        (["lisst"], ("lisst", "list")),
        (["run", "chorales", "--nueron", "snu"], ("--nueron", "--neuron")),
        (["run", "chorales", "--epochs", "many"], ("integer", "--epochs")),
    ],
)
def test_a_wrong_word_suggests_the_nearest(arguments, words, invoke):
    result = invoke(*arguments, code=2)
    assert all(word in result.stderr for word in words) and result.stdout == ""


# A run


def test_a_run_leaves_a_folder_and_json_alone_on_standard_output(invoke, tiny, tmp_path):
    folder = tmp_path / "runs" / "mine"
    result = invoke(*OPTIONS, "--setting", "decay=0.5", "--folder", "runs/mine", "--json")
    said = json.loads(result.stdout)
    assert said == json.loads((folder / "result.json").read_text())
    assert said["settings"]["decay"] == 0.5 and said["settings"]["size"] == 3
    assert (tmp_path / "runs" / "latest").resolve() == folder
    page = (folder / "report.html").read_text()

    # Its report again, from what was recorded.
    (folder / "report.html").unlink()
    assert invoke("report", "runs/mine").stdout.strip() == "runs/mine/report.html"
    assert len((folder / "report.html").read_text()) == pytest.approx(len(page), rel=0.01)

    # A second run in it is refused; a resume finds nothing left to do and shows the table.
    again = invoke(*OPTIONS, "--folder", "runs/mine", code=2)
    assert "already holds a run. Add --resume" in again.stderr
    resumed = invoke("run", "chorales", "--resume")
    assert f"{said['models'][0]['test_nll']:.4f}" in resumed.stdout
    assert "report: runs/latest/report.html" in resumed.stdout.replace("\n", "")
    changed = invoke(*OPTIONS, "--epochs", "2", "--resume", "--folder", "runs/mine", code=2)
    assert "epochs was 1, now 2" in changed.stderr


def test_an_interrupt_says_how_to_go_on(invoke, tiny, monkeypatch, tmp_path):
    real, begun = experiment.run, []

    def stopped(folder, settings, **options):
        begun.append(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "run", stopped)
    result = invoke(*OPTIONS, "--json", code=130)
    assert result.stdout == ""
    assert f"go on with: ranvier run chorales --resume --folder {begun[0]}" in result.stderr
    assert begun[0].parent == Path("runs") and (tmp_path / "runs" / "latest").is_symlink()
    monkeypatch.setattr(experiment, "run", real)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--neuron", "li-sun"], "no network of digits has 'li-sun'. Did you mean 'li-snu'"),
        (["--data", "jsb"], "data is 'jsb'"),
        (["--layers", "0"], "layers is 0"),
        (["--preset", "toolkid"], "Did you mean 'toolkit'"),
        (["--setting", "spikes=30"], "spikes is 30.0 in 20 steps"),
    ],
)
def test_a_wrong_value_for_digits(options, words, invoke, tmp_path):
    result = invoke("run", "digits", *options, code=2)
    assert words in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_digits_are_read_and_shown(invoke, monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    few = ranvier.data.Images(
        "few", rng.integers(0, 256, (12, 28, 28), np.uint8), rng.integers(0, 10, 12, np.uint8)
    )
    monkeypatch.setattr(ranvier.data, "mnist", lambda part: few)
    given = ["--neuron", "snu", "--layers", "1", "--steps", "4", "--epochs", "1"]
    sizes = ["--batch-size", "4", "--setting", "spikes=2", "--setting", "validation=4"]
    shown = invoke("run", "digits", *given, *sizes, "--folder", "runs/few").stdout
    said = json.loads((tmp_path / "runs" / "few" / "result.json").read_text())
    assert said["settings"]["neurons"] == ["snu"] and said["widths"] == [10]
    assert f"{said['models'][0]['test_accuracy']:.2f}" in shown
    assert (
        json.loads(invoke("run", "digits", "--resume", "--json").stdout)["models"]
        == (said["models"])
    )
    assert "report.html" in invoke("report").stdout


def test_no_warm_start_changes_the_configuration_of_jax(invoke, tiny):
    before = jax.config.values["jax_compilation_cache_dir"]
    invoke("run", "chorales", "--neuron", "nothing", code=2)
    assert jax.config.values["jax_compilation_cache_dir"] == before


@pytest.mark.parametrize("arguments", [["report", "nowhere"], ["report"]])
def test_a_report_on_a_missing_run(arguments, invoke):
    result = invoke(*arguments, code=2)
    assert "holds no finished run: there is no result.json in it" in result.stderr


def test_a_resume_of_nothing(invoke):
    result = invoke("run", "chorales", "--resume", code=2)
    assert "runs/latest holds no run" in result.stderr
    # Nor is it begun there with what else is asked for.
    result = invoke(*OPTIONS, "--resume", "--folder", "runs/none", code=2)
    assert "runs/none holds no run" in result.stderr


def test_a_folder_that_cannot_be_made(invoke, tmp_path):
    (tmp_path / "file").write_text("")
    result = invoke(*OPTIONS, "--folder", "file/run", code=2)
    assert "cannot use file/run" in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rule", "dffa"], "no way of the error is called 'dffa'. Did you mean 'dfa'"),
        (["--data", "jsb"], "data is 'jsb'"),
        (["--learning-rate", "0"], "learning_rates.0 is 0.0"),
    ],
)
def test_a_wrong_value_for_feedback(options, words, invoke, tmp_path):
    result = invoke("run", "feedback", *options, code=2)
    assert words in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rule", "dffa"], "no way of the error is called 'dffa'. Did you mean 'dfa'"),
        (["--stream", "split"], "stream is 'split'"),
        (["--preset", "split", "--tasks", "6"], "tasks is 6; expected at most 5"),
    ],
)
def test_a_wrong_value_for_forgetting(options, words, invoke, tmp_path):
    result = invoke("run", "forgetting", *options, code=2)
    assert words in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--neuron", "ssnuu"], "no network of words has 'ssnuu'. Did you mean 'ssnu'"),
        (["--data", "wikitext2"], "data is 'wikitext2', which is no folder either. Did you mean"),
        (["--size", "0"], "size is 0"),
    ],
)
def test_a_wrong_value_for_language(options, words, invoke, tmp_path):
    result = invoke("run", "language", *options, code=2)
    assert words in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--code", "latencyy"],
            "no code of pictures is called 'latencyy'. Did you mean 'latency'",
        ),
        (["--spikes", "8"], "shown is 64, expected one of the spikes (8,)"),
        (["--seeds", "0"], "seeds is 0"),
    ],
)
def test_a_wrong_value_for_codes(options, words, invoke, tmp_path):
    result = invoke("run", "codes", *options, code=2)
    assert words in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()
