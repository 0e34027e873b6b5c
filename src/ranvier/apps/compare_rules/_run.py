"""Learning rules side by side: gradients against the exact one, costs, and what is learned."""

import functools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ranvier.apps._credit import CONTROLS, FORMS
from ranvier.apps._paired import ahead
from ranvier.apps._resumable import OnPart, claim, kept_part, leave, made_with
from ranvier.apps._tuned import name_of
from ranvier.apps.compare_rules import _costs, _gradients, _learning
from ranvier.apps.compare_rules._names import REFERENCE, maker
from ranvier.apps.compare_rules._report import write_report
from ranvier.apps.compare_rules._settings import Settings
from ranvier.apps.compare_rules._tasks import TASKS, Task
from ranvier.core import only_writer

SOURCE = (
    "Marschall, Cho, Savin, J. Mach. Learn. Res. 21 (2020), for the comparison of gradients; the "
    "rules' own sources are in their documentation"
)


class _Programs:
    """What is compiled once: exact gradients and scores for all rules, the rest rule by rule."""

    def __init__(self, settings: Settings, task: Task) -> None:
        self.settings, self.task = settings, task
        self.reference = self._drawn(REFERENCE)
        self.score = _learning.judge(task)
        # Not at all where the gradients of all rules are kept already.
        self.exact = functools.cache(lambda: _gradients.exact(settings, task, self.reference))
        self.gradients = functools.cache(self._gradients)
        self.lessons = functools.cache(self._lessons)

    def _drawn(self, rule: str) -> _gradients.Drawn:
        return _gradients.drawn(maker(rule)(self.task.loss), self.settings.layers)

    def _gradients(self, rule: str) -> _gradients.Drawn:
        return self.reference if rule == REFERENCE else self._drawn(rule)

    def _lessons(self, rule: str) -> _learning.Lessons:
        learn_by, found = maker(rule)(self.task.loss), self.gradients(rule)
        return _learning.Lessons(
            self.settings, self.task, rule, learn_by, found, self.reference, self.score
        )


class _Work(NamedTuple):
    """The parts of a comparison, each kept in a file of its own once it is there."""

    folder: Path
    settings: Settings
    task: Task
    programs: _Programs
    say: OnPart

    def gradients(self, rule: str) -> list[dict[str, Any]]:
        self.say(f"gradients: {rule}", self.settings.rules.index(rule), len(self.settings.rules))
        found, exact = self.programs.gradients(rule), self.programs.exact
        return self._kept(
            f"gradients-{rule}",
            rule,
            lambda: _gradients.measure(self.settings, self.task, rule, found, exact()),
        )

    def costs(self, rule: str) -> list[dict[str, Any]]:
        self.say(f"costs: {rule}", self.settings.rules.index(rule), len(self.settings.rules))
        return self._kept(
            f"costs-{rule}", rule, lambda: _costs.measure(self.settings, rule, maker(rule))
        )

    def learning(self, rule: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The trainings of a rule at its learning rate, and how each rate that was tried scored."""
        tried = [self._trained(rule, 0, rate) for rate in self.settings.learning_rates]
        rate = self._best(rule, tried) if tried else self.settings.learning_rate
        learned = [self._trained(rule, seed, rate) for seed in range(self.settings.seeds)]
        return learned, [
            {name: one[name] for name in ("rule", "learning_rate", "valid")} for one in tried
        ]

    def _best(self, rule: str, tried: list[dict[str, Any]]) -> float:
        there = [one for one in tried if one["failed"] is None]
        if not there:
            raise FloatingPointError(
                f"rule {rule!r} diverges at every learning rate of "
                f"{list(self.settings.learning_rates)}. Add smaller ones."
            )
        best = max if self.task.higher else min
        return best(there, key=lambda one: one["valid"])["learning_rate"]

    def _trained(self, rule: str, seed: int, rate: float) -> dict[str, Any]:
        def on_update(done: int) -> None:
            self.say(f"learning: {rule}, network {seed}", done, self.settings.updates)

        return self._kept(
            f"learning-{name_of(rule, seed, rate)}",
            rule,
            lambda: self.programs.lessons(rule).train(seed, rate, on_update),
        )

    def _kept(self, name: str, rule: str, compute: Callable[[], Any]) -> Any:
        def by_rule() -> Any:
            try:
                return compute()
            except TypeError as error:
                raise ValueError(f"rule {rule!r}: {error}") from error

        return kept_part(self.folder / "parts" / f"{name.replace(':', '-')}.json", by_rule)


def _importance(learned: list[dict[str, Any]], rules: tuple[str, ...]) -> list[dict[str, Any]]:
    """By how much GRAPES is ahead of BPTT and of its controls, network by network."""
    scores = {r: [one["scores"][-1] for one in learned if one["rule"] == r] for r in rules}
    pairs = [
        (form, against)
        for form in FORMS
        for against in (REFERENCE, *(f"{form}:{control}" for control in CONTROLS))
    ]
    found = [(one, two, ahead(scores, one, two)) for one, two in pairs if learned]
    return [{"rule": one, "against": two, **apart} for one, two, apart in found if apart]


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Compare, record and report; every finished part is kept, so that a run can go on.

    Args:
        folder: where the run leaves its files.
        settings: what is compared.
        resume: go on with a run that is there.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings, or a rule cannot follow the network.
        FloatingPointError: a rule diverges at every learning rate that it is to choose from.

    Example:
        See `ranvier compare rules`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began, task = time.perf_counter(), TASKS[settings.task]()
        say = progress or (lambda what, done, total: None)
        work = _Work(folder, settings, task, _Programs(settings, task), say)
        gradients, costs, learned, tuning = [], [], [], []
        for rule in settings.rules:
            gradients += work.gradients(rule)
            if settings.sizes and settings.lengths:
                costs += work.costs(rule)
            if settings.updates:
                trained, tried = work.learning(rule)
                learned += trained
                tuning += tried
        result = {
            "experiment": "compare-rules",
            "source": SOURCE,
            "settings": json.loads((folder / "settings.json").read_text()),
            "task": {"summary": task.summary, "measure": task.measure, "higher": task.higher},
            "gradients": gradients,
            "costs": costs,
            "growth": {rule: _costs.growth(costs, rule) for rule in settings.rules},
            "learned": learned,
            "tuning": tuning,
            "importance": _importance(learned, settings.rules),
            **made_with(("ranvier", "jax", "jaxlib", "equinox", "optax", "numpy")),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave(folder, result)
    write_report(folder)
    return result
