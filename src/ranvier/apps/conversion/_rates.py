"""The conversion into rates: agreement over time, layer by layer, and the effects of hardware."""

import time
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from ranvier.apps.conversion._inputs import Shown
from ranvier.apps.conversion._settings import Settings
from ranvier.apps.conversion._sweeps import accuracy_of
from ranvier.convert import Quantised
from ranvier.convert.files import Imported
from ranvier.convert.rate import Percentile, RateNetwork, certify, to_rates
from ranvier.nets import Graph, run
from ranvier.neurons import IF, LogisticEscape, Stochastic

SOURCE = (
    "Diehl et al., IJCNN (2015); Rueckauer et al., Front. Neurosci. 11 (2017); Deng, Gu, ICLR "
    "(2021), for the start at half of the threshold"
)


def rates_of(
    settings: Settings, read: Imported, learn: Shown, judge: Shown, drawn: np.ndarray
) -> Iterator[tuple[str, dict[str, Any], dict[str, np.ndarray]]]:
    """What was found, part by part: what it is about, entries of the result, and recordings.

    Args:
        settings: of the conversion.
        read: the network.
        learn: images that set the scales.
        judge: images that both are compared on.
        drawn: the image whose spikes are drawn.
    """
    clock = time.perf_counter()
    network = to_rates(
        read.network,
        learn.x[: settings.calibrate],
        normalisation=Percentile(settings.percentile),
        input_range=(settings.low, settings.high),
    )
    seconds = time.perf_counter() - clock
    proof = certify(network, judge.x, steps=settings.steps, labels=judge.labels)
    told = {
        "samples": proof.samples,
        "agreeing": list(proof.agreeing),
        "right": list(proof.right),
        "source_right": proof.source_right,
        "logit_error": proof.logit_error,
        "spikes_per_neuron": proof.spikes_per_neuron,
        "operations": proof.operations._asdict(),
        "differing": [one._asdict() for one in proof.differing],
    }
    layers = [layer._asdict() for layer in proof.layers]
    found = {"conversion_seconds": round(seconds, 2), "certificate": told, "layers": layers}
    yield "comparing", found, {}
    yield "one image", {}, _one_image(network, drawn, settings.steps)
    yield from _hardware(settings, network, judge)


def _hardware(
    settings: Settings, network: RateNetwork, judge: Shown
) -> Iterator[tuple[str, dict[str, Any], dict[str, np.ndarray]]]:
    """Accuracy with few bits of weights, and with noise on thresholds."""
    x, labels = (part[: settings.swept] for part in judge)

    def judged(graph: Graph, *keys: Any) -> dict[str, float]:
        answers = eqx.Partial(_answers, graph, network.encode, settings.steps)
        return accuracy_of(answers, x, labels, *keys)

    found: dict[str, Any] = {"accuracy_swept": judged(network.graph)["accuracy"], "effects": {}}
    for bits in settings.weight_bits:
        line = {"value": bits, **judged(Quantised(bits)(network.graph))}
        found["effects"].setdefault("weight_bits", []).append(line)
        yield f"weight bits, {bits}", found, {}
    keys = jr.split(jr.key(settings.first_seed), settings.trials)
    for scale in settings.noise:
        line = {"value": scale, **judged(_noisy(network, scale), *keys)}
        found["effects"].setdefault("noise", []).append(line)
        yield f"noise, {scale:g}", found, {}


def _noisy(network: RateNetwork, scale: float) -> Graph:
    """The graph with noise on every threshold, relative to it."""

    def noisy(neuron: IF) -> Stochastic:
        return Stochastic(neuron, LogisticEscape(scale * jnp.asarray(neuron.threshold)))

    nodes = {
        name: noisy(node) if isinstance(node, IF) else node
        for name, node in network.graph.nodes.items()
    }
    return Graph(nodes, network.graph.edges)


@eqx.filter_jit
def _classes(graph: Graph, xs: Any, key: Any) -> Any:
    return jnp.argmax(run(graph, xs, key=key)[1][-1], -1)


def _answers(graph: Graph, encode: Any, steps: int, x: np.ndarray, key: Any) -> Any:
    """Classes after the last step."""
    return _classes(graph, encode(x, steps), key)


@eqx.filter_jit
def _history(graph: Any, xs: Any) -> Any:
    return graph.history(graph.init((1,)), xs)[1]


def _one_image(network: RateNetwork, image: np.ndarray, steps: int) -> dict[str, np.ndarray]:
    """Step and unit of every spike that one image causes, layer by layer."""
    states = _history(network.graph, network.encode(image[None], steps))
    recorded = {"names": np.array(list(network.form.units)), "image": image}
    for name in network.form.units:
        spikes = np.asarray(states[name].y)[:, 0].reshape(steps, -1)
        recorded[f"spikes/{name}"] = np.stack(np.nonzero(spikes)).astype(np.int32)
        recorded[f"count/{name}"] = np.array(spikes.shape[1])
    return recorded
