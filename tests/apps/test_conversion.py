"""A conversion from file to page, small but whole."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ranvier.apps import conversion, kept_settings
from ranvier.apps.conversion._inputs import parts_of
from ranvier.cli._app import app
from ranvier.convert.files import layout
from ranvier.data import optical_digits

pytest.importorskip("sklearn")

LAYOUT = "conv:1 relu maximum:2 flatten dense relu dense"
FEW = {
    "data": "optical-digits",
    "layout": LAYOUT,
    "in_shape": (1, 8, 8),
    "calibrate": 200,
    "judged": 100,
    "swept": 60,
    "time_bits": (1, 12),
    "weight_bits": (2, 12),
    "jitter": (1e-6, 3.0),
    "noise": (1e-3, 3.0),
    "margins": (-0.95, 0.5),
    "trials": 2,
    "simulated": 2,
    "shown": 3,
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Hidden units at random, and an output by least squares: 90 % right without training."""
    draw = np.random.default_rng(0)
    kernels = draw.normal(size=(6, 1, 3, 3)) / 3
    hidden = draw.normal(size=(60, 6 * 16)) / 10
    arrays = {"0.weight": kernels, "0.bias": 0.1 * draw.normal(size=6), "4.weight": hidden}
    learn = optical_digits("train")
    active = _active(learn.images / 255.0, arrays)
    target = 2.0 * np.eye(10)[learn.labels] - 1
    solved = np.linalg.lstsq(active.T @ active + 1e-3 * np.eye(60), active.T @ target, rcond=None)
    arrays["6.weight"] = solved[0].T
    path = tmp_path_factory.mktemp("weights") / "network.npz"
    np.savez(path, **arrays)
    return path, arrays


def _active(images, arrays):
    """The hidden units, by plain sums."""
    padded = np.pad(images, [(0, 0), (1, 1), (1, 1)])
    planes = arrays["0.bias"][:, None, None] + sum(
        arrays["0.weight"][None, :, 0, i, j, None, None] * padded[:, None, i : i + 8, j : j + 8]
        for i in range(3)
        for j in range(3)
    )
    pooled = np.maximum(planes, 0).reshape(len(images), 6, 4, 2, 4, 2).max((3, 5))
    return np.maximum(pooled.reshape(len(images), -1) @ arrays["4.weight"].T, 0)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, weights):
    folder = tmp_path_factory.mktemp("conversion") / "run"
    told = []
    settings = conversion.build(model=str(weights[0]), **FEW)
    result = conversion.run(folder, settings, progress=lambda *part: told.append(part))
    return folder, result, told


def test_both_networks_answer_alike_and_right(finished, weights):
    _, result, _ = finished
    judge = optical_digits("test")[:100]
    logits = _active(judge.images / 255.0, weights[1]) @ weights[1]["6.weight"].T
    right = 100 * float(np.mean(logits.argmax(1) == judge.labels))
    assert right > 80
    assert result["accuracy"] == pytest.approx(right)
    assert result["certificate"]["agreeing"] == 100
    assert result["certificate"]["largest_logit_error"] < 1e-10
    hidden = _active(judge.images / 255.0, weights[1])
    assert result["layers"][-1]["spikes"] == int((hidden > 0).sum())


def test_imperfect_hardware_costs_what_it_must(finished):
    _, result, _ = finished
    exact = result["accuracy_swept"]
    effects = result["effects"]
    for name, fine, coarse in (
        ("time_bits", 1, 0),
        ("weight_bits", 1, 0),
        ("jitter", 0, 1),
        ("margins", 1, 0),
    ):
        assert effects[name][fine]["accuracy"] == pytest.approx(exact, abs=2)
        assert effects[name][coarse]["accuracy"] < exact - 10
    assert effects["margins"][0]["latency"] < effects["margins"][1]["latency"]
    assert effects["margins"][1]["latency"] == pytest.approx(result["certificate"]["latency"])


def test_spike_by_spike_is_the_formula(finished):
    simulated = finished[1]["simulated"]
    assert simulated["samples"] == 2 and simulated["largest_difference"] < 1e-10
    assert 0 < simulated["operations"] < simulated["products"]


def test_the_folder_holds_everything(finished):
    folder, result, told = finished
    kept = json.loads((folder / "result.json").read_text())
    assert kept["certificate"] == json.loads(json.dumps(result["certificate"]))
    assert {"raster.png", "hardware.png"} == {p.name for p in (folder / "figures").iterdir()}
    page = (folder / "report.html").read_text()
    for word in ("100 of 100", "One spike is enough", "Operations and energy"):
        assert word in page
    assert [done for _, done, _ in told] == list(range(len(told)))
    assert all(total == len(told) for _, _, total in told)
    with pytest.raises(FileExistsError):
        conversion.run(folder, conversion.build(**kept_settings(folder)))


