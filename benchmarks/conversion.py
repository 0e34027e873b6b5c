"""How long a network of the size of VGG16 takes to convert: `python -m benchmarks.conversion`.

Its weights are drawn (He et al.), with batch normalisation as VGG16 has it for CIFAR-10; inputs are
noise. What takes time does not ask what the weights are.
"""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Annotated, Any

import jax
import numpy as np
import typer
from rich.console import Console

from benchmarks.measure import machine
from benchmarks.session import settings
from ranvier.convert.files import network_from_weights
from ranvier.convert.files.layout import BatchNorm, Conv, Dense, Flatten, MaxPool, ReLU
from ranvier.convert.relu import normal_form
from ranvier.convert.ttfs import identity_mapping, to_spike_times
from ranvier.core import atomic_path
from ranvier.metrics._fan_out import fan_out
from ranvier.nets.ttfs import SpikeTimeNetwork
from ranvier.synapses import Flatten as Row

VGG16 = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
HIDDEN = (512, 512)
CLASSES = 10
COLOURED = (3, 32, 32)
RECORD = Path(__file__).resolve().parent.parent / "docs" / "results" / "conversion.json"


def network(channels: tuple[tuple[int, ...], ...], hidden: tuple[int, ...], seed: int = 0) -> Any:
    """Convolutions of 3 x 3 with batch normalisation, pools of the maximum, dense layers.

    Example:
        >>> made = network(((2,), (3,)), (5,))
        >>> [name for name in made.network.neurons]
        ['relu_1', 'relu_2', 'relu_3']
    """
    random = np.random.default_rng(seed)
    weights: dict[str, np.ndarray] = {}
    layout: list[Any] = []
    before, side = COLOURED[0], COLOURED[1]

    def drawn(name: str, *shape: int) -> None:
        deviation = math.sqrt(2 / math.prod(shape[1:]))
        weights[f"{name}.weight"] = random.normal(0, deviation, shape)
        weights[f"{name}.bias"] = random.normal(0, 0.1, shape[0])

    for block in channels:
        for width in block:
            drawn(name := f"conv{len(weights)}", width, before, 3, 3)
            weights |= {
                f"norm{name}.weight": random.uniform(0.5, 1.5, width),
                f"norm{name}.bias": random.normal(0, 0.1, width),
                f"norm{name}.running_mean": random.normal(0, 0.1, width),
                f"norm{name}.running_var": random.uniform(0.5, 1.5, width),
            }
            layout += [Conv(padding=1), BatchNorm(), ReLU()]
            before = width
        layout.append(MaxPool(2))
        side //= 2
    layout.append(Flatten())
    before *= side**2
    for width in (*hidden, CLASSES):
        drawn(f"dense{len(weights)}", width, before)
        layout += [Dense(), ReLU()]
        before = width
    return network_from_weights(weights, layout[:-1], in_shape=COLOURED)


def additions(converted: SpikeTimeNetwork, x: np.ndarray) -> tuple[float, int]:
    """Synaptic operations of the spiking network per input, and products of the dense one."""
    times = converted.times(jax.numpy.asarray(x))
    spiking, dense = 0.0, 0
    for units in (*converted.network.units.values(), converted.network.output):
        for way in units.ways:
            fired = np.asarray(times[way.source] < converted.windows[way.source])
            (weighted,) = (s for s in way.synapses if not isinstance(s, Row))
            reached = fan_out(weighted, effective=False)
            spiking += float((fired.reshape(len(x), -1) * reached).sum()) / len(x)
            dense += int(reached.sum())
    return spiking, dense


def measure(images: int, say: Any) -> dict[str, Any]:
    """Seconds of every part of the way, and what the certificate says."""
    seconds: dict[str, float] = {}

    def timed(what: str, call: Any) -> Any:
        say(what)
        began = time.perf_counter()
        found = call()
        seconds[what] = time.perf_counter() - began
        return found

    read = timed("read the weights", lambda: network(VGG16, HIDDEN))
    x = np.random.default_rng(1).random((images, *COLOURED[1:], COLOURED[0]))
    with jax.enable_x64(True):
        timed("map without data", lambda: identity_mapping(normal_form(read.network)))
        timed("convert, one image", lambda: to_spike_times(read.network, x[:1]))
        whole = f"convert, windows and certificate on {images} images"
        found = timed(whole, lambda: to_spike_times(read.network, x))
        spiking, dense = additions(found.network, x)
    proof = found.certificate
    return {
        "seconds": seconds,
        "samples": proof.samples,
        "agreeing": proof.agreeing,
        "largest_logit_error": proof.largest_logit_error,
        "spikes_per_neuron": proof.spikes_per_neuron,
        "active_fraction": proof.active_fraction,
        "additions": spiking,
        "products": dense,
    }


def lines(result: dict[str, Any]) -> list[str]:
    """The record in words, one item each."""
    times = [f"{what}: {taken:.1f} s" for what, taken in result["seconds"].items()]
    return [
        *times,
        f"same answer: {result['agreeing']} of {result['samples']}; largest logit error "
        f"{result['largest_logit_error']:.1e}",
        f"{result['spikes_per_neuron']:.4f} spikes per neuron; "
        f"{result['active_fraction']:.4f} of the rectified units above zero",
        f"{result['additions'] / 1e6:.0f} million additions per image, "
        f"{result['products'] / 1e6:.0f} million products of the dense network",
    ]


def main(
    images: Annotated[int, typer.Option(min=1, help="For windows and certificate.")] = 20,
    record: Annotated[Path, typer.Option(help="Where to write the measurement.")] = RECORD,
) -> None:
    """Measure, write the record, print it."""
    console = Console()
    with console.status("starting") as status:
        found = measure(images, status.update)
    threads = os.cpu_count() or 1
    result = {"machine": machine(threads, settings(threads)), **found}
    with atomic_path(record) as path:
        path.write_text(json.dumps(result, indent=1) + "\n")
    console.print("\n".join(lines(result)))


if __name__ == "__main__":
    typer.run(main)
