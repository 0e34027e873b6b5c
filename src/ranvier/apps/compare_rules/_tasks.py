"""What rules are compared on: tasks that are drawn anew for every update, and what counts."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ranvier import data
from ranvier.apps.compare_rules import _speech
from ranvier.apps.compare_rules._spike_times import INPUTS, spike_times
from ranvier.core import Batch
from ranvier.encode import rate
from ranvier.learn import losses
from ranvier.learn.losses import Loss

Draw = Callable[[np.random.Generator, int], Batch]
Score = Callable[[Array, Batch], Array]

_KEPT = 5000


class Task(NamedTuple):
    """A stream of batches, and how outputs are judged.

    Attributes:
        summary: one line for the report.
        width, answers: of input and output.
        draw: `(random, examples) -> batch`, for learning.
        valid: the same for what learning rates are chosen by.
        test: the same for what is never learned from.
        loss: one number per step.
        score: `(outputs, batch) -> number`.
        measure: what the score is, with its unit.
        higher: whether a higher score is better.
    """

    summary: str
    width: int
    answers: int
    draw: Draw
    valid: Draw
    test: Draw
    loss: Loss
    score: Score
    measure: str
    higher: bool


def accuracy(outputs: Array, batch: Batch) -> Array:
    """Per cent of sequences whose mean output over the valid steps is largest at the target."""
    judged, _ = losses.mean_over_time(outputs, jnp.asarray(batch.mask))
    wanted = jnp.asarray(batch.target)[-1].argmax(-1)
    return 100 * (judged[0].argmax(-1) == wanted).mean()


def mean_of(loss: Loss) -> Score:
    """The loss itself, per valid step."""

    def score(outputs: Array, batch: Batch) -> Array:
        mask = jnp.asarray(batch.mask)
        return (loss(outputs, jnp.asarray(batch.target)) * mask).sum() / mask.sum()

    return score


def _generated(summary: str, width: int, draw: Draw) -> Task:
    return Task(
        summary, width, 2, draw, draw, draw, losses.categorical, accuracy, "accuracy (%)", True
    )


def _pattern() -> Task:
    def draw(random: np.random.Generator, examples: int) -> Batch:
        # One frozen pattern, whatever is drawn: learned by heart.
        one = data.pattern_generation(np.random.default_rng(0), steps=250)
        return Batch(*(np.repeat(a, examples, 1) for a in one))

    return Task(
        "a frozen spike pattern is to give a sum of four sines",
        100,
        1,
        draw,
        draw,
        draw,
        losses.squared_error,
        mean_of(losses.squared_error),
        "half squared error per step",
        False,
    )


def _spike_times() -> Task:
    return Task(
        "a frozen spike pattern is to make an output fire at three times",
        INPUTS,
        1,
        spike_times,
        spike_times,
        spike_times,
        losses.squared_error,
        mean_of(losses.squared_error),
        "van Rossum distance per step",
        False,
    )


def _chorales() -> Task:
    split = data.jsb_chorales()

    def part(pieces: data.Sequences) -> Draw:
        def draw(random: np.random.Generator, examples: int) -> Batch:
            chosen = random.integers(0, len(pieces), examples)
            some = data.Sequences(
                pieces.name,
                tuple(pieces.rolls[i] for i in chosen),
                tuple(f"{n}: {pieces.names[i]}" for n, i in enumerate(chosen)),
            )
            return next(iter(some.batches(examples, round_to=64)))

        return draw

    return Task(
        "the next chord of a Bach chorale (JSB)",
        88,
        88,
        part(split.train),
        part(split.train),
        part(split.valid),
        losses.bernoulli,
        mean_of(losses.bernoulli),
        "NLL (nats per step)",
        False,
    )


def _weather() -> Task:
    series = data.transformer_temperature()
    # One year to learn from, and the same seasons of the next one to judge by.
    learn, judge = series[:8640], series[8640:17280]
    forecast = [data.Forecast(part, learn, "OT", ahead=12, settle=24) for part in (learn, judge)]

    def absolute_error(outputs: Array, target: Array) -> Array:
        return forecast[1].deviation * jnp.abs(outputs - target)[..., 0]

    return Task(
        "how a transformer's oil temperature changes in twelve hours, from loads and temperature "
        f"so far (no change is wrong by {forecast[1].as_now():.2f} degrees on average)",
        len(series.columns),
        1,
        forecast[0].draw,
        forecast[0].draw,
        forecast[1].draw,
        losses.squared_error,
        mean_of(absolute_error),
        "absolute error (degrees Celsius)",
        False,
    )


def _digits() -> Task:
    steps = 20

    def part(images: data.Images) -> Draw:
        def draw(random: np.random.Generator, examples: int) -> Batch:
            some = images[random.integers(0, len(images), examples)]
            shown = jnp.asarray(some.images.reshape(examples, -1), jnp.float32) / 255
            spikes = rate(shown, steps, spikes=5.0, key=jax.random.key(int(random.integers(2**31))))
            target = np.eye(10, dtype=np.float32)[some.labels]
            return Batch(
                np.asarray(spikes),
                np.broadcast_to(target, (steps, examples, 10)),
                np.ones((steps, examples), np.float32),
            )

        return draw

    images = data.mnist("train")
    return Task(
        "rate-coded digits (MNIST), 20 steps",
        784,
        10,
        part(images[:-_KEPT]),
        part(images[-_KEPT:]),
        part(data.mnist("test")),
        losses.categorical,
        accuracy,
        "accuracy (%)",
        True,
    )


def _speech_task() -> Task:
    parts = [data.spoken_digits(part) for part in ("train", "test")]
    spoken, silent = _speech.standard(*map(_speech.features, parts))
    learn, judge = (
        _speech.Streams(some, part.labels, silent) for some, part in zip(spoken, parts, strict=True)
    )
    answer, share = _speech.commonest(judge.draw)
    return Task(
        "which of ten digits is being spoken, or none, every 10 ms "
        f"(always answering {answer!r} is right in {share:.1f} % of the frames)",
        len(silent),
        _speech.CLASSES,
        learn.draw,
        learn.draw,
        judge.draw,
        losses.categorical,
        _speech.frames_right,
        "frames right (%)",
        True,
    )


TASKS: dict[str, Callable[[], Task]] = {
    "temporal-xor": lambda: _generated(
        "whether two bits differ, shown one after the other", 5, data.temporal_xor
    ),
    "cue-accumulation": lambda: _generated(
        "which side had more cues, asked a second later", 40, data.cue_accumulation
    ),
    "pattern-generation": _pattern,
    "spike-times": _spike_times,
    "chorales": _chorales,
    "digits": _digits,
    "weather": _weather,
    "speech": _speech_task,
}
"""Name to what makes the task; data are looked for when it is made."""
