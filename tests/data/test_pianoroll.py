"""The published piano rolls have the published counts; a bad file says what is wrong with it."""

import functools
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from ranvier.data import Split, jsb_chorales, nottingham, piano_midi, read_pianoroll

DATA = os.environ.get("RANVIER_DATA")
needs_data = pytest.mark.skipif(
    not DATA or not (Path(DATA) / "pianoroll").is_dir(),
    reason="RANVIER_DATA names no folder with pianoroll/*.mat",
)


def parts(split: Split):
    return split.train, split.valid, split.test


@needs_data
@pytest.mark.parametrize(
    ("load", "pieces", "steps"),
    [
        (jsb_chorales, (229, 76, 77), (13_807, 4_602, 4_725)),
        (nottingham, (694, 173, 170), (176_561, 45_513, 44_463)),
        (piano_midi, (87, 12, 25), (75_911, 8_540, 19_036)),
    ],
)
def test_published_counts(load, pieces, steps):
    split = load()
    assert tuple(len(part) for part in parts(split)) == pieces
    assert tuple(part.steps for part in parts(split)) == steps
    assert split.train.width == 88
    assert "raw.githubusercontent.com" in split.source and "ICML 2012" in split.rule


@needs_data
def test_jsb_chorales_use_the_middle_of_the_keyboard_with_four_voices():
    frames = np.concatenate([roll for part in parts(jsb_chorales(DATA)) for roll in part.rolls])
    used = np.flatnonzero(frames.any(axis=0))
    assert (used[0], used[-1]) == (22, 75)
    assert round(frames.sum() / len(frames), 1) == 3.9


@needs_data
@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.3, 0.6, 0.62, 0.9, 0.9999])
def test_a_truncated_file_is_refused_by_its_checksum_and_by_its_reader(tmp_path, fraction):
    whole = (Path(str(DATA)) / "pianoroll/JSB_Chorales.mat").read_bytes()
    cut = tmp_path / "JSB_Chorales.mat"
    cut.write_bytes(whole[: int(fraction * len(whole))])
    with pytest.raises(ValueError, match=r"JSB_Chorales\.mat has the SHA-256"):
        jsb_chorales(tmp_path)
    with pytest.raises(ValueError, match=r"JSB_Chorales\.mat .*(cut short|lacks)"):
        read_pianoroll(cut)


@needs_data
def test_a_renamed_file_is_refused(tmp_path):
    shutil.copy(Path(str(DATA)) / "pianoroll/Piano_midi.mat", tmp_path / "JSB_Chorales.mat")
    with pytest.raises(ValueError, match="is another one"):
        jsb_chorales(tmp_path)


@needs_data
def test_counts_are_verified_apart_from_the_checksum():
    from ranvier.data._pianoroll import _JSB, _verify

    path = Path(str(DATA)) / "pianoroll/Piano_midi.mat"
    with pytest.raises(ValueError, match=r"has pieces \(87, 12, 25\); expected \(229, 76, 77\)"):
        _verify(read_pianoroll(path), _JSB, path)


def cells(*rolls) -> np.ndarray:
    held = np.empty((1, len(rolls)), object)
    for i, roll in enumerate(rolls):
        held[0, i] = roll
    return held


def saved(path: Path, *, compress: bool = False, **changed) -> Path:
    rng = np.random.default_rng(0)
    rolls = [(rng.random((length, 6)) < 0.5).astype(np.uint8) for length in (9, 4, 17)]
    held = {f"{part}data": cells(*rolls) for part in ("train", "valid", "test")} | changed
    savemat(path, {k: v for k, v in held.items() if v is not None}, do_compression=compress)
    return path


def test_a_file_of_ones_own_may_have_any_counts_and_width(tmp_path):
    split = read_pianoroll(saved(tmp_path / "mine.mat"))
    assert [part.steps for part in parts(split)] == [30, 30, 30]
    assert split.train.width == 6
    assert split.test.names == ("test 1", "test 2", "test 3")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"testdata": None}, "lacks testdata; it holds traindata, validdata"),
        (
            {"validdata": np.eye(3)},
            r"validdata is one array of shape \(3, 3\); expected a cell array",
        ),
        ({"validdata": "words"}, "validdata is a text; expected a cell array"),
        ({"validdata": np.empty((1, 0), object)}, "validdata is an empty cell array"),
        ({"traindata": cells(np.eye(6), np.full((3, 6), np.nan))}, "'train 2'.*nan at step 0"),
        ({"traindata": cells(np.zeros((5, 6)))}, "'train 1' of mine train has no notes"),
        ({"traindata": cells(np.eye(6), np.eye(5))}, "'train 2'.*has width 5; expected 6"),
        ({"traindata": cells(np.eye(7))}, "differ in width"),
        ({"traindata": cells("words")}, "'train 1'.*expected numbers"),
    ],
)
def test_wrong_contents_are_named_with_file_and_piece(tmp_path, changed, words):
    path = saved(tmp_path / "mine.mat", **changed)
    with pytest.raises(ValueError, match=words) as caught:
        read_pianoroll(path)
    assert str(path) in str(caught.value)


@functools.cache
def whole_file(folder: Path, compress: bool) -> bytes:
    return saved(folder / f"whole{compress}.mat", compress=compress).read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cuts")


@settings(max_examples=150, deadline=None)
@given(fraction=st.floats(0, 1, exclude_max=True), compress=st.booleans())
def test_any_cut_is_refused_or_changes_nothing(folder, fraction, compress):
    whole = whole_file(folder, compress)
    path = folder / "cut.mat"
    path.write_bytes(whole[: int(fraction * len(whole))])
    try:
        split = read_pianoroll(path)
    except ValueError as error:
        assert "cut.mat" in str(error)
        return
    expected = read_pianoroll(folder / f"whole{compress}.mat")
    for got, right in zip(parts(split), parts(expected), strict=True):
        for a, b in zip(got.rolls, right.rolls, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("content", [b"", b"not a mat file\n" * 50, b"\x89HDF\r\n\x1a\n" * 90])
def test_another_format_is_refused(tmp_path, content):
    path = tmp_path / "wrong.mat"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="cannot be read as a MATLAB 5 file"):
        read_pianoroll(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="Check the path"):
        read_pianoroll(tmp_path / "none.mat")
