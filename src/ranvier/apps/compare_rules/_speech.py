"""A task on speech: which digit is being spoken, asked anew for every frame of 10 ms."""

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ranvier import data
from ranvier.core import Batch

FRAMES, SPOKEN, CLASSES, PAUSE = 240, 3, 11, 10
PAUSES = (5, 20)
_FLOOR = 1e-10
_MEASURED = 1000


def features(recordings: data.Recordings) -> list[np.ndarray]:
    """Energies in 40 mel bands of every recording, float32 `[frames, 40]`."""
    return [data.log_mel(s, recordings.rate_hz, floor=_FLOOR) for s in recordings.samples]


def standard(*parts: list[np.ndarray]) -> tuple[list[list[np.ndarray]], np.ndarray]:
    """All parts with the mean and the deviation of the first taken out, and so the floor.

    Args:
        parts: of what `features` gives; the first is learned from.

    Returns:
        The parts, and a frame of silence `[40]`.

    Example:
        >>> learn, test = [np.array([[1.0], [5.0]])], [np.array([[7.0]])]
        >>> (_, found), silent = standard(learn, test)
        >>> found[0].tolist(), silent.round(1).tolist()
        ([[2.0]], [-13.0])
    """
    frames = np.concatenate(parts[0])
    mean, deviation = frames.mean(0), frames.std(0)
    deviation = np.where(deviation > 0, deviation, 1)
    silent = ((np.log(_FLOOR) - mean) / deviation).astype(np.float32)
    return [[(one - mean) / deviation for one in part] for part in parts], silent


@dataclass(frozen=True)
class Streams:
    """Three digits one after the other, with pauses before, between and behind.

    A pause is 5 to 20 frames of silence. Streams are padded to 240 frames; the few that are longer
    end there.

    Args:
        spoken: frames of every recording, standardised.
        digits: what is said in each.
        silent: a frame of silence.

    Example:
        >>> streams = Streams([np.ones((30, 2))], np.array([7]), np.zeros(2))
        >>> batch = streams.draw(np.random.default_rng(0), 4)
        >>> batch.x.shape, batch.target.shape, batch.target[..., 7].sum(0).tolist()
        ((240, 4, 2), (240, 4, 11), [90.0, 90.0, 90.0, 90.0])
    """

    spoken: list[np.ndarray]
    digits: np.ndarray
    silent: np.ndarray

    def draw(self, random: np.random.Generator, examples: int) -> Batch:
        """Streams of recordings drawn at random.

        Args:
            random: draws recordings and pauses.
            examples: how many streams.

        Returns:
            Input `[240, B, bands]`; target `[240, B, 11]`, one-hot, of the digit or the pause; mask
            `[240, B]`, 0 behind the last pause.
        """
        x = np.empty((FRAMES, examples, len(self.silent)), np.float32)
        x[:] = self.silent
        said = np.full((FRAMES, examples), PAUSE)
        mask = np.zeros((FRAMES, examples), np.float32)
        for stream in range(examples):
            chosen = random.integers(0, len(self.spoken), SPOKEN)
            begin, *pauses = random.integers(PAUSES[0], PAUSES[1] + 1, SPOKEN + 1)
            for number, pause in zip(chosen, pauses, strict=True):
                frames = self.spoken[number][: max(0, FRAMES - begin)]
                x[begin : begin + len(frames), stream] = frames
                said[begin : begin + len(frames), stream] = self.digits[number]
                begin += len(self.spoken[number]) + pause
            mask[:begin, stream] = 1
        return Batch(x, np.eye(CLASSES, dtype=np.float32)[said], mask)


def commonest(draw: Callable[[np.random.Generator, int], Batch]) -> tuple[str, float]:
    """The answer that is right most often, and in how many per cent of the valid frames.

    Args:
        draw: `(random, examples) -> batch`; measured on 1000 streams.
    """
    batch = draw(np.random.default_rng(0), _MEASURED)
    share = 100 * (batch.target * batch.mask[..., None]).sum((0, 1)) / batch.mask.sum()
    best = int(share.argmax())
    return "pause" if best == PAUSE else str(best), float(share[best])


def frames_right(outputs: Array, batch: Batch) -> Array:
    """Per cent of valid frames whose output is largest at the target."""
    mask = jnp.asarray(batch.mask)
    right = outputs.argmax(-1) == jnp.asarray(batch.target).argmax(-1)
    return 100 * (right * mask).sum() / mask.sum()
