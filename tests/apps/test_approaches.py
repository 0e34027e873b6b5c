"""The comparison of approaches: a small run from end to end, its parts, what is refused."""

import json

import jax.random as jr
import numpy as np
import pytest

from ranvier.apps import kept_settings
from ranvier.apps.approaches import build, run, write_report
from ranvier.apps.approaches._approaches import measured
from ranvier.apps.approaches._networks import spiking, stages, static, trinary
from ranvier.apps.approaches._published import published
from ranvier.apps.approaches._run import _first_near
from ranvier.apps.approaches._settings import APPROACHES
from ranvier.apps.approaches._training import TEST, Training, inputs, parts_of
from ranvier.apps.approaches._work import Work, energies
from ranvier.metrics import operations_per_example
from ranvier.nets import observe
from ranvier.synapses import AveragePooling

SMALL = {
    "data": "optical-digits",
    "hidden": (24,),
    "channels": (4,),
    "kernel": 3,
    "learn": 80,
    "validation": 40,
    "samples": 40,
    "judged": 60,
    "epochs": 30,
    "spiking_epochs": 12,
    "timed_epochs": 60,
    "batch_size": 20,
    "learning_rate": 1e-2,
}


@pytest.fixture
def small(bars, tmp_path):
    settings = build(**SMALL)
    return settings, Training(settings, parts_of(settings), tmp_path / "run")


def test_a_small_run_leaves_everything(bars, tmp_path):
    folder = tmp_path / "run"
    chosen = {**SMALL, "networks": ("dense",)}
    result = run(folder, build(**chosen))
    rows = {row["approach"]: row for row in result["summary"]}
    assert list(rows) == ["relu", *APPROACHES]
    assert all(row["accuracy"] > 70 for row in rows.values())
    for name in ("rates", "qcfs", "qcfs-signed", "ttfs", "soft-lif"):
        assert abs(rows[name]["accuracy"] - rows[name]["source_accuracy"]) < 10
    assert rows["relu"]["spikes_per_neuron"] is None and rows["relu"]["accumulates"] == 0
    assert 0 < rows["single-spike"]["spikes_per_neuron"] <= 1
    assert 0 < rows["ttfs"]["spikes_per_neuron"] <= 1 < rows["rates"]["spikes_per_neuron"]
    assert rows["trinary"]["macs"] == rows["snu"]["macs"] == 0 < rows["trinary"]["accumulates"]
    assert len(rows["rates"]["curve"]) == 32 and len(rows["qcfs"]["curve"]) == 8
    assert (rows["qcfs"]["latency"], rows["soft-lif"]["latency"]) == ("8 steps", "60 ms")
    # One hidden layer under currents that stay: exact after as many steps as levels.
    assert rows["qcfs"]["accuracy"] == rows["qcfs"]["source_accuracy"]
    page = (folder / "report.html").read_text()
    assert "Ways to a spiking network" in page and "Energy, estimated" in page
    (folder / "report.html").unlink()
    assert write_report(folder).is_file()
    assert build(**kept_settings(folder)) == build(**chosen)
    kept = json.loads((folder / "parts/dense-rates-seed0.json").read_text())
    assert kept["accuracy"] == rows["rates"]["accuracy"]
    assert kept["layers"][0]["identity"] < 1e-5


def test_a_resumed_run_takes_what_is_there(bars, tmp_path):
    settings = build(**{**SMALL, "epochs": 1}, networks=("dense",), approaches=("rates",))
    first = run(tmp_path / "run", settings)
    path = tmp_path / "run/parts/dense-rates-seed0.json"
    found = json.loads(path.read_text()) | {"accuracy": 12.5}
    path.write_text(json.dumps(found))
    again = run(tmp_path / "run", settings, resume=True)
    assert again["summary"][1]["accuracy"] == 12.5 != first["summary"][1]["accuracy"]
    assert again["summary"][0] == first["summary"][0]


