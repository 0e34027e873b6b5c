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
from ranvier.hardware import as_read
from tests.apps.small_runs import CHOSEN, FEW, kept_programs, parts, stripes


@pytest.fixture(scope="module", autouse=True)
def images(programs):
    """The data set `mnist` is images of bars, and programs are compiled once."""
    found = parts(stripes, 600, 250)
    with pytest.MonkeyPatch.context() as patch, kept_programs(programs):
        patch.setattr(ranvier.data, "mnist", found.__getitem__)
        yield found


@pytest.fixture(scope="module")
def signs(tmp_path_factory):
    """A network of one-bit weights that has learned the bars."""
    folder = tmp_path_factory.mktemp("runs") / "signs"
    chosen = binary_2t2r.build(**{**FEW, "epochs": 5})
    return trained_on_digits(chosen, folder, None, Binary())


def whole(run, room, name):
    """A run that is complete, and the same run asked for once more."""
    folder, result, _ = run
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    with pytest.raises(FileExistsError, match="already holds a run"):
        room.run(folder, room.build(**CHOSEN[name]))
    assert room.build(**kept_settings(folder)) == room.build(**CHOSEN[name])
    return result


def test_filamentary_memory(small_run):
    run = small_run("digits-on-rram")
    result = whole(run, digits_on_rram, "digits-on-rram")
    assert [way["devices"] for way in result["ways"]] == [2 * (784 * 12 + 12 * 10)] * 2
    assert set(result["by_bits"]) == {"2", "3", "4", "5", "6", "8"}
    for name in ("accuracy", "weights-pair", "weights-verified"):
        assert (run.folder / "figures" / f"{name}.png").exists()


def test_verified_writing_is_closer():
    settings = digits_on_rram.Settings()
    target, key = np.full(4000, 20.0, np.float32), jax.random.key(0)
    spread = {
        way: float(holding(way, settings)[0].program(target, key=key).programmed_uS.std())
        for way in ("pair", "verified")
    }
    assert spread["verified"] < 0.5 * spread["pair"]


def test_the_panorama(small_run, monkeypatch):
    monkeypatch.setitem(LEARNING, "worn", LEARNING["worn"]._replace(values=(30, 1000)))
    run = small_run("fault-panorama")
    result, kinds = whole(run, fault_panorama, "fault-panorama"), CHOSEN["fault-panorama"]["kinds"]
    again = fault_panorama.run(
        run.folder, fault_panorama.build(**kept_settings(run.folder)), resume=True
    )
    for part in ("kinds", "learning", "later", "weights_at"):
        assert again[part] == result[part]
    assert list(result["kinds"]) == list(kinds)
    for name, kind in result["kinds"].items():
        assert np.shape(kind["accuracy"]) == (len(KINDS[name].values), 2)
    assert np.shape(result["learning"]["worn"]["accuracy"]) == (2, 2)
    # Readings and converters leave the weights as they are.
    assert list(result["weights_at"]) == ["stuck-high", "retention-compensated"]


def test_drift_alone_costs_more_the_larger_its_exponent(small_run):
    found = small_run("fault-panorama").result["later"]["exponents"]
    assert list(found) == ["0.02", "0.05", "0.1"]
    last = {name: {kind: np.mean(one[kind][-1]) for kind in one} for name, one in found.items()}
    assert last["0.1"]["drifted"] <= last["0.02"]["drifted"]
    with np.load(small_run("fault-panorama").folder / "recordings.npz") as kept:
        asked, shrunk = kept["weights/target"], kept["weights/retention-compensated"]
        high = kept["weights/stuck-high"]
    assert np.abs(asked).max() == pytest.approx(1) and np.abs(shrunk - asked).max() < 0.5
    # A pair of which one device is stuck at the top loses what it held, or a full conductance.
    assert 0.02 < (high != asked).mean() < 0.12


def test_learning_in_place_suffers_most_from_devices_that_die_at_once(images):
    learn, test = (seen(part) for part in images.values())
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


def test_pairs_against_bit_errors(small_run):
    result = whole(small_run("binary-2t2r"), binary_2t2r, "binary-2t2r")
    assert result["without_errors"] == pytest.approx(result["digital_twin"])
    assert result["work"]["devices"] == 2 * (784 * 12 + 12 * 10)


def test_pairs_that_are_told_closer_are_wrong_more_often(small_run):
    later = small_run("binary-2t2r").result["later"]
    wrong = [later["apart"][apart]["wrong_bits"]["mean"] for apart in ("1", "0.4", "0.2")]
    assert wrong[0][-1] == 0 < wrong[1][-1] < wrong[2][-1] < 0.3
    # Devices relax: more is wrong after two days than at once.
    assert wrong[2][0] < wrong[2][-1]
    with np.load(small_run("binary-2t2r").folder / "recordings.npz") as kept:
        asked, read = kept["later/0.2/asked"], kept["later/0.2/read"]
    np.testing.assert_allclose(np.unique(asked), [-0.2, 0.2], atol=1e-6)
    share = (np.sign(read[-1]) != np.sign(asked)).mean()
    # 4000 of 9528 pairs of one array: five standard errors.
    assert share == pytest.approx(wrong[2][-1], abs=5 * np.sqrt(0.3 * 0.7 / 4000))


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
