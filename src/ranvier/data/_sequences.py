"""Piano rolls as sequences, and the ragged batches that next-frame prediction trains on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ranvier.core import Batch


@dataclass(frozen=True, eq=False)
class Sequences:
    """Pieces of music as binary piano rolls, checked once when they are put together.

    Args:
        name: what the set is called in messages.
        rolls: one array [T, width] of 0 and 1 per piece, any numeric type; T may differ, width
            may not. Kept as read-only uint8.
        names: one name per piece.

    Raises:
        ValueError: no piece, unlike widths, fewer than two steps, a value other than 0 and 1 (NaN
            included), or a piece without a note; the message names the piece.

    Example:
        >>> scale = Sequences("scales", (np.eye(4),), ("rising",))
        >>> scale.steps, scale.width
        (4, 4)
        >>> [batch.x.shape for batch in scale.batches(2, round_to=8)]
        [(8, 2, 4)]
    """

    name: str
    rolls: tuple[np.ndarray, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        rolls, names = tuple(self.rolls), tuple(self.names)
        if not rolls:
            raise ValueError(
                f"{self.name} holds no pieces; expected at least one. Check where the pieces "
                "were read from."
            )
        if len(rolls) != len(names):
            raise ValueError(
                f"{self.name} got {len(rolls)} rolls and {len(names)} names; expected one name "
                "per roll. Give a name for each piece."
            )
        checked = []
        for roll, name in zip(rolls, names, strict=True):
            checked.append(_binary(roll, f"piece {name!r} of {self.name}"))
            if checked[-1].shape[1] != checked[0].shape[1]:
                raise ValueError(
                    f"piece {name!r} of {self.name} has width {checked[-1].shape[1]}; expected "
                    f"{checked[0].shape[1]} as in {names[0]!r}. Put all pieces on the same keys."
                )
        object.__setattr__(self, "rolls", tuple(checked))
        object.__setattr__(self, "names", names)

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self.rolls)

    @property
    def steps(self) -> int:
        """How many frames all pieces hold together; one more per piece than can be predicted."""
        return sum(len(roll) for roll in self.rolls)

    @property
    def width(self) -> int:
        """How many keys a frame has."""
        return self.rolls[0].shape[1]

    def batches(
        self, size: int, *, seed: int | None = None, epoch: int = 0, round_to: int = 32
    ) -> Iterator[Batch]:
        """Batches for next-frame prediction: x_t = frame t, target_t = frame t + 1.

        All batches have `size` columns, T is a multiple of `round_to`; what is not music is zero
        and has mask 0. With a seed, pieces that pad to the same T are put together, which piece
        goes with which and the order of the batches are drawn anew each epoch.

        Args:
            size: pieces per batch, B.
            seed: None keeps the stored order; otherwise the order follows from (seed, epoch).
            epoch: which pass over the data this is; without effect where seed is None.
            round_to: T is padded up to a multiple of this, so that few shapes are compiled.

        Returns:
            Batches of float32 arrays, x and target [T, B, width] and mask [T, B].

        Raises:
            ValueError: size or round_to below one, seed or epoch below zero.

        Example:
            >>> pieces = Sequences("scales", (np.eye(4), np.eye(4)[:3]), ("four", "three"))
            >>> (batch,) = pieces.batches(2, round_to=4)
            >>> batch.mask.T
            array([[1., 1., 1., 0.],
                   [1., 1., 0., 0.]], dtype=float32)
        """
        for what, got, least in (
            ("size", size, 1),
            ("round_to", round_to, 1),
            ("epoch", epoch, 0),
            ("seed", 0 if seed is None else seed, 0),
        ):
            if got < least:
                raise ValueError(f"{what} is {got}; expected a whole number of at least {least}.")
        return (
            self._batch(members, size, round_to)
            for members in self._order(size, seed, epoch, round_to)
        )

    def _order(
        self, size: int, seed: int | None, epoch: int, round_to: int
    ) -> Iterator[np.ndarray]:
        count = -(-len(self) // size)
        if seed is None:
            yield from (np.arange(len(self))[i * size : (i + 1) * size] for i in range(count))
            return
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(self))
        if size > 1:
            # Sorting by the padded length alone keeps the draw among pieces that cost the same.
            padded = np.array([_round_up(len(self.rolls[i]) - 1, round_to) for i in order])
            order = order[np.argsort(padded, kind="stable")]
        sizes = np.full(count, size)
        # The incomplete batch falls anywhere, or it would always hold the longest pieces.
        sizes[rng.integers(count)] -= count * size - len(self)
        groups = np.split(order, np.cumsum(sizes)[:-1])
        yield from (groups[i] for i in rng.permutation(count))

    def _batch(self, members: np.ndarray, size: int, round_to: int) -> Batch:
        steps = _round_up(max(len(self.rolls[i]) for i in members) - 1, round_to)
        x = np.zeros((steps, size, self.width), np.float32)
        target = np.zeros_like(x)
        mask = np.zeros((steps, size), np.float32)
        for column, i in enumerate(members):
            predicted = len(self.rolls[i]) - 1
            x[:predicted, column] = self.rolls[i][:-1]
            target[:predicted, column] = self.rolls[i][1:]
            mask[:predicted, column] = 1.0
        return Batch(x, target, mask)


@dataclass(frozen=True, eq=False)
class Split:
    """A data set cut into pieces to learn from, to choose by, and to be judged on.

    Args:
        train: pieces to learn from.
        valid: pieces to choose settings and epochs by.
        test: pieces to report on, once.
        source: where the pieces come from.
        rule: how the cut was made.

    Raises:
        ValueError: the three parts differ in width.

    Example:
        >>> part = Sequences("scales", (np.eye(4),), ("rising",))
        >>> Split(part, part, part, source="made here", rule="all alike").test.steps
        4
    """

    train: Sequences
    valid: Sequences
    test: Sequences
    source: str
    rule: str

    def __post_init__(self) -> None:
        widths = {part.name: part.width for part in (self.train, self.valid, self.test)}
        if len(set(widths.values())) > 1:
            raise ValueError(
                f"the parts of a split differ in width: {widths}; expected one width. "
                "Put all parts on the same keys."
            )


def _binary(roll: np.ndarray, piece: str) -> np.ndarray:
    roll = np.asarray(roll)
    if roll.ndim != 2 or roll.dtype.kind not in "buif":
        raise ValueError(
            f"{piece} is an array of shape {roll.shape} and type {roll.dtype}; expected numbers "
            "of shape [steps, keys]."
        )
    if len(roll) < 2:
        raise ValueError(
            f"{piece} has {len(roll)} step(s); expected at least 2, or there is nothing to "
            "predict. Leave the piece out."
        )
    bad = np.argwhere((roll != 0) & (roll != 1))
    if len(bad):
        step, key = bad[0]
        raise ValueError(
            f"{piece} has the value {roll[step, key]} at step {step}, key {key}; expected only "
            "0 and 1. Repair the source, or threshold it before."
        )
    if not roll.any():
        raise ValueError(
            f"{piece} has no notes in its {len(roll)} steps; expected at least one. "
            "Leave the piece out."
        )
    kept = roll.astype(np.uint8)
    kept.flags.writeable = False
    return kept


def _round_up(steps: int, multiple: int) -> int:
    return -(-steps // multiple) * multiple
