"""The commands for NIR files."""

import json

import jax
import jax.numpy as jnp
import pytest
from typer.testing import CliRunner

import ranvier as rv
from ranvier.cli import _app
from ranvier.convert.nir import read_nir, write_nir

runner = CliRunner()


@pytest.fixture
def file(tmp_path):
    hidden = rv.LIF(4, tau_membrane_ms=2.0, threshold=0.05, reset="subtract")
    net = rv.chain(3, rv.recurrent(hidden), rv.LIF(2), key=jax.random.key(0))
    write_nir(net, tmp_path / "net.nir", example=jnp.ones((5, 3)))
    return tmp_path / "net.nir"


def run(*words):
    return runner.invoke(_app.app, ["nir", *map(str, words)])


def test_info_shows_nodes_in_the_order_of_activity(file):
    told = json.loads(run("info", file, "--json").stdout)
    assert list(told["nodes"])[:2] == ["layer 1.linear", "layer 1"]
    assert told["nodes"]["layer 1"]["to"] == ["layer 1.recurrent.linear", "layer 2.linear"]
    assert told["unsaid"] == [] and told["input"] == [3]
    assert "layer 1.recurrent.linear" in run("info", file).stdout


def test_info_says_what_a_foreign_file_does_not(real_data):
    done = run("info", real_data / "nir/lif_norse.nir")
    told = " ".join(done.stdout.split())
    assert done.exit_code == 0 and "does not say: time_step_ms, time_unit, reset" in told


def test_check_counts_what_a_reader_without_metadata_loses(file):
    done = run("check", file, "--json", "--rate", "0.5")
    told = json.loads(done.stdout)
    assert told["lost"] == 0 and told["spikes"] > 100 and not told["portable"]
    assert any(layer["lost"] for layer in told["bare"])
    assert "bare" in run("check", file).stdout


def test_check_writes_a_file_with_its_meaning(real_data, tmp_path):
    source, target = real_data / "nir/lif_norse.nir", tmp_path / "again.nir"
    meant = ("--time-step-ms", 0.1, "--time-unit", "s", "--reset", "zero")
    assert run("check", source, *meant, "--write", target).exit_code == 0
    assert read_nir(target).meaning["1"].reset == "zero"


def test_what_is_missing_is_said_in_one_sentence(real_data):
    done = run("check", real_data / "nir/lif_norse.nir")
    assert done.exit_code == 2 and "NIR does not say how long a step is" in done.stderr
    assert "Traceback" not in done.stderr
