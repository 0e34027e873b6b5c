"""Generated tasks: what a trial is made of, and that it can be answered."""

import numpy as np
import pytest

from ranvier.data import (
    cue_accumulation,
    pattern_generation,
    read_reckon,
    read_reckon_weights,
    temporal_xor,
)


def test_cues_lie_where_they_should_and_the_majority_is_the_target():
    batch = cue_accumulation(np.random.default_rng(0), 200)
    groups = batch.x.reshape(2250, 200, 4, 10).mean(-1)
    sides = np.stack(
        [groups[n * 150 + 50 : n * 150 + 150, :, :2].sum(0).argmax(-1) for n in range(7)]
    )
    assert np.array_equal(batch.target[0].argmax(-1), (sides.sum(0) > 3).astype(int))
    # Silence between cues and in the delay, on every channel but noise.
    for start in [n * 150 for n in range(7)]:
        assert not groups[start : start + 50, :, :3].any()
    assert not groups[1050:2100, :, :3].any()
    # 2000 to 3e6 draws each; 5 standard errors.
    for found, chance, draws in (
        (groups[-150:, :, 2].mean(), 0.04, 300_000),
        (groups[:, :, 3].mean(), 0.01, 4_500_000),
        (groups[50:150, :, :2].sum(-1).mean(), 0.04, 200_000),
    ):
        assert abs(found - chance) < 5 * np.sqrt(chance / draws)
    assert batch.mask[:2100].sum() == 0 and batch.mask[2100:].min() == 1
    # Either side is likelier with equal chances; of its cues, 70 %. Both within 5 standard errors.
    assert abs(batch.target[0, :, 1].mean() - 0.5) < 5 * np.sqrt(0.25 / 200)
    agree = np.maximum(sides.mean(0), 1 - sides.mean(0)).mean()
    assert 0.65 < agree < 0.8


def test_the_pattern_is_a_sum_of_four_sines():
    batch = pattern_generation(np.random.default_rng(3))
    curve = batch.target[:, 0, 0].astype(float)
    power = np.abs(np.fft.rfft(curve)) ** 2
    assert set(np.argsort(power[1:])[-4:] + 1) == {1, 2, 3, 5}
    assert power[[1, 2, 3, 5]].sum() > 0.999999 * power[1:].sum()
    assert curve[0] == 0 and np.abs(curve).max() == pytest.approx(1)
    assert abs(batch.x.mean() - 0.05) < 5 * np.sqrt(0.05 / batch.x.size)


def test_the_answer_of_an_xor_needs_both_bits():
    batch = temporal_xor(np.random.default_rng(0), 400)
    first, second = batch.x[0, :, :2].argmax(-1), batch.x[12, :, 2:4].argmax(-1)
    answer = batch.target[0].argmax(-1)
    assert np.array_equal(answer, first ^ second)
    for bit in (first, second):
        assert abs((answer == bit).mean() - 0.5) < 5 * np.sqrt(0.25 / 400)
    assert batch.x[-4:, :, 4].min() == 1 and not batch.x[:-4, :, 4].any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda r: cue_accumulation(r, 2, cues=4), "cues is 4, expected an odd number"),
        (lambda r: cue_accumulation(r, 0), "examples is 0, expected at least 1"),
        (lambda r: pattern_generation(r, steps=2), "steps is 2, expected at least 5"),
        (lambda r: temporal_xor(r, 2, hold=0), "hold is 0, expected at least 1"),
    ],
)
def test_counts_that_make_no_task_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0))


def test_the_chips_own_trials(real_data):
    counts = {"train": (22, 28), "test": (29, 21)}
    for part, (zeros, ones) in counts.items():
        path = real_data / "reckon_cue" / f"dataset_cueAcc_{part}.dat"
        batch = read_reckon(path)
        assert batch.x.shape == (2250, 50, 40) and batch.mask.sum() == 50 * 150
        label = batch.target[0].argmax(-1)
        assert ((label == 0).sum(), (label == 1).sum()) == (zeros, ones)
        lines = path.read_text().splitlines()
        assert batch.x.sum() == len(set(enumerate(lines))) - 1 - 2 * 50
        # Its labels are those of the majority of cues, as the generator's are.
        groups = batch.x.reshape(2250, 50, 4, 10).sum(-1)
        sides = [groups[n * 150 + 50 : n * 150 + 150, :, :2].sum(0).argmax(-1) for n in range(7)]
        majority = (np.sum(sides, 0) > 3).astype(int)
        assert (majority == label).mean() in (0.0, 1.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\n0, 1\n-2, 1\n", "announces '1' samples and holds 0 and a part of one"),
        ("", "announces 'nothing' samples and holds 0"),
        ("1\n0, x\n", "line 2: got '0, x', expected two whole numbers"),
        ("1\n40, 3\n", "line 2: got '40, 3', expected an input from 0 to 39"),
        ("1\n0, 3\n-1, 9\n", "line 3: a sample ends that has no label"),
        ("1\n0, 9\n-2, 0\n-1, 9\n", "a sample of 9 steps has a spike at 9"),
        ("2\n-2, 0\n-1, 9\n-2, 0\n-1, 8\n", r"samples of \[8, 9\] steps"),
        ("1\n-2, -3\n-1, 9\n", "a label is -3"),
    ],
)
def test_files_that_are_not_whole_are_refused(tmp_path, text, words):
    path = tmp_path / "cut.dat"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_reckon(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\n2\n3\n", "holds 3 weights, expected 2 x 2. Is it cut off"),
        ("1\n2\n3\n4\n5\n", "holds 5 weights, expected 2 x 2"),
        ("1\n128\n3\n4\n", "line 2: got '128', expected a whole number from -128 to 127"),
        ("1\n2\n3\n4.5\n", "line 4: got '4.5'"),
    ],
)
def test_weights_that_are_not_whole_are_refused(tmp_path, text, words):
    path = tmp_path / "cut.dat"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_reckon_weights(path, shape=(2, 2))
