"""Trainings of rules over learning rates and seeds, each kept in a file of its own once done."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ranvier.apps._resumable import OnTraining, kept_part, shown
from ranvier.core import Cell, save
from ranvier.learn import Epoch


class Tuned(Protocol):
    """What settings say of learning rates and seeds."""

    @property
    def learning_rates(self) -> tuple[float, ...]: ...
    @property
    def seeds(self) -> int: ...
    @property
    def first_seed(self) -> int: ...


class Trains(Protocol):
    """What trains and judges one network; the judgement holds `valid_accuracy`."""

    @property
    def settings(self) -> Tuned: ...

    def train(
        self,
        name: str,
        seed: int,
        rate: float,
        folder: Path,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> tuple[Cell, dict[str, Any]]: ...


def name_of(rule: str, seed: int, rate: float) -> str:
    """How files of one training are called.

    Args:
        rule: its name.
        seed: of the training.
        rate: its learning rate.

    Example:
        >>> name_of("bp+grapes:mean", 0, 0.05)
        'bp+grapes-mean-seed0-rate0.05'
    """
    return f"{rule.replace(':', '-')}-seed{seed}-rate{rate:g}"


class Work(NamedTuple):
    """The trainings of a run.

    Attributes:
        folder: of the run.
        trainer: trains each of them.
        epochs: of one training.
        progress: shows them, or None.
        tuning_seeds: how many of the seeds each learning rate is tried with.
    """

    folder: Path
    trainer: Trains
    epochs: int
    progress: OnTraining | None
    tuning_seeds: int = 1

    def one(self, rule: str, seed: int, rate: float) -> dict[str, Any]:
        """What one training left: found, or trained now."""
        called = name_of(rule, seed, rate)

        def trained() -> dict[str, Any]:
            with shown(self.progress, called, self.epochs) as on_epoch:
                model, found = self.trainer.train(rule, seed, rate, self.folder, on_epoch)
            save(self.folder / "models" / f"{called}.safetensors", model, settings=found)
            return found

        return kept_part(self.folder / "parts" / f"{called}.json", trained)

    def of_rule(self, rule: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The trainings of a rule at its best learning rate, and how each validated."""
        settings = self.trainer.settings
        rate, tried = settings.learning_rates[0], []
        if len(settings.learning_rates) > 1:
            tried = self._tuned(rule)
            rate = max(tried, key=lambda one: one["valid_accuracy"])["learning_rate"]
        seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
        return [self.one(rule, seed, rate) for seed in seeds], tried

    def of_all(self, rules: tuple[str, ...]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The trainings of every rule, and how each learning rate that was tried validated."""
        models, tuning = [], []
        for rule in rules:
            found, tried = self.of_rule(rule)
            models += found
            tuning += tried
        return models, tuning

    def _tuned(self, rule: str) -> list[dict[str, Any]]:
        """How every learning rate validates that diverges with none of the first seeds."""
        settings = self.trainer.settings
        seeds = range(settings.first_seed, settings.first_seed + self.tuning_seeds)
        tried = []
        for rate in settings.learning_rates:
            with contextlib.suppress(FloatingPointError):
                scores = [self.one(rule, seed, rate)["valid_accuracy"] for seed in seeds]
                mean = sum(scores) / len(scores)
                tried.append({"rule": rule, "learning_rate": rate, "valid_accuracy": mean})
        if not tried:
            raise FloatingPointError(
                f"rule {rule!r} diverges at every learning rate of "
                f"{list(settings.learning_rates)}. Add smaller ones."
            )
        return tried
