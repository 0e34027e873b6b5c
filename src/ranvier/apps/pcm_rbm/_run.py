"""The experiment of the spiking machine: train, judge, write to arrays, record."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

import ranvier.data
from ranvier.apps._held import source_told
from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with, shown
from ranvier.apps.pcm_rbm._arrays import through_time
from ranvier.apps.pcm_rbm._network import by_free_energy, by_spikes, chances, dreams, spiking
from ranvier.apps.pcm_rbm._report import write_report
from ranvier.apps.pcm_rbm._settings import WAYS, Settings
from ranvier.apps.pcm_rbm._train import Trainer
from ranvier.apps.pcm_rbm._twin import beside_twin
from ranvier.core import only_writer
from ranvier.data import Images
from ranvier.hardware.devices import pcm_one_sided
from ranvier.nets import RestrictedBoltzmann, sampling_unit

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
_LEARNED = 1000
_LEVELS = np.linspace(-6, 6, 25)
_SAME_LEVEL = 40

PUBLISHED = [
    {
        "what": "PCM chip, 90 nm, 6T2R cells",
        "accuracy": 92.0,
        "on": "the 100 training pictures themselves",
        "source": "Ishii et al., IEDM 2019, abstract",
        "checked": True,
    },
    {
        "what": "eCD in software",
        "accuracy": 91.9,
        "on": "test pictures",
        "source": "Neftci et al., Front. Neurosci. 7:272 (2014), from memory",
        "checked": False,
    },
]


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Train the machine in every way that the settings name, judge it, write it to arrays.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: shows the trainings; see `OnTraining`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings, or there are too few pictures.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run pcm-rbm`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        learn, check, test = pictures(settings)
        trainer = Trainer(settings, learn, check)
        models, recorded, trained = [], rate_curve_of(settings.seed), {}
        for way in settings.ways:
            with shown(progress, WAYS[way], settings.checks) as on_epoch:
                machine, record = trainer.train(way, folder, on_epoch)
            trained[way] = machine
            models.append({**record, **_judged(settings, machine, learn, test)})
            cell, key = spiking(machine, settings.synapse), jr.key(settings.seed + 4)
            mean = jnp.asarray(chances(learn.images).mean(0))
            recorded |= {
                f"{way}/weights": np.asarray(machine.weight),
                f"{way}/dreams": np.asarray(dreams(cell, settings.label_units, mean, key=key)),
            }
        way = "pcm" if "pcm" in trained else settings.ways[0]
        arrays, drawn = through_time(settings, trained[way], test)
        twin = "float" if "float" in trained else way
        result = {
            "experiment": "pcm-rbm",
            "settings": dataclasses.asdict(settings),
            "pictures": {
                "learn": len(learn),
                "learn_judged": min(len(learn), _LEARNED),
                "check": len(check),
                "test": len(test),
            },
            "models": models,
            "arrays": {"way": way, **arrays},
            "learned_in": source_told(pcm_one_sided().source),
            "twin": {
                "way": twin,
                **beside_twin(settings, trained[way], trained[twin], test),
            },
            "published": PUBLISHED,
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave_arrays(folder / "recordings.npz", {**recorded, **drawn})
        leave(folder, result)
        write_report(folder)
    return result


def pictures(settings: Settings) -> tuple[Images, Images, Images]:
    """Pictures to learn from, pictures to look at a training with, pictures to judge it by.

    Args:
        settings: how many of each.

    Raises:
        ValueError: more than the training set has.
    """
    load = ranvier.data.catalogue[settings.data]
    train, test = load("train"), load("test")
    wanted = settings.images + settings.checked
    if wanted > len(train):
        raise ValueError(
            f"{settings.images} images to learn from and {settings.checked} to check with make "
            f"{wanted}, expected at most {len(train)}. Lower one of them."
        )
    order = np.random.default_rng(settings.seed).permutation(len(train))
    learn, check = order[: settings.images], order[len(order) - settings.checked :]
    return train[learn], train[check], test[: settings.judged]


def rate_curve_of(seed: int) -> dict[str, np.ndarray]:
    """Measured rates of neurons over their input, `"rate/input"` and `"rate/Hz"`.

    Args:
        seed: draws spikes.
    """
    inputs = jnp.repeat(jnp.asarray(_LEVELS, jnp.float32), _SAME_LEVEL)
    unit, steps = sampling_unit(len(inputs)), 2000

    @jax.jit
    def spikes(key: Any) -> Any:
        def step(state: Any, key: Any) -> Any:
            state = unit.step(state, jnp.zeros_like(inputs), inputs, key=key)
            return state, state.y

        return jax.lax.scan(step, unit.init(), jr.split(key, steps))[1][steps // 10 :].mean(0)

    found = np.asarray(spikes(jr.key(seed + 5))).reshape(-1, _SAME_LEVEL).mean(1)
    return {"rate/input": _LEVELS, "rate/Hz": 1000 * found}


def _judged(
    settings: Settings, machine: RestrictedBoltzmann, learn: Images, test: Images
) -> dict[str, Any]:
    learned = learn[:_LEARNED]
    cell = spiking(machine, settings.synapse)
    right, spikes = by_spikes(cell, test, settings.answer_ms, settings.seed)
    return {
        "test_accuracy": right,
        "train_accuracy": by_spikes(cell, learned, settings.answer_ms, settings.seed)[0],
        "test_accuracy_by_free_energy": by_free_energy(machine, test),
        "train_accuracy_by_free_energy": by_free_energy(machine, learned),
        "spikes_per_answer": spikes,
    }
