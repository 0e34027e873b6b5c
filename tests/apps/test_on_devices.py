"""Digits on devices, small but whole: filamentary memory, pairs of one bit, the panorama."""

import json

import jax
import numpy as np
import pytest

import ranvier.data
from ranvier.apps import binary_2t2r, digits_on_rram, fault_panorama, kept_settings
from ranvier.apps._spiking_digits import digit_judge, trained_on_digits
from ranvier.apps.binary_2t2r._pairs import error_width_uS, in_pairs, wrong_bits
from ranvier.apps.binary_2t2r._report import tolerated
from ranvier.apps.digits_on_rram._run import holding
from ranvier.apps.fault_panorama._in_place import LEARNING, learned, seen
from ranvier.apps.fault_panorama._kinds import KINDS
from ranvier.convert import Binary
from ranvier.data import Images
from ranvier.hardware import as_read

FEW = {"size": 12, "epochs": 1, "images": 250, "arrays": 2}


def shapes(name: str, count: int, seed: int) -> Images:
    """Ten classes that a network can learn: a bright bar at one of ten heights."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = np.zeros((count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 + 2 * label : 6 + 2 * label, 4:24] = 255
    return Images(name, images, labels)


@pytest.fixture(scope="module", autouse=True)
def bars(programs):
    """The data set `mnist` is images of bars, and programs are compiled once."""
    parts = {"train": shapes("train", 600, 0), "test": shapes("test", 250, 1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranvier.data, "mnist", parts.__getitem__)
        jax.config.update("jax_compilation_cache_dir", programs)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        yield parts
        jax.config.update("jax_compilation_cache_dir", None)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1)


@pytest.fixture(scope="module")
def signs(tmp_path_factory):
    """A network of one-bit weights that has learned the bars."""
    folder = tmp_path_factory.mktemp("runs") / "signs"
    chosen = binary_2t2r.build(**{**FEW, "epochs": 5})
    return trained_on_digits(chosen, folder, None, Binary())


def whole(folder, room, **chosen):
    """A run that is complete, and the same run asked for once more."""
    result = room.run(folder, room.build(**FEW, **chosen))
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert (folder / "report.html").exists()
    with pytest.raises(FileExistsError, match="already holds a run"):
        room.run(folder, room.build(**FEW, **chosen))
    assert room.build(**kept_settings(folder)) == room.build(**FEW, **chosen)
    return result


def test_filamentary_memory(tmp_path):
    result = whole(tmp_path / "run", digits_on_rram, ways=("pair", "verified"))
    assert [way["devices"] for way in result["ways"]] == [2 * (784 * 12 + 12 * 10)] * 2
    assert set(result["by_bits"]) == {"2", "3", "4", "5", "6", "8"}
    for name in ("accuracy", "weights-pair", "weights-verified"):
        assert (tmp_path / "run" / "figures" / f"{name}.png").exists()


def test_verified_writing_is_closer():
    settings = digits_on_rram.Settings()
    target, key = np.full(4000, 20.0, np.float32), jax.random.key(0)
    spread = {
        way: float(holding(way, settings)[0].program(target, key=key).programmed_uS.std())
        for way in ("pair", "verified")
    }
    assert spread["verified"] < 0.5 * spread["pair"]


def test_the_panorama(tmp_path, monkeypatch):
    monkeypatch.setitem(LEARNING, "worn", LEARNING["worn"]._replace(values=(30, 1000)))
    kinds = ("noise", "stuck-high", "retention-compensated")
    chosen = {"learning": ("worn",), "learning_epochs": 1}
    result = whole(tmp_path / "run", fault_panorama, kinds=kinds, **chosen)
    again = fault_panorama.run(
        tmp_path / "run", fault_panorama.build(**kept_settings(tmp_path / "run")), resume=True
    )
    assert again["kinds"] == result["kinds"]
    assert list(result["kinds"]) == list(kinds)
    for name, kind in result["kinds"].items():
        assert np.shape(kind["accuracy"]) == (len(KINDS[name].values), 2)
    assert np.shape(result["learning"]["worn"]["accuracy"]) == (2, 2)


def test_learning_in_place_suffers_most_from_devices_that_die_at_once(bars):
    learn, test = (seen(part) for part in bars.values())
    keys = jax.random.split(jax.random.key(0), 2)
    worn = LEARNING["worn"]
    numbers, ideal, dead = (
        float(np.mean(learned(device, learn, test, keys, 2)))
        for device in (None, worn.device(1e9), worn.device(0.5))
    )
    assert abs(numbers - ideal) < 2.0
    assert dead < numbers - 20


def test_every_kind_hurts_in_the_end(signs):
    """At its worst strength, each kind changes what the network gives; at its mildest, less."""
    model, digits, _ = signs
    x = digits.trains[0, :, :20]
    clean = ranvier.run(model, x)[1]
    for name, kind in KINDS.items():
        order = kind.values if kind.ideal == "0" else kind.values[::-1]
        gaps = []
        for value in (order[0], order[-1]):
            placed = kind.place(model, value, jax.random.key(3))
            key = jax.random.key(4) if kind.read_anew else None
            gaps.append(float(abs(ranvier.run(placed, x, key=key)[1] - clean).mean()))
        assert gaps[1] >= gaps[0] and (gaps[1] > 0 or name == "levels"), name


def test_pairs_against_bit_errors(tmp_path):
    result = whole(tmp_path / "run", binary_2t2r, error_rates=(0.01, 0.3))
    assert result["without_errors"] == pytest.approx(result["digital_twin"])
    assert result["work"]["devices"] == 2 * (784 * 12 + 12 * 10)


def test_bits_are_wrong_as_often_as_aimed_at(signs):
    # 9528 signs: five standard errors.
    for rate in (0.03, 0.1):
        found = wrong_bits(in_pairs(signs[0], rate, key=jax.random.key(1)))
        assert found == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / 9528))
    assert wrong_bits(in_pairs(signs[0], 0.0, key=jax.random.key(1))) == 0
    assert error_width_uS(0.4) > error_width_uS(0.1)


def test_pairs_without_errors_are_the_digital_twin(signs):
    model, digits, _ = signs
    clean = as_read(in_pairs(model, 0.0, key=jax.random.key(1)))
    kept, twin = (float(digit_judge(one, digits)["accuracy"]) for one in (clean, model))
    assert kept == pytest.approx(twin)


def test_what_is_tolerated_ends_at_the_first_loss():
    rates = [
        {"wrong_bits": [0.001], "accuracy": [95.0]},
        {"wrong_bits": [0.01], "accuracy": [93.0]},
        {"wrong_bits": [0.1], "accuracy": [95.0]},
    ]
    assert tolerated(rates, 95.5) == 0.001
    assert tolerated(rates, 97.0) is None


@pytest.mark.parametrize(
    ("room", "chosen", "words"),
    [
        (fault_panorama, {"kinds": ("level",)}, "Did you mean 'levels'"),
        (fault_panorama, {"kinds": ()}, "at least one kind"),
        (fault_panorama, {"learning": ("wear",)}, "Did you mean 'worn'"),
        (fault_panorama, {"images": 300}, "images is 300"),
        (digits_on_rram, {"device": "rramm"}, "Did you mean 'rram'"),
        (digits_on_rram, {"ways": ()}, "at least one way"),
        (digits_on_rram, {"ways": ("single",)}, "ways.0 is 'single'"),
        (binary_2t2r, {"error_rates": (0.5,)}, "between 0 and 0.5"),
    ],
)
def test_a_wrong_choice_is_named(room, chosen, words):
    with pytest.raises(ValueError, match=words):
        room.build(**chosen)
