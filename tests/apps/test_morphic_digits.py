"""Digits on MorphIC: mapped networks spike as their twins, and the teacher does what it says."""

import json

import numpy as np
import pytest

pytest.importorskip("sklearn")

from ranvier.apps import kept_settings
from ranvier.apps._shrunk import shares
from ranvier.apps.morphic_digits import build, run
from ranvier.apps.morphic_digits._binary import Network
from ranvier.apps.morphic_digits._images import Seen, load
from ranvier.apps.morphic_digits._learning import EXTERNAL, Learned, corrected, lesson, new
from ranvier.apps.morphic_digits._mapped import judge
from ranvier.apps.morphic_digits._read import Outputs, read
from ranvier.apps.morphic_digits._run import learn, least_squares
from ranvier.apps.morphic_digits._settings import Settings
from ranvier.hardware.chips import morphic


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A finished run, with what it has told of."""
    folder, told = tmp_path_factory.mktemp("runs") / "small", []
    result = run(folder, build(preset="small"), progress=lambda *part: told.append(part))
    return folder, result, told


def test_a_run_leaves_what_it_returns(small):
    folder, result, told = small
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert told[0] == ("one-core, epoch 1", 1, 10)
    assert told[-1] == ("move-128-seed-1, pass 1", 9, 10)
    page = (folder / "report.html").read_text()
    assert "not verified" in page and "84.5 %" in page
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        *("confusion", "learning", "weights")
    }
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, build(preset="small"))
    assert build(**kept_settings(folder)) == build(preset="small")


def test_an_interrupted_run_goes_on_with_what_is_missing(small, tmp_path, monkeypatch):
    folder, result, _ = small
    (tmp_path / "parts").mkdir()
    for path in (folder / "parts").iterdir():
        if path.stem != "members-3-seed-1":
            (tmp_path / "parts" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "settings.json").write_bytes((folder / "settings.json").read_bytes())
    asked = []

    def watched(settings, members, move, seed, *rest, **more):
        asked.append((members, move, seed))
        return learn(settings, members, move, seed, *rest, **more)

    monkeypatch.setattr("ranvier.apps.morphic_digits._run.learn", watched)
    again = run(tmp_path, build(**kept_settings(tmp_path)), resume=True)
    assert asked == [(3, 2, 1)]
    assert again["on_chip"] == result["on_chip"] and again["off_chip"] == result["off_chip"]


def test_what_is_told_of_a_network_is_what_it_did(small):
    folder, result, _ = small
    told = result["on_chip"]["members-3-seed-1"]
    with np.load(folder / "parts" / "members-3-seed-1.npz") as kept:
        chip = Learned(**dict(kept))
    assert told["seen"] == [30, 60] and told["accuracy"][-1] == 5 * chip.right[-1]
    learning, reading = (morphic.Counts(*counts) for counts in (chip.learning, chip.reading))
    assert not reading.synapse_changes and learning.synapse_changes > 0
    # An image is 64 rows when it is compared, and as many again when anyone is corrected.
    assert 64 * 60 < learning.line_events <= 128 * 60
    energy = 30e-6 * 512 * learning.line_events / 60
    assert told["learning"]["energy_uJ"] == pytest.approx(energy)
    # The teacher corrects: each correction is a spike of two neurons.
    assert learning.spikes == pytest.approx(2 * chip.wrong.sum() / 100 * 3 * 60 * 100)
    mapped = result["off_chip"]["one-core"]
    assert mapped["other_spikes"] == mapped["other_answers"] == 0
    assert mapped["accuracy"] == mapped["software_accuracy"]


def random_network(hidden, sharing, seed):
    """A network of random bits for 36 pixels, as training would leave one."""
    rng = np.random.default_rng(seed)
    up = rng.random((36, hidden)) < 0.5
    rows = rng.random((hidden // sharing, 10)) < 0.5
    return Network(
        np.concatenate([up, ~up]).astype(int),
        rng.integers(19, 24, hidden),
        np.repeat(rows, sharing, 0).astype(int),
        np.zeros(1),
    )


@pytest.mark.parametrize(("hidden", "sharing"), [(120, 1), (240, 3)])
def test_the_chip_fires_as_the_network_does_in_one_core_and_in_four(hidden, sharing):
    rng = np.random.default_rng(1)
    network = random_network(hidden, sharing, 2)
    seen = Seen(rng.random((8, 36)) < 0.4, rng.integers(10, size=8))
    found = judge(Settings(judged=8), network, seen, seen, several=sharing > 1)
    assert found.other_spikes == 0 and found.hidden_spikes == network.activity(seen).sum() > 50
    assert found.other_answers == 0 and found.right[0] == found.right[1]
    counts = morphic.Counts(*found.counts)
    packets = found.hidden_spikes if sharing == 3 else 0
    assert counts.packets_between_cores == packets and counts.lost == 0
    # A row for each pixel in each core of hidden neurons, for each hidden spike, for each event
    # that raises the outputs, and, where the loop is closed, for each output that fires.
    outputs = counts.spikes - found.hidden_spikes if sharing == 1 else 0
    rows = 8 * 36 * sharing + found.hidden_spikes + found.ramps.sum() + outputs
    assert counts.line_events == rows and counts.synaptic_operations == 512 * rows
    # With one output at its threshold the ramp ends at the first spike: no event too many.
    most = network.votes(seen).max(1)
    assert np.array_equal(found.ramps, found.threshold - most)


def test_the_first_majority_answers():
    """Class 1 has the highest member, class 0 the higher majority."""
    neuron = morphic.LIFNeuron(thr=20, leak_str=127, leak_en=1)
    still = morphic.Configuration(open_loop=1, sdsp_en=0)
    synapses = np.zeros((512, 6), int)
    synapses[511] = 1
    chip = morphic.MorphIC([morphic.Core([neuron] * 6, synapses, still)])
    outputs = Outputs(0, np.arange(6).reshape(2, 3), 20)
    given = [morphic.virtual(n, 7) for n in (0, 1, 3, 3)] + [morphic.virtual(0, 1)]
    found = read(chip, chip.init(), np.array([given]), outputs)
    # Members hold 8, 7, 0 and 14, 0, 0: two of class 0 have fired after 13 events.
    assert found.classes.tolist() == [0] and found.ramps.tolist() == [13]
    assert found.counts.spikes == 3 and found.counts.line_events == 13


def test_the_teacher_corrects_members_that_do_not_lead():
    membranes = np.array([[5, 9, 4], [5, 2, 8], [1, 7, 9]])
    raised, lowered = corrected(membranes, 0)
    # Member 0 ties with class 1, member 1 leads, member 2 is behind class 2.
    assert raised.tolist() == [0, 2] and lowered.tolist() == [3, 8]


def test_a_lesson_moves_the_synapses_of_those_that_are_taught_alone():
    """With certain transitions the image is learned and unlearned at once."""
    rng = np.random.default_rng(5)
    pixels, bits = 64, 0
    chip = new(pixels, 1, bits, 1, 3)
    bright = rng.random((1, pixels)) < 0.3
    lines = Seen(bright, np.zeros(1, int)).lines[0]
    taught = lesson(lines, np.array([4]), np.array([7]))
    before = chip.init()
    after, output = chip.run(before, taught)
    rows, others = EXTERNAL + lines, np.setdiff1d(np.arange(10), [4, 7])
    old, now = before.synapses[0], after.synapses[0]
    assert now[rows, 4].all() and not now[rows, 7].any()
    assert np.array_equal(now[:, others], old[:, others])
    silent = np.setdiff1d(np.arange(1024), rows)
    assert np.array_equal(now[silent], old[silent])
    # Both were given one spike; two time references later no calcium is left.
    assert output.events.value.tolist() == [4, 7]
    rest, _ = chip.run(after, [morphic.time_reference()] * 2)
    assert after.neurons[0, [4, 7], 1].tolist() == [1, 1] and not rest.neurons[0].any()
    assert not len(lesson(lines, np.zeros(0, int), np.zeros(0, int)))


def test_least_squares_finds_what_is_linear():
    """Ten patterns that share no pixel are told apart; with labels by chance they are not."""
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=600)
    bright = np.zeros((600, 64), bool)
    bright[np.arange(600), labels] = True
    settings = Settings(images=300, judged=300)
    first, last = Seen(bright[:300], labels[:300]), Seen(bright[300:], labels[300:])
    assert least_squares(settings, first, last) == 100
    shuffled = last._replace(labels=rng.permutation(labels[300:]))
    assert least_squares(settings, first, shuffled) < 25


def test_a_smaller_image_keeps_the_light():
    parts = shares(24, 16)
    assert parts.shape == (16, 24) and np.allclose(parts.sum(1), 1)
    assert np.allclose(parts.sum(0), 16 / 24)
    bright = np.array([[True, False, True]])
    assert Seen(bright, np.zeros(1, int)).lines.tolist() == [[0, 4, 2]]
    learned, test = load("optical-digits", 16, 0.4)
    assert learned.bright.shape == (1400, 64) and len(test.labels) == 397


def test_mnist_is_read_at_16_by_16(real_data):
    learned, test = load("mnist", 16, 0.4)
    assert learned.bright.shape == (60_000, 256) and test.bright.shape == (10_000, 256)
    assert 0.15 < learned.bright.mean() < 0.25


def test_settings_that_cannot_be_are_refused(tmp_path):
    with pytest.raises(ValueError, match="P is 129 in move or moves, expected at most 128"):
        build(moves=(129,))
    with pytest.raises(ValueError, match="hidden is 600"):
        build(hidden=600)
    with pytest.raises(ValueError, match="validation is 5000 of 1400 images, expected fewer"):
        run(tmp_path, build(data="optical-digits"))
