"""The spiking machine on digits, small but whole."""

import json

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier.data
from ranvier.apps import kept_settings, pcm_rbm
from ranvier.apps.pcm_rbm._energy import energy_rows, operations
from ranvier.apps.pcm_rbm._network import by_free_energy, by_spikes, chances, labelled, spiking
from ranvier.apps.pcm_rbm._run import pictures, rate_curve_of
from ranvier.apps.pcm_rbm._train import Trainer
from ranvier.apps.pcm_rbm._twin import beside_twin
from ranvier.nets import RestrictedBoltzmann
from tests.apps.small_runs import CHOSEN, kept_programs, parts, stripes

FEW = {name: value for name, value in CHOSEN["pcm-rbm"].items() if name != "ways"}


@pytest.fixture(scope="module", autouse=True)
def bars(programs):
    """The data set `mnist` is images of bars, and programs are compiled once."""
    found = parts(stripes, 200, 60)
    with pytest.MonkeyPatch.context() as patch, kept_programs(programs):
        patch.setattr(ranvier.data, "mnist", found.__getitem__)
        yield found


def knows_the_bars(label_units: int = 2) -> RestrictedBoltzmann:
    """One hidden unit per class, which its bar and its label units switch on."""
    weight = np.zeros((784 + 10 * label_units, 10), np.float32)
    for one in range(10):
        picture = np.zeros((28, 28))
        picture[4 + 2 * one : 6 + 2 * one, 4:24] = 0.3
        weight[:784, one] = picture.ravel()
        weight[784 + label_units * one : 784 + label_units * (one + 1), one] = 3.0
    bias = np.concatenate([np.zeros(784), np.full(10 * label_units, -3.0)])
    return RestrictedBoltzmann(
        jnp.asarray(weight), jnp.asarray(bias, jnp.float32), -jnp.full(10, 6.0)
    )


def test_a_run_is_whole(small_run):
    folder, result, _ = small_run("pcm-rbm")
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert [one["way"] for one in result["models"]] == ["pcm", "classic"]
    assert result["arrays"]["way"] == "pcm"
    for name in ("learning", "fields-pcm", "dreams", "rates", "drift", "weights"):
        assert (folder / "figures" / f"{name}.png").exists()
    with pytest.raises(FileExistsError, match="already holds a run"):
        pcm_rbm.run(folder, pcm_rbm.build(**FEW))
    assert pcm_rbm.build(**kept_settings(folder)) == pcm_rbm.build(**CHOSEN["pcm-rbm"])


def test_the_twin_is_judged_on_the_same_pictures(small_run):
    result = small_run("pcm-rbm").result
    # All test pictures there are: the score is that of the machine.
    assert result["twin"]["way"] == "pcm" and result["twin"]["pictures"] == 20
    assert result["twin"]["accuracy"] == result["models"][0]["test_accuracy"]
    assert set(result["twin"]["by_bits"]) == {"2", "3", "4", "5", "6", "8"}


def test_a_twin_of_many_bits_knows_what_its_machine_knows(bars):
    machine, settings = knows_the_bars(), pcm_rbm.build(**{**FEW, "answer_ms": 100.0})
    found = beside_twin(settings, machine, machine, bars["test"])
    assert found["pictures"] == 60 and found["accuracy"] > 95.0
    assert found["by_bits"]["8"] == pytest.approx(found["accuracy"], abs=2.0)
    # Two bits leave the weights of label units, and nothing of pixels a tenth as large.
    assert found["by_bits"]["2"] < 40.0


def test_an_interrupted_training_goes_on_where_it_was(tmp_path):
    settings = pcm_rbm.build(**FEW)
    trainer = Trainer(settings, *pictures(settings)[:2])
    whole, record = trainer.train("pcm", tmp_path / "whole")

    def stop(epoch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer.train("pcm", tmp_path / "cut", stop)
    again, other = trainer.train("pcm", tmp_path / "cut")
    assert other == record and record["seen"] == [20, 40]
    for one, two in zip(jax.tree.leaves(whole), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(one, two)


def test_both_judges_hear_what_a_machine_knows(bars):
    machine = knows_the_bars()
    assert by_free_energy(machine, bars["test"]) == 100.0
    right, spikes = by_spikes(spiking(machine, "rectangular"), bars["test"], 100.0, 0)
    assert right > 95.0
    # 40 of 784 pixels are bright, each fires every 4 ms; all others have a chance of 1e-5.
    assert spikes["visible"] == pytest.approx(0.98 * 40 * 25, rel=0.15)
    blank = RestrictedBoltzmann.random(804, 10, key=jr.key(0))
    assert by_spikes(spiking(blank, "exponential"), bars["test"], 20.0, 0)[0] < 40.0


def test_pictures_are_told_apart_from_those_that_check(bars):
    learn, check, test = pictures(pcm_rbm.build(**FEW))
    assert (len(learn), len(check), len(test)) == (40, 10, 20)
    with pytest.raises(ValueError, match="at most 200"):
        pictures(pcm_rbm.build(**{**FEW, "images": 195}))


def test_a_picture_and_its_label_become_chances(bars):
    settings = pcm_rbm.build(**FEW)
    seen = labelled(settings, bars["test"][:3])
    assert seen.shape == (3, 804) and seen.min() > 0 and seen.max() < 1
    assert (seen[:, 784:].argmax(1) // 2 == bars["test"].labels[:3]).all()
    np.testing.assert_allclose(seen[:, :784], chances(bars["test"].images[:3]))


def test_rates_are_the_sigmoid():
    found = rate_curve_of(0)
    wanted = 250 / (1 + np.exp(-found["rate/input"]))
    # 40 neurons for 1.8 s: standard errors of at most 0.8 Hz.
    np.testing.assert_allclose(found["rate/Hz"], wanted, atol=4.5)


def test_energies_are_counted():
    count = operations({"visible": 100.0, "hidden": 10.0}, 824, 500)
    assert count == 100 * 500 + 10 * 824
    rows = energy_rows(count, 824 * 500, 8)
    assert rows[0][2] == pytest.approx(count * 5.39e-6)
    assert rows[2][2] == pytest.approx(count * 12.5e-6)


def test_what_cannot_be():
    with pytest.raises(ValueError, match="batch_size"):
        pcm_rbm.build(images=10, batch_size=20)
    with pytest.raises(ValueError, match="checks"):
        pcm_rbm.build(images=20, batch_size=20, checks=5)
    with pytest.raises(ValueError, match="each once"):
        pcm_rbm.build(ways=("pcm", "pcm"))
