"""Tasks that a generator draws: evidence to accumulate, a pattern to draw, an XOR over time."""

import numpy as np

from ranvier.core import Batch

_SHAPES = "{owner}: {name} is {value}, expected at least {least}."


def _at_least(owner: str, least: int, **numbers: int) -> None:
    for name, value in numbers.items():
        if value < least:
            raise ValueError(_SHAPES.format(owner=owner, name=name, value=value, least=least))


def cue_accumulation(
    random: np.random.Generator,
    examples: int,
    *,
    cues: int = 7,
    delay: int = 1050,
    group: int = 10,
    chance: float = 0.04,
    bias: float = 0.7,
) -> Batch:
    """Which side had more cues: evidence first, the question long after.

    A cue lasts 100 steps of 1 ms after 50 of silence, on the left or on the right; then comes a
    delay, then 150 steps in which the answer is asked for. Four groups of inputs: left, right,
    recall, and noise. While a cue or the recall is on, its group fires with the given chance per
    step; the noise fires with a quarter of it throughout. Of each trial, either side is likelier.

    Args:
        random: draws the trials.
        examples: how many, B.
        cues: per trial, an odd number.
        delay: steps between the last cue and the recall; 1050 make 2250 steps of 7 cues.
        group: inputs per group.
        chance: of an input that is on, per step.
        bias: chance that a cue is on the likelier side of its trial.

    Returns:
        Input `[T, B, 4 group]`; target `[T, B, 2]`, one-hot, of the side with more cues; mask
        `[T, B]`, 1 in the last 150 steps.

    Raises:
        ValueError: an even number of cues, or counts that are too small.

    Source: Bellec et al., Nat. Commun. 11 (2020), Fig. 3, and its published code; after Morcos,
    Harvey, Nat. Neurosci. 19 (2016).

    Example:
        >>> batch = cue_accumulation(np.random.default_rng(0), 2)
        >>> batch.x.shape, batch.mask.sum(0)
        ((2250, 2, 40), array([150., 150.], dtype=float32))
    """
    _at_least("cue_accumulation", 1, examples=examples, cues=cues, group=group)
    _at_least("cue_accumulation", 0, delay=delay)
    if cues % 2 == 0:
        raise ValueError(f"cue_accumulation: cues is {cues}, expected an odd number: no draw.")
    steps = cues * 150 + delay + 150
    likelier = random.integers(0, 2, (examples, 1))
    sides = np.where(random.random((examples, cues)) < bias, likelier, 1 - likelier)
    chances = np.zeros((steps, examples, 4, group), np.float32)
    for cue in range(cues):
        start = cue * 150 + 50
        chances[start : start + 100, np.arange(examples), sides[:, cue]] = chance
    chances[-150:, :, 2] = chance
    chances[:, :, 3] = chance / 4
    fired = random.random(chances.shape, np.float32) < chances
    label = (sides.sum(1) > cues // 2).astype(int)
    mask = np.zeros((steps, examples), np.float32)
    mask[-150:] = 1
    return Batch(
        fired.reshape(steps, examples, -1).astype(np.float32),
        np.broadcast_to(np.eye(2, dtype=np.float32)[label], (steps, examples, 2)),
        mask,
    )


def pattern_generation(
    random: np.random.Generator, *, steps: int = 1000, inputs: int = 100, chance: float = 0.05
) -> Batch:
    """One frozen spike pattern in, one curve out: a sum of four sines.

    The sines have 1, 2, 3 and 5 periods in the sequence, amplitudes of 0.5 to 2 and any phase; the
    sum starts at zero and has a largest magnitude of one.

    Args:
        random: draws the pattern and the curve.
        steps: T, of 1 ms.
        inputs: neurons of the pattern.
        chance: that one of them fires in a step.

    Returns:
        Input `[T, 1, inputs]`; target `[T, 1, 1]`; mask of ones `[T, 1]`.

    Raises:
        ValueError: counts that are too small.

    Source: Bellec et al., Nat. Commun. 11 (2020), Supplementary Figure 1, and its published code.

    Example:
        >>> batch = pattern_generation(np.random.default_rng(0))
        >>> float(np.abs(batch.target).max())
        1.0
    """
    _at_least("pattern_generation", 1, inputs=inputs)
    _at_least("pattern_generation", 5, steps=steps)
    fired = random.random((steps, 1, inputs)) < chance
    amplitudes, phases = random.uniform(0.5, 2, 4), random.uniform(0, 2 * np.pi, 4)
    angle = 2 * np.pi * np.arange(steps) / steps
    angles = phases[:, None] + np.array([[1], [2], [3], [5]]) * angle
    curve = (amplitudes[:, None] * np.sin(angles)).sum(0)
    curve = curve - curve[0]
    curve = curve / np.abs(curve).max()
    return Batch(
        fired.astype(np.float32),
        curve.astype(np.float32)[:, None, None],
        np.ones((steps, 1), np.float32),
    )


def temporal_xor(
    random: np.random.Generator, examples: int, *, gap: int = 8, hold: int = 4
) -> Batch:
    """Whether two bits, shown one after the other, differ.

    Two inputs per bit value: the first bit for `hold` steps, a gap of silence, the second bit for
    `hold` steps, a gap again, and then `hold` steps in which a fifth input asks for the answer.

    Args:
        random: draws the bits.
        examples: how many sequences, B.
        gap: steps of silence.
        hold: steps for which a bit is shown.

    Returns:
        Input `[T, B, 5]`; target `[T, B, 2]`, one-hot; mask `[T, B]`, 1 where the answer is asked
        for.

    Raises:
        ValueError: counts that are too small.

    Example:
        >>> batch = temporal_xor(np.random.default_rng(0), 3)
        >>> batch.x.shape, int(batch.mask.sum())
        ((28, 3, 5), 12)
    """
    _at_least("temporal_xor", 1, examples=examples, hold=hold)
    _at_least("temporal_xor", 0, gap=gap)
    bits = random.integers(0, 2, (2, examples))
    steps = 3 * hold + 2 * gap
    x = np.zeros((steps, examples, 5), np.float32)
    for number in range(2):
        start = number * (hold + gap)
        x[start : start + hold, np.arange(examples), 2 * number + bits[number]] = 1
    x[-hold:, :, 4] = 1
    mask = np.zeros((steps, examples), np.float32)
    mask[-hold:] = 1
    differ = np.eye(2, dtype=np.float32)[bits[0] ^ bits[1]]
    return Batch(x, np.broadcast_to(differ, (steps, examples, 2)), mask)
