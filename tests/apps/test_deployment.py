"""A network on a chip: runs that leave what they return, go on, and refuse what does not fit."""

import json

import jax
import numpy as np
import pytest

from ranvier.apps import kept_settings
from ranvier.apps.deployment import Settings, build, run
from ranvier.apps.deployment._data import parts, spikes
from ranvier.apps.deployment._network import loaded
from ranvier.core import save

pytest.importorskip("sklearn")

SMALL = {"preset": "small", "chip": "reckon"}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "small"
    return folder, run(folder, build(**SMALL))


def test_a_run_leaves_what_it_returns(small):
    folder, result = small
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert {path.stem for path in (folder / "figures").iterdir()} == {"spikes", "counts", "memory"}
    assert {path.name for path in (folder / "chip").iterdir()} == {
        *("neurons.hex", "w_inp.hex", "w_rec.hex", "w_out.hex", "transcript.txt")
    }
    page = (folder / "report.html").read_text()
    assert "with the chip in the loop" in page and "pJ each" in page and ">5.3<" in page
    assert list(result["stages"]) == ["network", "in the loop"]
    for one in result["stages"].values():
        assert one["samples"] == 32 and one["agreeing"] + len(one["differing"]) == 32
        assert all(check["kept"] for check in one["checks"])
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, build(**SMALL))


def test_an_interrupted_run_goes_on_to_the_same_numbers(small, tmp_path):
    folder, result = small
    (tmp_path / "training").mkdir()
    kept = folder / "training" / "network.safetensors"
    (tmp_path / "training" / kept.name).write_bytes(kept.read_bytes())
    (tmp_path / "settings.json").write_bytes((folder / "settings.json").read_bytes())
    again = run(tmp_path, build(**kept_settings(tmp_path)), resume=True)
    assert again["stages"] == result["stages"]


def test_the_model_that_is_left_goes_onto_the_chip_again(small, tmp_path):
    folder, result = small
    model = str(folder / "model.safetensors")
    again = run(
        tmp_path / "again",
        build(model=model, chip="reckon", hidden=(12,), steps=6, learn=128, judge=32),
    )
    assert list(again["stages"]) == ["network"]
    told, before = (one["stages"] for one in (again, result))
    assert told["network"] == before["in the loop"]
    with pytest.raises(ValueError, match="rule of outputs: got a readout"):
        run(tmp_path / "other", build(model=model, chip="odin", judge=32, learn=128))


def test_a_network_in_nir_goes_onto_the_chip(tmp_path):

    import ranvier as rv
    from ranvier.convert.nir import write_nir
    from ranvier.neurons import IF

    model = rv.chain(64, IF(9), IF(10), key=jax.random.key(0))
    example = jax.numpy.ones((4, 64))
    write_nir(model, tmp_path / "net.nir", example=example, time_step_ms=1.0)
    found = run(
        tmp_path / "run", build(model=str(tmp_path / "net.nir"), steps=4, learn=40, judge=8)
    )
    assert found["stages"]["network"]["samples"] == 8
    with pytest.raises(ValueError, match="is no checkpoint of a network that"):
        loaded(Settings(model=str(tmp_path / "run" / "model.safetensors"), epochs=0))


def test_files_that_hold_no_network_are_refused(tmp_path):
    save(tmp_path / "other.safetensors", {"a": np.ones(2)}, settings={"seed": 1})
    with pytest.raises(ValueError, match="no checkpoint of a network"):
        loaded(Settings(model=str(tmp_path / "other.safetensors"), epochs=0))
    with pytest.raises(ValueError, match=r"\.safetensors or a \.nir file"):
        loaded(Settings(model=str(tmp_path / "net.pt"), epochs=0))
    with pytest.raises(FileNotFoundError):
        loaded(Settings(model=str(tmp_path / "none.safetensors"), epochs=0))
    with pytest.raises(ValueError, match="expected 0 with a model"):
        Settings(model="a.nir", epochs=3)


def test_a_network_that_is_too_large_is_refused_before_it_is_trained(tmp_path):
    with pytest.raises(ValueError, match="rule of rows and columns"):
        run(tmp_path, build(preset="small", hidden=(150,)))
    assert not (tmp_path / "training").exists()


def test_smaller_pictures_keep_their_mean_brightness():
    whole, _ = parts(Settings(learn=10))
    for side in (4, 3):
        small, _ = parts(Settings(learn=10, side=side))
        assert small.rates.shape == (10, side**2)
        np.testing.assert_allclose(small.rates.mean(1), whole.rates.mean(1), rtol=1e-5)
    drawn = spikes(whole.rates, 400, jax.random.key(0))
    # Over 640 pixels five standard deviations of a mean of 400 draws: one false alarm in 2700 runs.
    assert np.abs(np.asarray(drawn).mean(0) - whole.rates).max() < 5 * 0.5 / 20
