"""How many bits arrive when spikes come early, late, all together late, or not at all."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from ranvier.core import one_of
from ranvier.encode._checks import at_least, not_below_zero

_EXACT_UNITS = 5
_READ = ("count", "binary", "timing", "rank-order")


class Channel(NamedTuple):
    """What happens to spikes on their way.

    Attributes:
        jitter: standard deviation of each spike's time, in slots; normal, rounded to slots.
        deletion: chance that a spike is lost.
        offset: all spikes of a window come late or early together, by a whole number of slots from
            `-offset` to `offset`, each as likely; the receiver does not know it.

    Example:
        >>> Channel(jitter=0.5).deletion
        0.0
    """

    jitter: float = 0.0
    deletion: float = 0.0
    offset: int = 0


class Information(NamedTuple):
    """What arrives of the words of a code, all of them as likely.

    Attributes:
        bits: mutual information of the word sent and what the receiver sees.
        decoded_bits: mutual information of the word sent and the most likely one; NaN where that
            was not computed.
        correct: chance that the most likely word is the one sent; NaN likewise.

    Example:
        >>> information("binary", 3, 8, Channel()).correct
        1.0
    """

    bits: float
    decoded_bits: float
    correct: float


def information(
    reading: str,
    units: int,
    slots: int,
    channel: Channel,
    *,
    samples: int = 2000,
    seed: int = 0,
) -> Information:
    r"""Mutual information of a code and what arrives of it, and what the best guess keeps.

    $$I(X; Y) = H(Y) - H(Y \mid X), \qquad \hat x(y) = \operatorname{argmax}_x P(y \mid x)$$

    Words are the $n + 1$ counts, the $2^n$ sets of units, the $M^n$ words of slots, and the $n!$
    orders, whose ranks lie evenly over the window. What is read of the window: how many spike; who
    spikes; each unit's slot, by itself; who spikes before whom or at once with whom. The first
    three are computed exactly for any $n$, the order for up to 5 units by going through all
    outcomes; for more, outcomes are sampled, their likelihoods being exact, and nothing is decoded.

    Args:
        reading: "count", "binary", "timing" or "rank-order".
        units: $n$.
        slots: $M$.
        channel: the noise.
        samples: windows that are sampled for the order of more than 5 units.
        seed: draws them.

    Raises:
        ValueError: an unknown reading, no units, no slots, an order that does not fit into the
            slots, or noise outside its range.

    Source: Cover, Thomas, Elements of Information Theory (2006), chapters 2 and 7.

    Example:
        A jitter of half a slot leaves counts whole, and two thirds of what times say.

        >>> found = [information(name, 5, 10, Channel(jitter=0.5)) for name in ("count", "timing")]
        >>> [round(one.bits, 2) for one in found]
        [2.58, 11.05]
    """
    one_of("information", "reading", reading, _READ)
    at_least("information", "units", units, 1)
    at_least("information", "slots", slots, 1)
    at_least("information", "samples", samples, 1)
    at_least("information", "channel.offset", channel.offset, 0)
    not_below_zero("information", jitter=channel.jitter, deletion=channel.deletion)
    if channel.deletion > 1:
        raise ValueError(f"information: deletion is {channel.deletion}, expected at most 1.")
    if reading == "count":
        return _of_matrix(_counted(units, channel.deletion))
    if reading == "binary":
        lost = channel.deletion
        return _in_parallel(_of_matrix(np.array([[1.0, 0.0], [lost, 1 - lost]])), units)
    if reading == "timing":
        return _in_parallel(_of_matrix(_alone(slots, channel)), units)
    if slots < units:
        raise ValueError(
            f"information: {units} units have no order without ties in {slots} slots. Take at "
            f"least {units} slots."
        )
    # A common offset changes no order.
    arrives = _arrival(slots, channel)[_places(units, slots)]
    if units <= _EXACT_UNITS:
        return _of_matrix(_orders(arrives))
    return Information(_sampled(arrives, samples, seed), math.nan, math.nan)


def _of_matrix(chances: np.ndarray) -> Information:
    """Of words in rows, all as likely, with the chances of what is seen along them."""
    words = len(chances)
    log = math.log2(words)
    # Where two words are as likely, the guess is the first.
    guess = np.argmax(chances, 0)
    decided = np.zeros((words, words))
    np.add.at(decided.T, guess, chances.T)
    return Information(
        _mutual(chances), _mutual(decided), float(np.trace(decided)) / words if log else 1.0
    )


def _mutual(chances: np.ndarray) -> float:
    seen = chances.mean(0)
    return max(0.0, _entropy(seen) - float(np.mean([_entropy(row) for row in chances])))


def _entropy(chances: np.ndarray) -> float:
    some = chances[chances > 0]
    return float(-(some * np.log2(some)).sum())


def _in_parallel(one: Information, units: int) -> Information:
    return Information(units * one.bits, units * one.decoded_bits, one.correct**units)


def _arrival(slots: int, channel: Channel) -> np.ndarray:
    """Chance of every slot of arrival for every slot sent, the last column for none, `[M, ...]`."""
    from scipy.special import ndtr

    beyond = math.ceil(6 * channel.jitter)
    away = np.arange(-beyond, slots + beyond) - np.arange(slots)[:, None]
    if channel.jitter:
        edges = ndtr((away[..., None] + (-0.5, 0.5)) / channel.jitter)
        near = edges[..., 1] - edges[..., 0]
        near /= near.sum(1, keepdims=True)
    else:
        near = (away == 0).astype(float)
    lost = np.full((slots, 1), channel.deletion)
    return np.concatenate([(1 - channel.deletion) * near, lost], 1)


def _counted(units: int, deletion: float) -> np.ndarray:
    """Chance of every count that arrives for every count that is sent."""
    from scipy.special import comb

    sent, arrived = np.arange(units + 1)[:, None], np.arange(units + 1)
    lost = np.maximum(sent - arrived, 0)
    return comb(sent, arrived) * (1 - deletion) ** arrived * deletion**lost


def _alone(slots: int, channel: Channel) -> np.ndarray:
    """Arrivals of one unit that is read by itself, averaged over the common offset."""
    near = _arrival(slots, channel)
    wide = np.zeros((slots, near.shape[1] + 2 * channel.offset))
    for shift in range(2 * channel.offset + 1):
        wide[:, shift : shift + near.shape[1] - 1] += near[:, :-1]
    wide /= 2 * channel.offset + 1
    wide[:, -1] = channel.deletion
    return wide


def _places(units: int, slots: int) -> np.ndarray:
    """Slots of the ranks, evenly over the window."""
    return np.round(np.linspace(0, slots - 1, units)).astype(int)


Pattern = tuple[int, ...]
"""The place of every unit in the order, units that come at once the same; -1 for none."""


def _orders(arrives: np.ndarray) -> np.ndarray:
    """Chances of all patterns, given each of the orders, `[orders, patterns]`."""
    units = len(arrives)
    patterns = _patterns(units)
    number = {pattern: index for index, pattern in enumerate(patterns)}
    first = np.array([_likelihood(pattern, arrives) for pattern in patterns])
    words = list(itertools.permutations(range(units)))
    chances = np.zeros((len(words), len(patterns)))
    for row, word in enumerate(words):
        # Unit u has rank word[u]: what is seen of it is what unit word[u] of the first order gives.
        columns = [number[tuple(pattern[rank] for rank in word)] for pattern in patterns]
        chances[row, columns] = first
    return chances


def _patterns(units: int) -> list[Pattern]:
    found = []
    for places in itertools.product(range(-1, units), repeat=units):
        ranks = {place for place in places if place >= 0}
        if ranks == set(range(len(ranks))):
            found.append(places)
    return found


def _likelihood(pattern: Pattern, arrives: np.ndarray) -> float:
    """Chance of a pattern, summed over the slots of its places from the first to the last."""
    places = np.asarray(pattern)
    chance = float(np.prod(arrives[places < 0, -1]))
    before = np.ones(arrives.shape[1])
    for place in range(int(places.max(initial=-1)) + 1):
        together = arrives[places == place, :-1].prod(0) * before[:-1]
        # The next place must come strictly later.
        before = np.concatenate([[0.0], np.cumsum(together)])
    return chance * float(before[-1])


def _sampled(arrives: np.ndarray, samples: int, seed: int) -> float:
    """Entropy of patterns less their entropy given the order, both estimated from windows.

    Whoever is whom is as likely beforehand. So all patterns with the same numbers of units at each
    place are as likely as each other, and only these numbers are to be counted.
    """
    generator, units = np.random.default_rng(seed), len(arrives)
    edges = np.cumsum(arrives, 1)
    at = (generator.random((samples, units, 1)) > edges[None, :, :-1]).sum(2)
    silent = at == arrives.shape[1] - 1
    given, choices, shapes = 0.0, 0.0, {}
    for slots, lost in zip(at, silent, strict=True):
        ranks = np.full(units, -1)
        ranks[~lost] = np.unique(slots[~lost], return_inverse=True)[1]
        given -= math.log2(_likelihood(tuple(ranks), arrives))
        sizes = np.bincount(ranks + 1)
        choices += math.log2(math.factorial(units)) - sum(
            math.log2(math.factorial(int(size))) for size in sizes
        )
        shapes[tuple(sizes)] = shapes.get(tuple(sizes), 0) + 1
    spread = _entropy(np.array(list(shapes.values())) / samples)
    return max(0.0, spread + (choices - given) / samples)
