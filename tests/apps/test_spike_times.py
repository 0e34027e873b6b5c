"""Training in spike time, small but whole."""

import contextlib
import json

import equinox as eqx
import jax
import numpy as np
import pytest

from ranvier.apps import kept_settings, spike_times
from ranvier.apps.spike_times import _source, _train, _twins
from ranvier.data import optical_digits
from ranvier.nets import calibrate, run

pytest.importorskip("sklearn")

FEW = {
    "preset": "small",
    "hidden": (24,),
    "epochs": 4,
    "learning_rate": 5e-3,
    "learn": 600,
    "activity": (0.02,),
    "time_bits": (1, 10),
    "tuning_epochs": 4,
    "tuning_rate": 3e-3,
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spike-times") / "run"
    return folder, spike_times.run(folder, spike_times.build(**FEW))


def test_the_twins_stay_together_weight_by_weight(finished):
    (one,) = finished[1]["seeds"]
    assert one["spiking"]["accuracy"] == one["rectified"]["accuracy"] > 60
    assert one["apart_after_one_epoch"] < 1e-8 and one["apart"] < 1e-8
    assert one["moved_in_one_epoch"] > 1e-3 and one["moved"] > one["moved_in_one_epoch"]
    assert one["spiking"]["valid"] == one["rectified"]["valid"]
    assert len(one["spiking"]["valid"]) == 4


def test_the_trained_twin_converts_without_loss(finished):
    proof = finished[1]["seeds"][0]["certificate"]
    assert proof["agreeing"] == proof["samples"] == 397
    assert proof["largest_logit_error"] < 1e-9
    assert proof["spikes_per_neuron"] == proof["active_fraction"]


def test_convolutions_stay_together_too(tmp_path):
    few = FEW | NONE | {"channels": ((3,), (4, 2)), "kernel": 3, "learn": 200, "epochs": 2}
    (one,) = spike_times.run(tmp_path / "run", spike_times.build(**few))["seeds"]
    assert one["apart"] < 1e-8 < one["moved"]
    assert one["certificate"]["agreeing"] == 397


NONE = {name: () for name in ("activity", "time_bits", "weight_bits", "jitter", "quantiles")}


def test_twins_start_from_a_network_that_learned_with_batch_normalisation(tmp_path):
    source = {"source_epochs": 8, "source_rate": 0.02, "source_batch": 32, "shift": 1}
    few = FEW | NONE | source | {"channels": ((3,), (4, 4)), "kernel": 3, "epochs": 1}
    few |= {"learning_rate": 1e-6}
    folder = tmp_path / "run"
    (one,) = spike_times.run(folder, spike_times.build(**few))["seeds"]
    # Without its normalisation, and hardly moved, the network answers as it did.
    assert one["source"]["accuracy"] > 60
    assert one["spiking"]["accuracy"] == pytest.approx(one["source"]["accuracy"], abs=1)
    assert one["certificate"]["agreeing"] == 397 and one["apart"] < 1e-8
    assert "learned with batch normalisation" in (folder / "report.html").read_text()


def test_normalisation_goes_into_the_weights():
    settings = spike_times.build(**FEW | NONE | {"channels": ((3,), (4, 4)), "kernel": 3})
    images = np.random.default_rng(0).random((40, 8, 8, 1))
    with jax.enable_x64(True):
        network = calibrate(_source.source(settings, (8, 8, 1), 0), images[None])
        plain = _twins.twins(settings, (8, 8, 1), 0, _source.folded(network))[0]
        values = plain.activities(jax.numpy.asarray(images))
        found = plain.output.current(values)
        expected = run(network, images[None])[1][0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_vgg16_is_vgg16():
    settings = spike_times.build(preset="vgg16")
    made = eqx.filter_eval_shape(lambda: _source.source(settings, (32, 32, 3), 0))
    shapes = [layer.neuron.shape for layer in made.layers]
    assert [shape[-1] for shape in shapes] == [
        *(64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 10)
    ]
    assert [shape[0] for shape in shapes[:13]] == [32, 32, 16, 16, *[8] * 3, *[4] * 3, *[2] * 3]
    assert (settings.data, settings.source_epochs, settings.learning_rate) == ("cifar10", 200, 1e-6)


def test_a_price_on_activity_saves_spikes(finished):
    (one,) = finished[1]["seeds"]
    assert one["activity"][0]["spikes_per_neuron"] < 0.9 * one["spikes_per_neuron"]


def test_fine_tuning_helps_where_the_hardware_is_coarse(finished):
    (one,) = finished[1]["seeds"]
    tuned = {(line["effect"], line["value"]): line for line in one["tuned"]}
    assert set(tuned) == {
        ("time_bits", 1),
        ("time_bits", 10),
        ("weight_bits", 2),
        ("jitter", 0.3),
        ("quantiles", 0.9),
    }
    exact = one["spiking"]["accuracy"]
    assert tuned["time_bits", 10]["before"] == pytest.approx(exact, abs=1)
    assert tuned["time_bits", 1]["before"] < exact - 3
    for coarse in [("time_bits", 1), ("weight_bits", 2)]:
        assert tuned[coarse]["after"] > tuned[coarse]["before"]
    assert tuned["quantiles", 0.9]["latency"] < tuned["time_bits", 1]["latency"]


def test_the_folder_holds_everything_and_the_page_says_it(finished):
    folder, result = finished
    kept = json.loads((folder / "result.json").read_text())
    assert kept["seeds"] == json.loads(json.dumps(result["seeds"]))
    assert {"parameters.png", "learning.png", "tuned.png"} == {
        path.name for path in (folder / "figures").iterdir()
    }
    page = (folder / "report.html").read_text()
    for word in ("Trained in spike time", "Fewer spikes", "Fine-tuned for hardware"):
        assert word in page
    with pytest.raises(FileExistsError):
        spike_times.run(folder, spike_times.build(**kept_settings(folder)))


def test_other_images_judge_where_there_is_no_test_set(monkeypatch):
    loaded = []

    def load(part):
        loaded.append(part)
        return optical_digits(part)

    monkeypatch.setitem(_train._DATA, "optical-digits", load)
    few = FEW | {"held_out": 200, "judged": 150, "learn": 0}
    pictures = _train.Pictures(spike_times.build(**few))
    whole = optical_digits("train").labels
    assert loaded == ["train"]
    assert [len(part[1]) for part in (pictures.learn, pictures.test)] == [len(whole) - 350, 150]
    np.testing.assert_array_equal(pictures.test[1], whole[-350:-200])
    np.testing.assert_array_equal(pictures.valid[1], whole[-200:])


def test_a_run_goes_on_from_its_checkpoints(finished, tmp_path):
    class Interrupted(Exception):
        pass

    few = spike_times.build(**FEW | {"activity": (), "jitter": (), "time_bits": (10,)})
    trainings = []

    def progress(title, epochs):
        trainings.append(title)
        if len(trainings) == 5:
            raise Interrupted
        return contextlib.nullcontext(lambda epoch: None)

    with pytest.raises(Interrupted):
        spike_times.run(tmp_path / "run", few, progress=progress)
    result = spike_times.run(tmp_path / "run", few, resume=True)
    (whole,), (again,) = finished[1]["seeds"], result["seeds"]
    for name in ("spiking", "apart", "apart_after_one_epoch"):
        assert again[name] == whole[name]
    assert whole["apart_after_one_epoch"] != whole["apart"]


@pytest.mark.parametrize(
    "changed",
    [
        {"source_epochs": 1},
        {"hidden": ()},
        {"quantiles": (0.0,)},
        {"time_bits": (0,)},
        {"jitter": (0.0,)},
    ],
)
def test_settings_without_meaning_are_refused(changed):
    with pytest.raises(ValueError):
        spike_times.build(**changed)


def test_too_few_images_are_refused(tmp_path):
    with pytest.raises(ValueError, match="held_out"):
        spike_times.run(tmp_path / "run", spike_times.build(**FEW | {"held_out": 1400}))
