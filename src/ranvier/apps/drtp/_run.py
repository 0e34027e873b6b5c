"""Every network learned by every rule, in one folder."""

import dataclasses
import functools
import time
from pathlib import Path
from typing import Any

from ranvier.apps._resumable import OnTraining, claim, leave, made_with
from ranvier.apps._tuned import Work
from ranvier.apps.drtp._networks import NETWORKS
from ranvier.apps.drtp._report import write_report
from ranvier.apps.drtp._settings import Settings
from ranvier.apps.drtp._tasks import task
from ranvier.apps.drtp._train import Trainer
from ranvier.apps.feedback._run import summary
from ranvier.core import only_writer

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")

_NEIGHBOUR = {
    "accuracy": 70.0,
    "what": "CIFAR-10 by DRTP: CONV 64 3 x 3 + CONV 256 3 x 3 (random) + FC 2000-10, 200 epochs, "
    "flips, dropout 0.05, cross entropy, all images without loss",
    "source": "a comment in the published code, about 70 %",
}


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Train every network by every rule with every seed; write results, models and a report.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: shows the trainings: called with a title and its epochs, returns a context of
            `on_epoch`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings, or there are too few examples.
        ImportError: scikit-learn, for the classification by formula, is not installed.
        FileNotFoundError: the compressed photographs are nowhere.
        ConnectionError: a part of the data is neither here nor to be fetched.
        FloatingPointError: a rule diverges at every learning rate.

    Example:
        See `ranvier run drtp`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        # One at a time: photographs fill memory.
        load = functools.lru_cache(1)(task)
        networks = {}
        for name in settings.networks:
            network = NETWORKS[name]
            given = load(network.data, settings.learn, settings.validation)
            trainer = Trainer(settings, network, given)
            work = Work(folder / name, trainer, settings.epochs, _titled(progress, name))
            models, tuning = work.of_all(settings.rules)
            networks[name] = {
                **network._asdict(),
                "layers": network.layers,
                "regression": given.regression,
                "examples": {
                    part: len(getattr(given, part)) for part in ("learn", "valid", "test")
                },
                "parameters": models[0]["parameters"],
                "models": models,
                "tuning": tuning,
                "summary": summary(models),
            }
        result = {
            "experiment": "drtp",
            "source": "Frenkel, Lefebvre, Bol, Front. Neurosci. 15:629892 (2021)",
            "settings": dataclasses.asdict(settings),
            "networks": networks,
            "published": _NEIGHBOUR,
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave(folder, result)
        write_report(folder)
    return result


def _titled(progress: OnTraining | None, name: str) -> OnTraining | None:
    """The same progress, with the network in its titles."""
    if progress is None:
        return None
    return lambda title, epochs: progress(f"{name}, {title}", epochs)
