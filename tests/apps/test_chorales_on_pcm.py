"""Chorales on memory devices, small but whole: results, resume, refusals."""

import json
import shutil

import jax
import numpy as np
import pytest

import ranvier as rv
from ranvier.apps import kept_settings
from ranvier.apps._estimates import areas, energies
from ranvier.apps._on_arrays import FOUR_DAYS, SINCE_PROGRAMMING_S, aged, chord_judge
from ranvier.apps.chorales_on_pcm import Settings, _run, build, run, write_report
from ranvier.apps.chorales_on_pcm._report import work
from ranvier.hardware import devices
from ranvier.learn import losses, mean_loss
from tests.apps.small_runs import CHOSEN

SMALL = CHOSEN["chorales-on-pcm"]


@pytest.fixture
def whole(small_run):
    folder, result, _ = small_run("chorales-on-pcm")
    return folder, result


def test_the_result_is_complete(whole):
    folder, result = whole
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert [m["training"] for m in result["models"]] == list(Settings().trainings)
    for model in result["models"]:
        # 88 * 6 weights in, 6 * 88 out, two devices each.
        assert [array["devices"] for array in model["arrays"]] == [1056, 1056]
        assert all(array["checked"] for array in model["arrays"])
        for what in ("drifted", "compensated"):
            assert set(model[what]) == {"nll", "active"}
            assert len(model[what]["nll"]["mean"]) == len(SINCE_PROGRAMMING_S)
    for name in ("drift", "spikes", "weights-read", "weights-compensated"):
        assert (folder / "figures" / f"{name}.png").exists()
    assert "report.html" in {path.name for path in folder.iterdir()}


def test_the_published_network_has_as_many_devices():
    from ranvier.hardware import audit, program

    settings = Settings()
    net = rv.chain(88, rv.SNU(settings.size), rv.Readout(88), key=jax.random.key(0))
    on_pcm = program(net, devices.pcm(), key=jax.random.key(1))
    assert sum(row.devices for row in audit(on_pcm)) == 52_800


def test_an_interrupted_run_goes_on_to_the_same_result(whole, tiny_data, tmp_path, monkeypatch):
    folder = tmp_path / "again"
    calls = []

    def stop(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return aged(*args, **kwargs)

    monkeypatch.setattr(_run, "write_report", lambda folder: folder)
    monkeypatch.setattr(_run, "aged", stop)
    with pytest.raises(KeyboardInterrupt):
        run(folder, build(**SMALL))
    monkeypatch.setattr(_run, "aged", aged)
    again = run(folder, build(**kept_settings(folder)), resume=True)
    assert again["models"] == whole[1]["models"]


def test_ideal_devices_do_not_age(tiny_data):
    net = rv.chain(88, rv.SNU(5), rv.Readout(88), key=jax.random.key(0))
    batches = list(tiny_data.test.batches(8))
    found = aged(net, chord_judge, batches, devices.ideal(), count=2, seed=0, seconds=(25.0, 1e7))
    expected = mean_loss(net, batches, losses.bernoulli)
    np.testing.assert_allclose(found.scores["nll"], expected, rtol=1e-5)
    np.testing.assert_allclose(found.compensated["nll"], expected, rtol=1e-5)


def test_drift_without_compensation_silences_units(whole):
    for model in whole[1]["models"]:
        drifted = model["drifted"]["active"]["mean"]
        assert drifted[-1] < drifted[0]


def test_energy_counts_what_was_recorded(whole):
    model = whole[1]["models"][0]
    found = {cost.what: cost for cost in energies(work(model), 8)}
    assert found["arrays, precise"].operations == 2 * 88 * 6
    events = 528 * (model["input_activity"] + model["compensated"]["active"]["mean"][0])
    assert found["digital, additions"].operations == pytest.approx(events)
    assert found["arrays, fast"].picojoule == pytest.approx(1056 * 2 / 9.76)
    assert [area.count for area in areas(work(model), 8)] == [2 * 1056, 8 * 1056]


def test_an_unchecked_device_is_warned_about(whole, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(whole[0], folder)
    assert "were not checked" not in write_report(folder).read_text()
    result = json.loads((folder / "result.json").read_text())
    for model in result["models"]:
        for array in model["arrays"]:
            array["checked"] = False
    (folder / "result.json").write_text(json.dumps(result))
    assert "were not checked" in write_report(folder).read_text()


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"device": "pmc"}, "Did you mean 'pcm'"),
        ({"data": "mnist"}, "no data set of music"),
        ({"trainings": ()}, "at least one training"),
        ({"arrays": 1}, "arrays is 1"),
    ],
)
def test_a_wrong_choice_is_named(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)


def test_four_days_are_among_the_times():
    assert SINCE_PROGRAMMING_S[FOUR_DAYS] == 4 * 86_400
