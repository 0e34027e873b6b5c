"""Recognising recordings: parts, a small run from end to end, its page, what is refused."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ranvier.apps import kept_settings
from ranvier.apps._resumable import claim
from ranvier.apps.recognition import build, run, write_report
from ranvier.apps.recognition._features import parts_of
from ranvier.apps.recognition._models import network
from ranvier.cli import _app
from ranvier.nets import parameter_count
from tests.apps.conftest import three_letters


@pytest.fixture
def letters(tmp_path, monkeypatch):
    """Three letters, each felt by a taxel of its own at a time of its own, with noise."""
    three_letters(tmp_path / "data")
    monkeypatch.setenv("RANVIER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))


SMALL = {"data": "braille", "size": 16, "epochs": 12, "batch_size": 8, "learning_rate": 1e-2}


def test_a_small_run_learns_and_leaves_everything(letters, tmp_path):
    folder = tmp_path / "run"
    result = run(folder, build(**SMALL, neurons=("snu", "gru"), noise=0.1, shift=1))
    snu, gru = result["summary"]
    assert snu["test_accuracy"] > 90 and gru["test_accuracy"] > 90
    assert snu["hidden_spikes"] > 0 and gru["hidden_spikes"] is None
    assert 0 < snu["operations"]["event"] < snu["operations"]["dense"]
    assert result["recordings"] == {"train": 42, "valid": 6, "test": 12}
    assert sum(map(sum, result["models"][0]["confusion"])) == 12
    for name in ("report.html", "model.safetensors", "models/snu-0.safetensors", "result.json"):
        assert (folder / name).is_file()
    page = (folder / "report.html").read_text()
    assert "Spiking units read Braille" in page and "gated units always do" in page
    (folder / "report.html").unlink()
    assert write_report(folder).is_file()
    assert build(**kept_settings(folder)).size == 16


def test_strangers_are_held_out_and_shown_one_by_one(letters, tmp_path):
    chosen = {**SMALL, "epochs": 1, "neurons": ("lif",), "split": "strangers", "seeds": 2}
    result = run(tmp_path / "run", build(**chosen))
    assert all("4 repetitions that are not learned from" in m["held_out"] for m in result["models"])
    parts = parts_of(build(**chosen), 0)
    assert not set(parts.train.sources) & set(parts.test.sources)
    assert not set(parts.train.sources) & set(parts.valid.sources)
    assert "Test accuracy (%) by what was held out" in (tmp_path / "run/report.html").read_text()


def test_features_are_standard_scores_of_one_length(letters):
    parts = parts_of(build(data="braille", frames=31, channels=(0, 2)), 0)
    assert parts.train.x.shape == (42, 31, 2) and parts.classes == ("Space", "A", "B")
    seen = parts.train.x[parts.train.mask == 1]
    assert np.allclose(seen.mean(0), 0, atol=1e-5) and np.allclose(seen.std(0), 1, atol=1e-4)
    assert not parts.train.x[parts.train.mask == 0].any()
    assert set(parts.train.mask.sum(1)) == {30, 31}
    again = parts_of(build(data="braille", frames=31, channels=(0, 2)), 0)
    assert np.array_equal(again.test.x, parts.test.x)
    assert parts_of(build(data="braille", frames=9), 0).test.mask.sum(1).tolist() == [9] * 12


@pytest.mark.parametrize("name", ["snu", "ssnu", "lif", "alif", "gru", "lstm", "rnn"])
def test_every_neuron_makes_a_network(name):
    net = network(name, build(size=6, layers=2), 4, 3, 0)
    assert len(net.layers) == 3 and all(layer.recurrent for layer in net.layers[:2])
    flat = network(name, build(size=6, recurrent=False), 4, 3, 0)
    assert parameter_count(flat) < parameter_count(net)
    assert bool(flat.layers[0].recurrent) == (name in ("gru", "lstm", "rnn"))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"neurons": ("snuu",)}, "no network of recordings has 'snuu'. Did you mean 'snu'"),
        ({"neurons": ()}, "expected at least one neuron"),
        ({"data": "breille"}, "data is 'breille'"),
        ({"split": "random"}, "split is 'random'"),
        ({"epoch": 3}, "no setting is called 'epoch'. Did you mean 'epochs'"),
        ({"preset": "five"}, "no preset is called 'five'"),
    ],
)
def test_what_cannot_be_chosen_is_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        build(**chosen)


def test_channels_that_a_sensor_does_not_have_are_refused(letters):
    with pytest.raises(ValueError, match=r"channels are \[7\], but braille has 4, counted from 0"):
        parts_of(build(data="braille", channels=(7,)), 0)


def test_a_part_of_the_commands_has_no_official_split(real_data):
    message = "hold none of the official train part. Take split='strangers'"
    with pytest.raises(ValueError, match=message):
        parts_of(build(data="speech-commands", split="published"), 0)


def test_spoken_digits_are_split_by_take_or_by_speaker(real_data):
    published = parts_of(build(data="spoken-digits"), 0)
    speakers = set(published.test.sources)
    assert set(published.train.sources) == speakers == set(published.valid.sources)
    assert len(published.test.labels) == 50 * len(speakers)
    held = [parts_of(build(data="spoken-digits", split="strangers"), s) for s in (0, 1)]
    assert {part.held_out for part in held} == {
        f"all takes of the speaker {name}" for name in sorted(speakers)[:2]
    }
    for part in held:
        assert len(set(part.test.sources)) == 1 and len(part.test.labels) == 500
        assert not set(part.test.sources) & set(part.train.sources)


def test_the_command_runs_and_goes_on(letters, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    words = ["run", "braille", "--neuron", "snu", "--size", "8", "--epochs", "1", "--folder", "r"]
    done = runner.invoke(_app.app, [*words, "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["experiment"] == "braille"
    again = runner.invoke(_app.app, words)
    assert again.exit_code == 2 and "already holds a run" in again.stderr
    on = runner.invoke(_app.app, ["run", "braille", "--resume", "--folder", "r"])
    assert on.exit_code == 0 and "judged by a random fifth" in " ".join(on.stdout.split())
    drawn = runner.invoke(_app.app, ["report", "r"])
    assert drawn.exit_code == 0 and "report.html" in drawn.stdout


def test_the_page_of_an_unfinished_run_names_its_own_command(tmp_path):
    claim(tmp_path, build(data="braille"), resume=False)
    with pytest.raises(FileNotFoundError, match="ranvier run braille --resume"):
        write_report(tmp_path)
