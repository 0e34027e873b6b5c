"""Sequences refuse what cannot be learned from; batches hold every frame exactly once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.core import Batch
from ranvier.data import Sequences, Split

WIDTH = 11


def made(lengths: list[int]) -> Sequences:
    """Pieces whose frames are all different: frame = number of the frame, in binary."""
    codes = np.arange(1, sum(lengths) + 1)
    frames = codes[:, None] >> np.arange(WIDTH) & 1
    rolls = tuple(np.split(frames, np.cumsum(lengths)[:-1]))
    return Sequences("made", rolls, tuple(f"piece {i}" for i in range(len(lengths))))


def code(frame: np.ndarray) -> int:
    return int(sum(int(on) << bit for bit, on in enumerate(frame)))


lengths_of_pieces = st.lists(st.integers(2, 40), min_size=1, max_size=12)


@given(
    lengths=lengths_of_pieces,
    size=st.integers(1, 5),
    seed=st.none() | st.integers(0, 9),
    epoch=st.integers(0, 3),
    round_to=st.sampled_from([1, 7, 32]),
)
def test_every_frame_is_predicted_exactly_once(lengths, size, seed, epoch, round_to):
    sequences = made(lengths)
    seen = []
    batches = list(sequences.batches(size, seed=seed, epoch=epoch, round_to=round_to))
    for batch in batches:
        assert isinstance(batch, Batch)
        steps = batch.x.shape[0]
        assert batch.x.shape == batch.target.shape == (steps, size, WIDTH)
        assert batch.mask.shape == (steps, size)
        assert {batch.x.dtype, batch.target.dtype, batch.mask.dtype} == {np.dtype(np.float32)}
        assert steps % round_to == 0
        assert steps - batch.mask.sum(axis=0).max() < round_to
        padding = batch.mask == 0
        assert not batch.x[padding].any() and not batch.target[padding].any()
        for t, b in np.argwhere(batch.mask == 1):
            assert code(batch.target[t, b]) == code(batch.x[t, b]) + 1
            seen.append(code(batch.x[t, b]))
    expected = [code(frame) for roll in sequences.rolls for frame in roll[:-1]]
    assert sorted(seen) == expected
    assert len(batches) == -(-len(lengths) // size)


@given(lengths=lengths_of_pieces, size=st.integers(1, 4), seed=st.integers(0, 99))
def test_the_order_follows_from_seed_and_epoch_alone(lengths, size, seed):
    sequences = made(lengths)
    first = list(sequences.batches(size, seed=seed, epoch=2))
    again = list(sequences.batches(size, seed=seed, epoch=2))
    for one, other in zip(first, again, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_without_a_seed_the_stored_order_is_kept_in_every_epoch():
    sequences = made([5, 30, 3, 12, 7])
    for epoch in (0, 1):
        batches = sequences.batches(2, epoch=epoch, round_to=4)
        lengths = [int(n) for batch in batches for n in batch.mask.sum(axis=0)]
        assert lengths == [4, 29, 2, 11, 6, 0]


@pytest.mark.parametrize("size", [1, 4])
def test_seeds_and_epochs_draw_different_orders(size):
    sequences = made([9] * 17)
    orders = {
        tuple(
            int(code(x)) for batch in sequences.batches(size, seed=s, epoch=e) for x in batch.x[0]
        )
        for s in (0, 1)
        for e in (0, 1)
    }
    assert len(orders) == 4


def test_with_a_seed_pieces_of_like_length_share_a_batch():
    lengths = [5, 90] * 12
    shuffled = [batch.mask for batch in made(lengths).batches(4, seed=3, round_to=8)]
    assert sum(mask.size for mask in shuffled) <= (8 * 3 + 96 * 3) * 4
    stored = [batch.mask for batch in made(lengths).batches(4, round_to=8)]
    assert sum(mask.size for mask in stored) == 96 * 6 * 4


def test_the_incomplete_batch_does_not_always_hold_the_longest_pieces():
    sequences = made([5] * 9 + [60] * 8)
    short = set()
    for epoch in range(12):
        for batch in sequences.batches(4, seed=0, epoch=epoch, round_to=8):
            if not batch.mask[0].all():
                short.add(batch.x.shape[0])
    assert short == {8, 64}


@pytest.mark.parametrize(
    "arguments", [{"size": 0}, {"size": 1, "round_to": 0}, {"size": 1, "seed": -1, "epoch": 0}]
)
def test_batches_refuses_numbers_that_make_no_sense_at_the_call(arguments):
    with pytest.raises(ValueError, match="expected a whole number of at least"):
        made([5]).batches(**arguments)


def test_a_negative_epoch_is_refused():
    with pytest.raises(ValueError, match="epoch is -1"):
        made([5]).batches(1, seed=0, epoch=-1)


def with_value(value: float) -> np.ndarray:
    roll = np.eye(5)
    roll[3, 1] = value
    return roll


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (with_value(np.nan), r"'bad' of music has the value nan at step 3, key 1"),
        (with_value(np.inf), r"'bad' of music has the value inf at step 3, key 1"),
        (with_value(0.5), r"'bad' of music has the value 0.5 at step 3"),
        (with_value(-1), r"the value -1.0 at step 3"),
        (np.zeros((6, 5)), r"'bad' of music has no notes in its 6 steps"),
        (np.eye(5)[:1], r"'bad' of music has 1 step"),
        (np.eye(5)[0], r"'bad' of music is an array of shape \(5,\)"),
        (np.full((3, 5), "1"), r"type <U1; expected numbers"),
        (np.eye(4), r"'bad' of music has width 4; expected 5 as in 'good'"),
    ],
)
def test_an_unusable_piece_is_refused_by_name(bad, words):
    with pytest.raises(ValueError, match=words):
        Sequences("music", (np.eye(5), bad), ("good", "bad"))


def test_an_empty_set_and_a_missing_name_are_refused():
    with pytest.raises(ValueError, match="music holds no pieces"):
        Sequences("music", (), ())
    with pytest.raises(ValueError, match="1 rolls and 2 names"):
        Sequences("music", (np.eye(3),), ("a", "b"))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32])
def test_rolls_are_kept_as_read_only_copies(dtype):
    roll = np.eye(3).astype(dtype)
    kept = Sequences("music", (roll,), ("a",)).rolls[0]
    roll[0, 0] = 0
    assert kept.dtype == np.uint8 and kept[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        kept[0, 0] = 0


def test_the_parts_of_a_split_have_one_width():
    wide, narrow = (Sequences(f"{n} keys", (np.eye(n),), ("a",)) for n in (5, 4))
    with pytest.raises(ValueError, match=r"width: \{'5 keys': 5, '4 keys': 4\}"):
        Split(wide, narrow, wide, "here", "none")