@pytest.mark.parametrize("approach", ["qcfs", "trinary"])
def test_convolutional_networks_work_alike(small, approach):
    found = measured(approach, small[1], "convolutional", 0)
    assert found["accuracy"] > 60
    assert found["work"]["accumulates"] > 0 and 0 < found["spikes_per_neuron"] < 8


def test_additions_are_those_that_the_metrics_count(small):
    """Of a network of spiking units without a pool, by what happened in it."""
    _, training = small
    found = measured("snu", training, "dense", 0)
    model, _ = training.model("snu", "dense", 0)
    images = training.parts.test.images
    xs = training.shown("snu", "dense", images, jr.fold_in(jr.key(TEST), 0))
    counted = operations_per_example(observe(model, xs))
    assert found["work"]["accumulates"] == pytest.approx(counted.effective_acs, rel=1e-6)
    assert counted.effective_macs == 0


def test_the_same_weights_are_in_every_static_network():
    settings = build()
    one, two = (static(settings, kind, "convolutional", 28, 3) for kind in ("relu", "qcfs"))
    np.testing.assert_array_equal(one.nodes["weights 2"].weight, two.nodes["weights 2"].weight)
    soft = static(settings, "soft-lif", "convolutional", 28, 3)
    assert float(soft.nodes["bias 1"].bias[0]) == 1.0
    shapes = [
        s.weights.shape
        for s in stages(settings, "convolutional", 28, AveragePooling, key=jr.key(0))
    ]
    for chain in (
        spiking(settings, "convolutional", 28, 0),
        trinary(settings, "convolutional", 28, 0),
    ):
        assert [layer.neuron.shape for layer in chain.layers] == shapes


def test_trinary_weights_see_black_and_white():
    images = np.array([[[0, 127], [128, 255]]], np.uint8)
    assert inputs("trinary", "dense", images).tolist() == [[0, 0, 1, 1]]
    assert inputs("relu", "convolutional", images).shape == (1, 2, 2, 1)


def test_energy_is_operations_times_prices():
    found = energies(Work(accumulates=1000.0, macs=10.0, updates=100.0, weights=20_000))
    assert found["32-bit arithmetic"].picojoule == pytest.approx(1000 * 0.9 + 10 * 4.6 + 100 * 0.9)
    assert found["8-bit arithmetic"].picojoule == pytest.approx(1000 * 0.1 + 10 * 0.3 + 100 * 0.1)
    fetched = 1010 * 20 * 8 / 64
    assert found["8 bits, weights fetched"].picojoule == pytest.approx(113 + fetched)
    assert found["8-bit arithmetic"].low == found["8-bit arithmetic"].picojoule / 2


@pytest.mark.parametrize(
    "curve, first",
    [([90, 95, 95.0], 2), ([95, 90, 95], 3), ([95, 95, 94.8], None), ([94.9, 95, 96], 1)],
)
def test_near_is_where_it_stays_near(curve, first):
    assert _first_near([{"curve": curve, "source_accuracy": 95.0}]) == first


@pytest.mark.parametrize(
    "chosen, message",
    [
        ({"approaches": ("rate",)}, "no approach is called 'rate'. Did you mean 'rates'"),
        ({"networks": ()}, "expected at least one network"),
        ({"networks": ("dense", "dense")}, "each once"),
        (
            {"networks": ("convolutional",), "approaches": ("single-spike",)},
            "which know no convolution; add the network 'dense'",
        ),
        ({"settle_ms": 60}, "settle_ms is 60, expected less than duration_ms = 60"),
        ({"preset": "whole"}, "no preset is called 'whole'"),
        ({"epoch": 3}, "no setting is called 'epoch'. Did you mean 'epochs'"),
    ],
)
def test_what_cannot_be_chosen_is_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        build(**chosen)


def test_too_few_images_are_told(bars):
    with pytest.raises(ValueError, match="learn is 90, but optical-digits leaves 80 images"):
        parts_of(build(**SMALL | {"learn": 90}))


def test_published_values_belong_to_mnist():
    assert published("snu", "convolutional", "mnist").accuracy == 99.53
    assert published("snu", "convolutional", "fashion-mnist") is None
