"""Published perplexities of the Penn Treebank, and baselines that need no network."""

import math
from typing import NamedTuple

import numpy as np

from ranvier.apps.language._settings import Settings
from ranvier.data import Corpus


class Published(NamedTuple):
    """A published test perplexity.

    Attributes:
        perplexity: per word.
        source: who found it.
    """

    perplexity: float
    source: str


_PAPER = (
    "Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), language figure (read "
    "off the bar chart; sizes not stated)"
)

OTHERS = {"Kneser-Ney 5-gram": 141.0, "LSTM, small": 114.5, "LSTM, small, tied": 112.4}
"""What the same figure shows beside the SNU's."""


def published(neuron: str, settings: Settings) -> Published | None:
    """What was published for a network of this kind.

    Args:
        neuron: its hidden unit.
        settings: recurrence, tied weights and the data.

    Example:
        >>> published("ssnu", Settings()).perplexity
        108.4
        >>> published("gru", Settings())
    """
    if settings.data != "penn-treebank":
        return None
    if neuron == "ssnu" and settings.recurrent and settings.tied:
        return Published(108.4, _PAPER)
    if neuron == "snu" and not settings.recurrent and not settings.tied:
        return Published(137.7, _PAPER)
    if neuron == "lstm":
        return Published(OTHERS["LSTM, small, tied" if settings.tied else "LSTM, small"], _PAPER)
    return None


def baselines(corpus: Corpus) -> dict[str, float]:
    """Perplexity of the test text without any network.

    Args:
        corpus: the text.

    Returns:
        By how often each word occurs, and by that together with how often it follows the word
        before (weights chosen on the validation text), both counted in the training text.

    Example:
        >>> corpus = Corpus.of_words("tiny", ["a", "b"] * 9, ["a", "b"] * 4, ["a", "b"] * 4)
        >>> found = baselines(corpus)
        >>> round(found["unigram"], 3), found["bigram"] < 1.2
        (2.0, True)
    """
    words, train = len(corpus.vocabulary), corpus.train
    one = (np.bincount(train, minlength=words) + 1.0) / (len(train) + words)
    pairs, counts = np.unique(train[:-1].astype(np.int64) * words + train[1:], return_counts=True)
    firsts = np.bincount(train[:-1], minlength=words)

    def probabilities(text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wanted = text[:-1].astype(np.int64) * words + text[1:]
        at = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
        together = np.where(pairs[at] == wanted, counts[at], 0)
        return one[text[1:]], together / np.maximum(firsts[text[:-1]], 1)

    def perplexity(text: np.ndarray, weight: float) -> float:
        alone, following = probabilities(text)
        return math.exp(-np.log((1 - weight) * alone + weight * following).mean())

    best = min(np.linspace(0.05, 0.95, 19), key=lambda weight: perplexity(corpus.valid, weight))
    return {
        "unigram": perplexity(corpus.test, 0.0),
        "bigram": perplexity(corpus.test, float(best)),
    }
