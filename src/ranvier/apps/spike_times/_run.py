"""Train both twins, compare them weight by weight, and fine-tune for imperfect hardware."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.random as jr
import numpy as np

from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with
from ranvier.apps.spike_times._report import write_report
from ranvier.apps.spike_times._settings import Settings
from ranvier.apps.spike_times._source import learned
from ranvier.apps.spike_times._train import Pictures, Trainer, accuracy, spikes_per_neuron
from ranvier.apps.spike_times._twins import apart, graph, twins, weights_of
from ranvier.convert import Quantised
from ranvier.convert.ttfs import to_spike_times, windows_of, with_windows
from ranvier.core import only_writer, save
from ranvier.nets.ttfs import Jitter, ReLUNetwork, SpikeTimeNetwork, TimeSteps, Transmission

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
SOURCE = (
    "Stanojevic, Wozniak, Bellec, Cherubini, Pantazi, Gerstner, Nat. Commun. 15:6793 (2024); "
    "784-340-10 on MNIST"
)
PUBLISHED = 98.3
"""Per cent, at least, of a network of this size on MNIST."""
_CALIBRATION = 5000


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnTraining | None = None
) -> dict[str, Any]:
    """Train in spike time and beside it the twin of rectified units, then fine-tune.

    Everything is computed in double precision, as windows are long at first.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: shows trainings.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings, or there are too few images.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run spike-times`, which is this function.
    """
    with only_writer(folder), jax.enable_x64(True):
        claim(folder, settings, resume)
        began = time.perf_counter()
        pictures = Pictures(settings)
        trainer = Trainer(folder / "checkpoints", settings, pictures, progress)
        recorded: dict[str, np.ndarray] = {}
        seeds = []
        for seed in range(settings.first_seed, settings.first_seed + settings.seeds):
            begun, told = learned(trainer, seed) if settings.source_epochs else (None, None)
            networks = twins(settings, pictures.in_shape, seed, begun)
            found, network, drawn = _twins_of(trainer, seed, networks)
            found["source"] = told
            found["activity"] = [
                _costly(trainer, seed, networks[1], cost) for cost in settings.activity
            ]
            found["tuned"] = [
                {
                    "effect": effect,
                    "value": value,
                    **_before_and_after(trainer, seed, network, change, bits),
                }
                for effect, value, change, bits in _hardware(settings, network, pictures)
            ]
            seeds.append(found)
            recorded = recorded or drawn
            save(folder / f"network-{seed}.safetensors", network)
        result = {
            "experiment": "spike-times",
            "source": SOURCE,
            "published": PUBLISHED if settings.data == "mnist" else None,
            "settings": dataclasses.asdict(settings),
            "seeds": seeds,
            **made_with(_LIBRARIES),
        }
        leave_arrays(folder / "recordings.npz", recorded)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _twins_of(
    trainer: Trainer, seed: int, networks: tuple[ReLUNetwork, SpikeTimeNetwork]
) -> tuple[dict[str, Any], SpikeTimeNetwork, dict[str, np.ndarray]]:
    """Scores of both, the spiking network, and its weights beside those of the twin."""
    pictures, settings = trainer.pictures, trainer.settings
    names = ("rectified", "spiking")
    first = [
        trainer.trained(network, f"{name} one epoch", seed, 1)[0]
        for network, name in zip(networks, names, strict=True)
    ]
    last = [
        trainer.trained(network, name, seed, settings.epochs)
        for network, name in zip(networks, names, strict=True)
    ]
    (rectified, _), (spiking, _) = last
    found: dict[str, Any] = {
        name: {
            "accuracy": accuracy(network, pictures.test),
            "valid": [100 - error for error in history.valid],
            "train": list(history.train),
            "best_epoch": history.best_epoch,
        }
        for name, (network, history) in zip(names, last, strict=True)
    }
    found |= {
        "certificate": _certified(trainer, rectified),
        "apart_after_one_epoch": apart(*first),
        "moved_in_one_epoch": apart(first[1], networks[1]),
        "apart": apart(rectified, spiking),
        "moved": apart(spiking, networks[1]),
        "spikes_per_neuron": spikes_per_neuron(spiking, pictures.test),
        "windows": {name: float(window) for name, window in spiking.windows.items()},
    }
    some = np.random.default_rng(0)
    drawn = {}
    for number, pair in enumerate(zip(*map(weights_of, (rectified, spiking)), strict=True)):
        chosen = some.permutation(pair[0].size)[:2000]
        drawn[f"parameters/{number}"] = np.stack([values.ravel()[chosen] for values in pair])
    return found, spiking, drawn


def _certified(trainer: Trainer, rectified: ReLUNetwork) -> dict[str, Any]:
    """The twin, converted when it is trained, beside itself on all test images."""
    pictures = trainer.pictures
    form = graph(trainer.settings, pictures.in_shape, weights_of(rectified))
    found = to_spike_times(form, pictures.learn[0][:_CALIBRATION], judged=pictures.test[0])
    proof = found.certificate
    return {
        "samples": proof.samples,
        "agreeing": proof.agreeing,
        "largest_logit_error": proof.largest_logit_error,
        "spikes_per_neuron": proof.spikes_per_neuron,
        "active_fraction": proof.active_fraction,
        "beyond": len(proof.beyond),
        "latency": proof.latency,
    }


def _costly(
    trainer: Trainer, seed: int, network: SpikeTimeNetwork, cost: float
) -> dict[str, float]:
    """The network when it pays for its activity."""
    epochs = trainer.settings.epochs
    network, _ = trainer.trained(network, f"activity {cost:g}", seed, epochs, cost)
    return {
        "cost": cost,
        "accuracy": accuracy(network, trainer.pictures.test),
        "spikes_per_neuron": spikes_per_neuron(network, trainer.pictures.test),
    }


Change = Callable[[SpikeTimeNetwork], SpikeTimeNetwork]


def _hardware(
    settings: Settings, network: SpikeTimeNetwork, pictures: Pictures
) -> Iterator[tuple[str, float, Change, int | None]]:
    """Effect and strength, what it makes of a network, and the bits of its weights."""
    for bits in settings.time_bits:
        yield "time_bits", bits, _sending(_fitting(network, pictures), TimeSteps(bits)), None
    for bits in settings.weight_bits:
        yield "weight_bits", bits, lambda given: given, bits
    for sigma in settings.jitter:
        yield "jitter", sigma, _sending(_fitting(network, pictures), Jitter(sigma)), None
    for quantile in settings.quantiles:
        yield "quantiles", quantile, _fitting(network, pictures, quantile), None


def _fitting(network: SpikeTimeNetwork, pictures: Pictures, quantile: float = 1.0) -> Change:
    """Windows for the activities there are, without the room that training leaves."""
    windows = windows_of(network.network, pictures.learn[0], margin=0.0, quantile=quantile)
    return lambda given: with_windows(given, windows)


def _sending(fitting: Change, transmission: Transmission) -> Change:
    def changed(given: SpikeTimeNetwork) -> SpikeTimeNetwork:
        fitted = fitting(given)
        return SpikeTimeNetwork(
            fitted.network,
            fitted.slopes,
            fitted.windows,
            current=fitted.current,
            transmission=transmission,
        )

    return changed


def _before_and_after(
    trainer: Trainer, seed: int, network: SpikeTimeNetwork, change: Change, bits: int | None
) -> dict[str, float]:
    """Accuracy on the hardware as the network comes, and after it has learned there."""
    coarse = Quantised(bits) if bits is not None else (lambda given: given)
    given, key = change(network), jr.fold_in(jr.key(seed), 2)
    part = f"{given.transmission!r} {bits} {given.latency:.6g}"
    name = "tuned " + "".join(c if c.isalnum() or c == "." else "-" for c in part)
    after = trainer.tuned(given, name, seed, bits)
    judged = trainer.pictures.test
    return {
        "before": accuracy(coarse(given), judged, key),
        "after": accuracy(coarse(after), judged, key),
        "latency": given.latency,
    }
