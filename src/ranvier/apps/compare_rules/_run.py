"""Learning rules side by side: gradients against the exact one, costs, and what is learned."""

import functools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ranvier.apps._resumable import OnPart, claim, kept_part, leave, made_with
from ranvier.apps.compare_rules import _costs, _gradients, _learning
from ranvier.apps.compare_rules._report import write_report
from ranvier.apps.compare_rules._settings import Settings
from ranvier.apps.compare_rules._tasks import TASKS, Task
from ranvier.core import only_writer
from ranvier.learn.rules import catalogue

SOURCE = (
    "Marschall, Cho, Savin, J. Mach. Learn. Res. 21 (2020), for the comparison of gradients; the "
    "rules' own sources are in their documentation"
)


class _Work(NamedTuple):
    """The parts of a comparison, each kept in a file of its own once it is there."""

    folder: Path
    settings: Settings
    task: Task
    say: OnPart
    exact: Callable[[], Any]

    def gradients(self, rule: str) -> list[dict[str, Any]]:
        self.say(f"gradients: {rule}", self.settings.rules.index(rule), len(self.settings.rules))
        return self._kept(
            f"gradients-{rule}",
            rule,
            lambda make: _gradients.measure(self.settings, self.task, rule, make, self.exact()),
        )

    def costs(self, rule: str) -> list[dict[str, Any]]:
        self.say(f"costs: {rule}", self.settings.rules.index(rule), len(self.settings.rules))
        return self._kept(
            f"costs-{rule}", rule, lambda make: _costs.measure(self.settings, rule, make)
        )

    def learning(self, rule: str, seed: int) -> dict[str, Any]:
        def on_update(done: int) -> None:
            self.say(f"learning: {rule}, network {seed}", done, self.settings.updates)

        return self._kept(
            f"learning-{rule}-{seed}",
            rule,
            lambda make: _learning.learn(self.settings, self.task, rule, make, seed, on_update),
        )

    def _kept(self, name: str, rule: str, compute: Callable[[Any], Any]) -> Any:
        def by_rule() -> Any:
            try:
                return compute(catalogue[rule])
            except TypeError as error:
                raise ValueError(f"rule {rule!r}: {error}") from error

        return kept_part(self.folder / "parts" / f"{name}.json", by_rule)


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

    Example:
        See `ranvier compare rules`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began, task = time.perf_counter(), TASKS[settings.task]()
        say = progress or (lambda what, done, total: None)
        # Once for all rules, and not at all where their gradients are kept already.
        exact = functools.cache(lambda: _gradients.exact(settings, task))
        work = _Work(folder, settings, task, say, exact)
        gradients, costs, learned = [], [], []
        for rule in settings.rules:
            gradients += work.gradients(rule)
            if settings.sizes and settings.lengths:
                costs += work.costs(rule)
            if settings.updates:
                learned += [work.learning(rule, seed) for seed in range(settings.seeds)]
        result = {
            "experiment": "compare-rules",
            "source": SOURCE,
            "settings": json.loads((folder / "settings.json").read_text()),
            "task": {"summary": task.summary, "measure": task.measure, "higher": task.higher},
            "gradients": gradients,
            "costs": costs,
            "growth": {rule: _costs.growth(costs, rule) for rule in settings.rules},
            "learned": learned,
            **made_with(("ranvier", "jax", "jaxlib", "equinox", "optax", "numpy")),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave(folder, result)
    write_report(folder)
    return result