def test_the_page_can_wait(tmp_path, weights, monkeypatch):
    """As a user does it: no page, and then the page from what was recorded."""
    few = FEW | {"swept": 1, "simulated": 0, "judged": 20, "calibrate": 50}
    few |= {name: () for name in ("time_bits", "weight_bits", "jitter", "noise", "margins")}
    given = [f"--setting={name}={json.dumps(value)}" for name, value in few.items()]
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "programs"))
    folder = tmp_path / "run"
    told = {}
    for flag in ("--no-report", "--report"):
        again = ["--resume"] if folder.exists() else [*given, "--to", "rate"]
        file = [] if folder.exists() else [str(weights[0])]
        called = CliRunner().invoke(app, ["convert", *file, *again, flag, "--folder", str(folder)])
        assert called.exit_code == 0, called.output
        told[flag] = called.stdout
        assert (folder / "report.html").exists() == (flag == "--report")
    assert f"ranvier report {folder}" in told["--no-report"]
    assert "report.html" in told["--report"]
    (folder / "report.html").unlink()
    assert CliRunner().invoke(app, ["report", str(folder)]).exit_code == 0
    assert (folder / "report.html").exists()


def test_the_other_mapping_answers_alike(tmp_path, weights):
    few = FEW | {"mapping": "alpha", "swept": 1, "simulated": 1}
    few |= {name: () for name in ("time_bits", "weight_bits", "jitter", "margins")}
    result = conversion.run(tmp_path / "run", conversion.build(model=str(weights[0]), **few))
    assert result["certificate"]["agreeing"] == 100 and result["effects"] == {}


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"data": "mnist"}, "28"),
        ({"layout": "conf:1 relu"}, "conv"),
        ({"layout": "conv:x relu"}, "whole number"),
        ({"shown": 5000}, "shown"),
        ({"model": "nowhere.h5"}, "nowhere.h5"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, weights, real_data, changed, said):
    settings = conversion.build(**{"model": str(weights[0]), **FEW, **changed})
    with pytest.raises((ValueError, FileNotFoundError), match=said):
        conversion.run(tmp_path / "run", settings)


@pytest.mark.parametrize(
    "changed",
    [
        {"low": 1.0},
        {"time_bits": (0,)},
        {"weight_bits": (1,)},
        {"margins": (-1.0,)},
        {"noise": (0.0,)},
    ],
)
def test_settings_without_meaning_are_refused(changed):
    with pytest.raises(ValueError):
        conversion.build(model="network.h5", **changed)


def test_words_become_layers():
    assert parts_of("conv conv-same, dense batch-norm global-average global-maximum") == [
        layout.Conv(),
        layout.Conv(padding="same"),
        layout.Dense(),
        layout.BatchNorm(),
        layout.GlobalAverage(),
        layout.GlobalMaximum(),
    ]
    assert parts_of("") is None


@pytest.mark.parametrize("mapping", ["identity", "alpha"])
def test_a_network_of_others_keeps_every_answer(tmp_path, real_data, mapping):
    """The network of the sinabs examples on MNIST, 97.88 % of the test set."""
    settings = conversion.build(
        model=str(real_data / "pretrained" / "mnist_convnet_relu.npz"),
        layout="conv relu average conv relu average conv relu average flatten dense relu dense",
        in_shape=(1, 28, 28),
        mapping=mapping,
        preset="quick",
        judged=300,
        calibrate=300,
        **{name: () for name in ("time_bits", "weight_bits", "jitter", "margins")},
    )
    proof = conversion.run(tmp_path / "run", settings)["certificate"]
    assert proof["agreeing"] == 300 and proof["largest_logit_error"] < 1e-12
    assert proof["spikes_per_neuron"] == proof["active_fraction"]


def test_rates_answer_more_and_more_like_their_source(tmp_path, weights):
    few = FEW | {"to": "rate", "steps": 64}
    told, settings = [], conversion.build(model=str(weights[0]), **few)
    result = conversion.run(tmp_path / "run", settings, progress=lambda *part: told.append(part))
    assert [part[1:] for part in told] == [(done, len(told)) for done in range(len(told))]
    proof = result["certificate"]
    judge = optical_digits("test")[:100]
    logits = _active(judge.images / 255.0, weights[1]) @ weights[1]["6.weight"].T
    assert proof["source_right"] == int((logits.argmax(1) == judge.labels).sum())
    assert proof["agreeing"][0] < proof["agreeing"][-1] and proof["agreeing"][-1] >= 97
    assert all(abs(layer["identity"]) < 1e-5 for layer in result["layers"])
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Rates for activities" in page and "Operations and energy" in page
    figures = {path.name for path in (tmp_path / "run" / "figures").iterdir()}
    assert figures == {"steps.png", "raster.png", "hardware.png"}
    assert "On imperfect hardware" in page and "noise on thresholds" in page
    some = logits.argmax(1)[:60] == judge.labels[:60]
    assert result["accuracy_swept"] == pytest.approx(100 * some.mean(), abs=4)
    for name, fine, coarse in (("weight_bits", 1, 0), ("noise", 0, 1)):
        lines = result["effects"][name]
        assert lines[fine]["accuracy"] == pytest.approx(result["accuracy_swept"], abs=2)
        assert lines[coarse]["accuracy"] < result["accuracy_swept"] - 10
    noisy = result["effects"]["noise"]
    assert noisy[1]["deviation"] > 0 == result["effects"]["weight_bits"][0]["deviation"]
    with np.load(tmp_path / "run" / "recordings.npz") as recorded:
        steps, units = recorded["spikes/relu_1"]
        assert steps.max() < 64 and units.max() < recorded["count/relu_1"] == 384
