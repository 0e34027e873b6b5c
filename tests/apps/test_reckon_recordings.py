"""Recordings on the chip: spikes, a small run from end to end, what it is held against."""

import dataclasses
import json

import equinox as eqx
import jax
import numpy as np
import pytest

from ranvier.apps import kept_settings
from ranvier.apps._on_reckon import through
from ranvier.apps.reckon_recordings import build, run, write_report
from ranvier.apps.reckon_recordings._beside import learn_beside, network
from ranvier.apps.reckon_recordings._spikes import Encoder, asked, parts_of
from ranvier.apps.reckon_recordings._train import Trained, at_rates, new_chip, shown, train
from ranvier.data import Recordings
from ranvier.data.events import Events, write_recordings
from ranvier.nets import record
from tests.apps.conftest import three_letters

SMALL = {
    "preset": "small",
    "classes": ("Space", "A", "B"),
    "deltas": (0.1,),
    "ticks": 62,
    "neurons": 20,
    "epochs": 6,
    "asked_from": 0.5,
    "threshold": 1200,
    "beside": ("e-prop-reckon", "bptt"),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A data folder with three letters that a network can learn."""
    folder = tmp_path_factory.mktemp("letters")
    three_letters(folder)
    return str(folder)


@pytest.fixture
def letters(archive, monkeypatch):
    """They are the Braille letters."""
    monkeypatch.setenv("RANVIER_DATA", archive)


@pytest.fixture(scope="module")
def small(archive, tmp_path_factory):
    """A finished run, with what it has told of."""
    folder, told = tmp_path_factory.mktemp("runs") / "small", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RANVIER_DATA", archive)
        result = run(folder, build(**SMALL), progress=lambda *part: told.append(part))
    return folder, result, told


def test_a_small_run_learns_and_leaves_what_it_returns(small):
    folder, result, told = small
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert result["experiment"] == "reckon-braille" and result["inputs"] == 8
    assert result["recordings"] == {"train": 48, "test": 12}
    # By chance a third would be right.
    assert result["summary"]["mean"] > 60 and result["summary"]["seeds"] == 2
    assert sum(map(sum, result["confusion"])) == 24
    assert told[0] == ("seed0, epoch 1", 0, 14) and told[-1][1:] == (11, 14)
    assert {what for what, *_ in told} >= {"e-prop-reckon, seed0, epoch 1", "bptt, seed0, epoch 1"}
    figures = {path.stem for path in (folder / "figures").iterdir()}
    assert figures == {"learning", "confusion", "recording", "outputs"}
    (folder / "report.html").unlink()
    page = write_report(folder).read_text()
    assert "Braille letters on the ReckOn chip" in page and "5.3 pJ" in page
    assert result["neighbours"] == []
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, build(**SMALL))


def test_an_interrupted_run_goes_on_with_what_is_missing(small, letters, tmp_path, monkeypatch):
    folder, result, _ = small
    (tmp_path / "parts").mkdir()
    for name in ("seed0.npz", "bptt-0.npz", "e-prop-reckon-0.npz"):
        (tmp_path / "parts" / name).write_bytes((folder / "parts" / name).read_bytes())
    (tmp_path / "settings.json").write_bytes((folder / "settings.json").read_bytes())
    trained = []
    module = "ranvier.apps.reckon_recordings._run.train"
    monkeypatch.setattr(module, lambda *a: trained.append(a[2]) or train(*a))
    again = run(tmp_path, build(**kept_settings(tmp_path)), resume=True)
    assert trained == [1]
    assert again["chips"] == result["chips"] and again["beside"] == result["beside"]


def test_what_is_told_of_a_chip_is_what_it_did(small):
    folder, result, _ = small
    with np.load(folder / "parts" / "seed1.npz") as kept:
        chip = Trained(**dict(kept))
    told = result["chips"]["seed1"]
    assert told["test_accuracy"] == chip.accuracy[:, 1].tolist()
    assert np.trace(chip.confusion) / 12 == pytest.approx(chip.accuracy[-1, 1] / 100)
    # A test changes no weight, and training does.
    assert not chip.counts[:, 1, 3].any() and chip.counts[:, 0, 3].all()
    _, spikes, operations, _ = chip.counts[-1, 1]
    assert told["energy"]["picojoule"] == pytest.approx(5.3 * round(operations))
    seconds = float(chip.ticks) * 0.0125
    assert told["power_uW"] == pytest.approx(5.3e-6 * round(operations) / seconds)
    assert told["per_recording"]["spikes_per_neuron"] == pytest.approx(spikes / 20)


def test_spikes_tell_how_far_taxels_have_moved(letters):
    settings = build(**SMALL)
    parts = parts_of(settings, 0, Encoder(settings))
    samples = parts.train
    assert samples.spikes.shape == (48, 62, 8) and parts.classes == ("Space", "A", "B")
    assert set(samples.lengths) == {60, 62}
    for n in range(48):
        assert not samples.spikes[n, samples.lengths[n] :].any()
        # A taxel goes up by half of the scale, but for the first one, which begins there, and
        # comes back; others only tremble.
        felt, label = samples.spikes[n].sum(0).reshape(4, 2), samples.labels[n]
        own = felt[label]
        assert own[1] >= 2 and (own[0] >= 2) == (label > 0) and felt.sum() - own.sum() < 3
    when = asked(samples, settings)
    assert (when.sum(1) == samples.lengths - samples.lengths // 2).all()
    assert parts_of(build(**{**SMALL, "classes": ("B", "A")}), 0, Encoder(settings)).classes == (
        "B",
        "A",
    )


@pytest.mark.parametrize("data", ["braille", "spoken-digits"])
def test_a_recording_sends_the_same_alone_and_among_others(data):
    random, settings = np.random.default_rng(1), build(data=data, bands=6, ticks=60)
    width = (4,) if data == "braille" else ()
    samples = tuple(
        np.cumsum(random.normal(0, 0.02, (n, *width)), 0).astype(np.float32) for n in (30, 400, 900)
    )
    several = Recordings(
        "some", samples, np.array([0, 1, 0]), ("a", "b"), ("x",) * 3, np.arange(3), 8000.0
    )
    several = dataclasses.replace(several, rate_hz=40.0 if width else 8000.0)
    encode = Encoder(settings)
    spikes, lengths = encode(several)
    assert spikes.any((1, 2)).all() and (lengths <= 60).all()
    for n in (2, 0, 1):
        alone, length = Encoder(settings)(several[[n]])
        assert np.array_equal(alone[0], spikes[n]) and length[0] == lengths[n]
    again, _ = encode(several[[1, 2]])
    assert np.array_equal(again, spikes[1:])


def test_a_tone_is_heard_by_its_band():
    settings = build(data="spoken-digits", bands=8, low_hz=200.0, high_hz=3000.0, deltas=(0.5,))
    t = np.arange(4000) / 8000
    sounds = tuple(np.sin(2 * np.pi * f * t).astype(np.float32) for f in (200, 3000))
    tones = Recordings("two", sounds, np.arange(2), ("0", "1"), ("x",) * 2, np.arange(2), 8000.0)
    spikes, lengths = Encoder(settings)(tones)
    assert lengths.tolist() == [-(-500 // int(settings.tick_ms))] * 2
    up = spikes[:, :, ::2].sum(1)
    assert up[0].argmax() == 0 and up[1].argmax() == 7


def test_the_ear_of_heidelberg_is_put_into_groups(tmp_path, monkeypatch):
    (tmp_path / "shd").mkdir()
    monkeypatch.setenv("RANVIER_DATA", str(tmp_path))
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))
    settings = build(data="heidelberg-digits")
    with pytest.raises(FileNotFoundError, match=r"recordings of shd_train\.h5 are not on this"):
        parts_of(settings, 0, Encoder(settings))
    heard = [Events([0, 19000], [4 * k, 699], [0, 0], [1, 1], height=1) for k in range(20)]
    for part, speakers in (("train", [4, 5]), ("test", [5, 6])):
        write_recordings(
            tmp_path / f"shd/shd_{part}.h5", heard, labels=[*range(20)], speakers=speakers * 10
        )
    parts = parts_of(settings, 0, Encoder(settings))
    assert parts.classes == tuple(map(str, range(10)))
    assert parts.train.spikes.shape == (10, 100, 176)
    assert np.argwhere(parts.train.spikes[3]).tolist() == [[0, 3], [1, 174]]
    assert parts.train.lengths.tolist() == [2] * 10
    strangers = dataclasses.replace(settings, split="strangers")
    held = parts_of(strangers, 0, Encoder(strangers))
    assert set(held.test.sources) == {"speaker 6"} and "1 speakers" in held.held_out


def test_rates_are_halved_in_the_registers():
    settings = build(rate=2, rate_out=12, halve_every=3)
    chip, _ = new_chip(settings, 8, 3, 0)
    seen = [at_rates(chip, settings, epoch).registers for epoch in (0, 2, 3, 11)]
    assert [(r.lr_p_winp, r.lr_p_wrec, r.lr_p_wout) for r in seen] == [
        *((2, 2, 12), (2, 2, 12), (1, 1, 11)),
        (0, 0, 9),
    ]
    still = dataclasses.replace(settings, halve_every=0)
    assert at_rates(chip, still, 99).registers.lr_p_wout == 12


def test_the_network_in_floating_point_is_the_chips(letters):
    """Before anything is learned both fire alike, but for rounding and the order in a step."""
    settings = build(**SMALL)
    parts = parts_of(settings, 0, Encoder(settings))
    chip, state = new_chip(settings, 8, 3, 0)
    passed = through(chip.replace(do_eprop=0), state, shown(parts.train, settings))
    net = network(settings, "bptt", 8, 3, 0)
    x = parts.train.spikes.swapaxes(0, 1).astype(np.float32)
    inside = np.arange(62)[:, None] < parts.train.lengths
    fired = float((record(net, x)[0].y * inside[..., None]).sum()) / 48
    assert passed.counts[1] > 5 and abs(fired / passed.counts[1] - 1) < 0.05
    learned = learn_beside(dataclasses.replace(settings, beside_epochs=5), parts, "bptt", 0)
    assert learned.accuracy.shape == (5,) and learned.accuracy[-1] > 60


def test_floating_point_learns_nothing_that_the_chip_has_not(letters, monkeypatch):
    settings = build(**SMALL)
    parts = parts_of(settings, 0, Encoder(settings))
    kept = []
    module = "ranvier.apps.reckon_recordings._beside.fit"
    from ranvier.learn import fit

    monkeypatch.setattr(module, lambda *a, **k: kept.append(fit(*a, **k)) or kept[-1])
    learn_beside(settings, parts, "e-prop-reckon", 0)
    hidden, output = kept[0][0].layers
    first = network(settings, "e-prop-reckon", 8, 3, 0)
    assert not np.diag(hidden.recurrent["dendrite"].weight).any()
    assert not np.asarray(output.neuron.bias).any()
    assert not jax.tree.leaves(eqx.filter(hidden.neuron, eqx.is_inexact_array))
    before = first.layers[0].synapses["dendrite"].weight
    assert not np.array_equal(hidden.synapses["dendrite"].weight, before)


def test_real_letters_are_found(real_data):
    settings = build(classes=("A", "E"))
    parts = parts_of(settings, 0, Encoder(settings))
    assert parts.train.spikes.shape[1:] == (156, 48)
    assert len(parts.train.labels) + len(parts.test.labels) == 80
    assert set(parts.test.lengths) <= {152, 154}


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"classes": tuple("ABCDEFGHIJKLMNOPQ")}, "17 classes, expected at most 16"),
        ({"deltas": ()}, "deltas are empty"),
        ({"neurons": 11}, "neurons is 11"),
        ({"data": "breille"}, "data is 'breille'"),
        ({"preset": "two-letters"}, "no preset is called 'two-letters'"),
    ],
)
def test_what_cannot_be_chosen_is_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        build(**chosen)


def test_what_the_chip_cannot_hold_is_refused(letters):
    for chosen, message in (
        ({"classes": ("A", "C")}, "classes has 'C', expected out of Space, A, B"),
        ({"deltas": tuple(np.arange(1, 34) / 100)}, "make 264 inputs, and the chip has 256"),
    ):
        settings = build(**{**SMALL, **chosen})
        with pytest.raises(ValueError, match=message):
            parts_of(settings, 0, Encoder(settings))
