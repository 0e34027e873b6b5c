"""Small runs of the experiments on devices: what is chosen, and the data they see."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

import ranvier.data
from ranvier.apps import (
    ambrogio_cell,
    binary_2t2r,
    chorales_on_pcm,
    correlation_detector,
    digits_on_rram,
    fault_panorama,
    pcm_rbm,
    phase_change_neurons,
)
from ranvier.apps.fault_panorama._in_place import LEARNING
from ranvier.data import Images, Split

FEW = {"size": 12, "epochs": 1, "images": 250, "arrays": 2}

CHOSEN: dict[str, dict[str, Any]] = {
    "chorales-on-pcm": {"data": "nottingham", "size": 6, "epochs": 2, "batch_size": 4, "arrays": 3},
    "digits-on-rram": {**FEW, "ways": ("pair", "verified")},
    "fault-panorama": {
        **FEW,
        "kinds": ("noise", "stuck-high", "retention-compensated", "output-bits"),
        "learning": ("worn",),
        "learning_epochs": 1,
    },
    "binary-2t2r": {**FEW, "error_rates": (0.01, 0.3)},
    "ambrogio-cell": {
        "data": "optical-digits",
        "ways": ("float", "inverted"),
        "hidden": (8,),
        "epochs": 4,
        "batch_size": 5,
        "images_per_transfer": 50,
        "validation": 30,
    },
    "pcm-rbm": {
        "images": 40,
        "hidden": 12,
        "batch_size": 20,
        "label_units": 2,
        "checks": 2,
        "checked": 10,
        "judged": 20,
        "aged": 10,
        "arrays": 2,
        "half_ms": 10.0,
        "answer_ms": 10.0,
        "ways": ("pcm", "classic"),
    },
    "correlation-detector": {"preset": "small"},
    "phase-change-neurons": {"pulses": 2000, "repeats": 4},
}
"""What is chosen, by the names of the experiments."""

_ROOMS = {
    "chorales-on-pcm": chorales_on_pcm,
    "digits-on-rram": digits_on_rram,
    "fault-panorama": fault_panorama,
    "binary-2t2r": binary_2t2r,
    "ambrogio-cell": ambrogio_cell,
    "pcm-rbm": pcm_rbm,
    "correlation-detector": correlation_detector,
}


class SmallRun(NamedTuple):
    """What a small run left: its folder, its result, the parts it told of."""

    folder: Path
    result: dict[str, Any]
    told: list[tuple[Any, ...]]


def stripes(name: str, count: int, seed: int) -> Images:
    """Ten classes that a network can learn: a bright bar at one of ten heights, 28 x 28."""
    labels = np.random.default_rng(seed).integers(0, 10, count).astype(np.uint8)
    images = np.zeros((count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 + 2 * label : 6 + 2 * label, 4:24] = 255
    return Images(name, images, labels)


def shapes(name: str, count: int, seed: int) -> Images:
    """Ten classes that a network can learn: a bright bar at one of ten places, some noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = rng.integers(0, 60, (count, 8, 8)).astype(np.uint8)
    for image, one in zip(images, labels, strict=True):
        image[one % 5 : one % 5 + 2, 4 * (one // 5) : 4 * (one // 5) + 4] = 255
    return Images(name, images, labels)


@contextlib.contextmanager
def kept_programs(folder: str) -> Iterator[None]:
    """Programs are compiled once, and kept in a folder."""
    chosen = {
        "jax_compilation_cache_dir": folder,
        "jax_persistent_cache_min_compile_time_secs": 0,
    }
    before = {name: getattr(jax.config, name) for name in chosen}
    for name, value in chosen.items():
        jax.config.update(name, value)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


def parts(make: Callable[[str, int, int], Images], learn: int, test: int) -> dict[str, Images]:
    """Images to learn from and to be judged by."""
    return {"train": make("train", learn, 0), "test": make("test", test, 1)}


def run_small(name: str, folder: Path, chords: Split) -> SmallRun:
    """Run an experiment on small data of its kind."""
    if name == "phase-change-neurons":
        return SmallRun(folder, phase_change_neurons.run(folder, **CHOSEN[name]), [])
    told: list[tuple[Any, ...]] = []
    room, more = _ROOMS[name], {}
    if name == "correlation-detector":
        more["progress"] = lambda *part: told.append(part)
    images = parts(stripes, 200, 60) if name == "pcm-rbm" else parts(stripes, 600, 250)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranvier.data, "nottingham", lambda: chords)
        patch.setattr(ranvier.data, "mnist", images.__getitem__)
        patch.setattr(ranvier.data, "optical_digits", parts(shapes, 120, 60).__getitem__)
        patch.setitem(LEARNING, "worn", LEARNING["worn"]._replace(values=(30, 1000)))
        result = room.run(folder, room.build(**CHOSEN[name]), **more)
    return SmallRun(folder, result, told)
