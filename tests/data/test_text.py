"""Texts as numbers: frozen counts of the real ones, and what is wrong with a text of one's own."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.data import Corpus, penn_treebank, read_words, text_folder, wikitext2

needs_data = pytest.mark.skipif(
    "RANVIER_DATA" not in os.environ, reason="needs the real texts: set RANVIER_DATA"
)


@needs_data
def test_the_penn_treebank_has_the_published_counts():
    corpus = penn_treebank()
    assert len(corpus.vocabulary) == 10_000
    assert [len(p) for p in (corpus.train, corpus.valid, corpus.test)] == [929_589, 73_760, 82_430]
    assert {"<eos>", "<unk>", "N"} <= set(corpus.vocabulary)
    ends = corpus.vocabulary.index("<eos>")
    assert [(part == ends).sum() for part in (corpus.train, corpus.valid, corpus.test)] == [
        *(42_068, 3_370, 3_761)
    ]


@needs_data
def test_wikitext_is_cut_between_articles():
    corpus = wikitext2()
    parts = (corpus.train, corpus.valid, corpus.test)
    # One empty line stands before the first title.
    assert sum(map(len, parts)) == 217_646 - 1
    assert len(corpus.train) > 6 * len(corpus.test) and len(corpus.valid) > 10_000
    for part in parts:
        assert corpus.vocabulary[part[0]] == "=" and corpus.vocabulary[part[-1]] == "<eos>"


words = st.lists(st.sampled_from(["a", "b", "cc", "<unk>"]), min_size=1)


@given(train=words, valid=words, test=words)
def test_numbers_give_the_words_back(train, valid, test):
    corpus = Corpus.of_words("drawn", [*train, "<unk>"], valid, test)
    assert [corpus.vocabulary[n] for n in corpus.train] == [*train, "<unk>"]
    known = set(corpus.vocabulary)
    expected = [word if word in known else "<unk>" for word in valid]
    assert [corpus.vocabulary[n] for n in corpus.valid] == expected
    assert corpus.test.dtype == np.int32


def test_a_folder_of_ones_own(tmp_path):
    for part, text in (("train", "a b\n\nc <unk>\n"), ("valid", "a c"), ("test", "b x")):
        (tmp_path / f"my.{part}.txt").write_text(text)
    corpus = text_folder(tmp_path)
    assert corpus.vocabulary == ("a", "b", "<eos>", "c", "<unk>")
    assert corpus.test.tolist() == [1, 4, 2]
    (tmp_path / "other.train.txt").write_text("a")
    with pytest.raises(FileNotFoundError, match=r"holds 2 files like \*train.txt"):
        text_folder(tmp_path)
    (tmp_path / "other.train.txt").unlink()
    (tmp_path / "my.test.txt").write_bytes(b"b \xff")
    with pytest.raises(ValueError, match=r"my.test.txt is no UTF-8 text: byte 2"):
        text_folder(tmp_path)
    (tmp_path / "my.test.txt").write_text("")
    with pytest.raises(ValueError, match="the test text has no words"):
        text_folder(tmp_path)


def test_a_word_that_nothing_stands_for_is_named():
    with pytest.raises(ValueError, match=r"word 2 of the valid text, 'z'.*Replace rare words"):
        Corpus.of_words("mine", ["a"], ["a", "z"], ["a"])


def test_no_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_words(tmp_path / "none.txt")
