"""What a piano roll costs without a neural network: the scores that a model has to beat."""

from collections.abc import Iterable, Sequence

import numpy as np


def uniform_nll(width: int) -> float:
    """Negative log-likelihood per step of a fair coin for each key: width · ln 2.

    Args:
        width: number of keys.

    Returns:
        Nats per step.

    Raises:
        ValueError: width is below one.

    Example:
        >>> round(uniform_nll(88), 3)
        60.997
    """
    if width < 1:
        raise ValueError(f"width is {width}; expected at least one key.")
    return float(width * np.log(2.0))


def note_frequency_nll(
    train_rolls: Sequence[np.ndarray], test_rolls: Sequence[np.ndarray]
) -> float:
    """Negative log-likelihood per step when each key has its own constant probability.

    p_k = (n_k + 1) / (N + 2), with n_k the training frames in which key k sounds and N the
    training frames (Laplace's rule of succession). The first frame of a test piece is not
    predicted; the mean runs over all predicted steps of all pieces.

    Args:
        train_rolls: arrays [T, width] of 0 and 1 to count in.
        test_rolls: arrays [T, width] of 0 and 1 to score, T at least 2.

    Returns:
        Nats per step.

    Raises:
        ValueError: no rolls, unlike widths, values other than 0 and 1, or a test roll of one step.

    Source: the marginal baseline of Boulanger-Lewandowski, Bengio, Vincent, ICML 2012.

    Example:
        >>> roll = np.tile([[1, 0]], (9, 1))
        >>> round(note_frequency_nll([roll], [roll]), 4)  # -2 ln(10 / 11)
        0.1906
    """
    train, test = _checked(train_rolls, 1, "train_rolls"), _checked(test_rolls, 2, "test_rolls")
    _same_width(train, test)
    frames = np.concatenate(train)
    probability = (frames.sum(axis=0) + 1.0) / (len(frames) + 2.0)
    return _nll((np.broadcast_to(probability, roll[1:].shape), roll[1:]) for roll in test)


def markov_nll(train_rolls: Sequence[np.ndarray], test_rolls: Sequence[np.ndarray]) -> float:
    """Negative log-likelihood per step when each key is a first-order Markov chain of its own.

    p_k(1 | a) = (n_k(a, 1) + 1) / (n_k(a) + 2), with n_k(a, 1) the training steps from state a to
    a sounding key k (Laplace's rule of succession). A model that scores above this has learned
    nothing across keys. Mean over all predicted steps of all pieces.

    Args:
        train_rolls: arrays [T, width] of 0 and 1 to count in, T at least 2.
        test_rolls: arrays [T, width] of 0 and 1 to score, T at least 2.

    Returns:
        Nats per step.

    Raises:
        ValueError: no rolls, unlike widths, values other than 0 and 1, or a roll of one step.

    Example:
        >>> blinking = np.tile([[1], [0]], (50, 1))
        >>> markov_nll([blinking], [blinking]) < 0.03 < note_frequency_nll([blinking], [blinking])
        True
    """
    train, test = _checked(train_rolls, 2, "train_rolls"), _checked(test_rolls, 2, "test_rolls")
    _same_width(train, test)
    before = np.concatenate([roll[:-1] for roll in train])
    after = np.concatenate([roll[1:] for roll in train])
    from_on = ((before & after).sum(axis=0) + 1.0) / (before.sum(axis=0) + 2.0)
    from_off = ((~before & after).sum(axis=0) + 1.0) / ((~before).sum(axis=0) + 2.0)
    return _nll((np.where(roll[:-1], from_on, from_off), roll[1:]) for roll in test)


def _nll(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """Mean over all steps of the Bernoulli cross-entropy, summed over keys."""
    per_piece = [-np.log(np.where(on, p, 1.0 - p)).sum(axis=1) for p, on in pairs]
    return float(np.concatenate(per_piece).mean())


def _checked(rolls: Sequence[np.ndarray], least: int, what: str) -> list[np.ndarray]:
    arrays = [np.asarray(roll) for roll in rolls]
    if not arrays:
        raise ValueError(f"{what} is empty; expected at least one roll [steps, keys].")
    for index, array in enumerate(arrays):
        if array.ndim != 2 or array.shape[1] != arrays[0].shape[-1] or len(array) < least:
            raise ValueError(
                f"{what}[{index}] has shape {array.shape}; expected [steps, keys] with at least "
                f"{least} step(s) and {arrays[0].shape[-1]} keys. Leave it out or repair it."
            )
        if not np.all((array == 0) | (array == 1)):
            raise ValueError(
                f"{what}[{index}] holds values other than 0 and 1 (or NaN); expected a binary "
                "piano roll. Threshold it before."
            )
    return [array.astype(bool) for array in arrays]


def _same_width(train: list[np.ndarray], test: list[np.ndarray]) -> None:
    if train[0].shape[1] != test[0].shape[1]:
        raise ValueError(
            f"train_rolls have {train[0].shape[1]} keys and test_rolls {test[0].shape[1]}; "
            "expected the same. Put both on the same keys."
        )
