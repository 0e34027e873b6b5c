"""The stream of spoken digits: its parts by hand, its scores, and a comparison on made-up sound."""

import numpy as np
import pytest

from ranvier import data
from ranvier.apps.compare_rules import build, run
from ranvier.apps.compare_rules._speech import (
    CLASSES,
    FRAMES,
    PAUSE,
    PAUSES,
    Streams,
    commonest,
    frames_right,
    standard,
)
from ranvier.apps.compare_rules._tasks import TASKS
from ranvier.core import Batch

SILENT = np.array([-3.0, -4.0], np.float32)


def streams(lengths=(20, 30, 40)):
    """Recording k says 2 k + 1, and its frame t is (k, t)."""
    spoken = [
        np.stack([np.full(n, k, np.float32), np.arange(n, dtype=np.float32)], 1)
        for k, n in enumerate(lengths)
    ]
    return Streams(spoken, 2 * np.arange(len(lengths)) + 1, SILENT)


def runs(said):
    """What follows what, and for how long."""
    begins = np.flatnonzero(np.diff(said, prepend=-1))
    return said[begins].tolist(), np.diff(begins, append=len(said)).tolist()


def test_a_stream_is_three_whole_recordings_between_pauses():
    batch = streams().draw(np.random.default_rng(0), 300)
    assert batch.x.shape == (FRAMES, 300, 2) and batch.target.shape == (FRAMES, 300, CLASSES)
    assert np.all(batch.target.sum(-1) == 1)
    lengths, pauses, digits = {1: 20, 3: 30, 5: 40}, set(), set()
    for x, target, mask in zip(*(np.moveaxis(array, 1, 0) for array in batch), strict=True):
        valid = int(mask.sum())
        assert mask[:valid].all() and np.all(x[valid:] == SILENT)
        classes, counts = runs(target.argmax(-1)[:valid])
        assert classes[::2] == [PAUSE] * 4 and counts[1::2] == [lengths[c] for c in classes[1::2]]
        pauses |= {*counts[::2]}
        digits |= {*classes[1::2]}
        begin = 0
        for said, count in zip(classes, counts, strict=True):
            wanted = np.stack([np.full(count, said // 2), np.arange(count)], 1)
            found = x[begin : begin + count]
            np.testing.assert_array_equal(found, SILENT + 0 * wanted if said == PAUSE else wanted)
            begin += count
    assert pauses == {*range(PAUSES[0], PAUSES[1] + 1)} and digits == {1, 3, 5}


def test_a_stream_that_is_too_long_ends_at_the_last_frame():
    batch = streams((100,)).draw(np.random.default_rng(0), 5)
    assert batch.x.shape[0] == FRAMES and batch.mask.all()
    assert np.all((batch.target[..., 1] == 1) == (batch.x[..., 0] == 0))
    far = streams((300,)).draw(np.random.default_rng(0), 5)
    assert far.target[-1, :, 1].all() and far.mask.all()


def test_only_the_training_part_sets_the_scale():
    random = np.random.default_rng(0)
    learn = [random.normal(-12, 3, (50, 4)).astype(np.float32) for _ in range(20)]
    judge = [random.normal(5, 9, (50, 4)).astype(np.float32)]
    (first, second), silent = standard(learn, judge)
    frames = np.concatenate(learn)
    np.testing.assert_allclose(np.concatenate(first).mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(np.concatenate(first).std(0), 1, rtol=1e-5)
    np.testing.assert_allclose(second[0] * frames.std(0) + frames.mean(0), judge[0], rtol=1e-4)
    np.testing.assert_allclose(silent * frames.std(0) + frames.mean(0), np.log(1e-10), rtol=1e-5)


def test_scores_count_valid_frames_only():
    target = np.eye(CLASSES, dtype=np.float32)[[[3, 4], [3, PAUSE], [3, 5]]]
    outputs = 2 * target
    outputs[0, 0] = -outputs[0, 0]
    mask = np.array([[1, 1], [1, 1], [1, 0]], np.float32)
    assert float(frames_right(outputs, Batch(outputs, target, mask))) == pytest.approx(80)
    outputs[2, 1] = -outputs[2, 1]
    assert float(frames_right(outputs, Batch(outputs, target, mask))) == pytest.approx(80)


def test_the_commonest_answer_is_measured():
    assert commonest(streams((60,)).draw)[0] == "1"
    answer, share = commonest(streams((5,)).draw)
    # Four pauses of 12.5 frames on average, three digits of 5.
    assert answer == "pause" and share == pytest.approx(100 * 50 / 65, abs=1)


@pytest.fixture
def tones(monkeypatch):
    """Ten digits, each a tone of its own pitch, in place of the recordings."""

    def spoken(part):
        time = np.arange(2000) / 8000
        samples = [np.sin(2 * np.pi * 300 * (d + 1) * time).astype(np.float32) for d in range(10)]
        return data.Recordings(
            part,
            tuple(samples),
            np.arange(10),
            tuple("0123456789"),
            ("ann",) * 10,
            np.zeros(10, int),
            8000,
        )

    monkeypatch.setattr(data, "spoken_digits", spoken)


def test_digits_that_are_pure_tones_are_learned(tones, tmp_path):
    task = TASKS["speech"]()
    assert "always answering 'pause' is right in 4" in task.summary
    small = {"rules": ("bptt",), "units": 16, "seeds": 1, "examples": 8, "updates": 60}
    found = run(tmp_path / "run", build(task="speech", sizes=(), learning_rate=2e-2, **small))
    assert found["task"]["measure"] == "frames right (%)" and found["task"]["higher"]
    for entry in found["learned"]:
        assert entry["scores"][-1] > 70 > entry["scores"][0]
