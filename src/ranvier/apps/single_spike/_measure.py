"""What networks answer, when, and with how many spikes."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np

import ranvier.metrics as metrics
from ranvier.apps.single_spike._methods import Method
from ranvier.nets.single_spike import SingleSpikeNetwork

_AT_ONCE = 500
_BINS = 64


@eqx.filter_jit
def _run(network: SingleSpikeNetwork, times: Any) -> Any:
    found = network.times(times)
    before = (times, *found)[-2]
    return found, network.layers[-1].decide(before, found[-1])


class Seen(NamedTuple):
    """What a network did with images, in the time of its method.

    Attributes:
        times: of inputs and of every layer, infinite where there is no spike, `[n, units]` each.
        answers: which class each image was taken for.
        labels: which it is.
    """

    times: tuple[np.ndarray, ...]
    answers: np.ndarray
    labels: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of right answers, per cent."""
        return 100 * metrics.accuracy(self.labels, self.answers)

    @property
    def accuracy_of_ties(self) -> float:
        """The same, with every tie right that the true class is part of, per cent."""
        outputs = self.times[-1]
        of_true = np.take_along_axis(outputs, self.labels[:, None], -1)[:, 0]
        part = np.isfinite(of_true) & (of_true == metrics.decision_latency(outputs))
        return 100 * float((part | (self.answers == self.labels)).mean())


def look(
    method: Method, network: SingleSpikeNetwork, inputs: np.ndarray, labels: np.ndarray
) -> Seen:
    """Run images through a network.

    Args:
        method: whose network it is.
        network: to run.
        inputs: spike times as the method makes them, `[n, pixels]`.
        labels: true classes.
    """
    pieces = [
        jax.tree.map(np.asarray, _run(network, inputs[at : at + _AT_ONCE]))
        for at in range(0, len(inputs), _AT_ONCE)
    ]
    layers = [np.concatenate(parts) for parts in zip(*(found for found, _ in pieces), strict=True)]
    answers = np.concatenate([answer for _, answer in pieces])
    return Seen(tuple(method.readable(t) for t in (inputs, *layers)), answers, labels)


def judged(method: Method, seen: Seen) -> dict[str, Any]:
    """What goes into the result about a network on the test images.

    Args:
        method: whose network it is.
        seen: what the network did.

    Returns:
        Accuracies and shares in per cent, times in the unit of the method, spikes per image as
        means: all that are fired, and those before the first output spike.
    """
    decision = metrics.decision_latency(seen.times[-1])
    made = np.isfinite(decision)
    ties = (seen.times[-1] == decision[:, None]).sum(-1) > 1
    names = _names(seen)
    before = [metrics.spikes_before(times, decision) for times in seen.times]
    return {
        "test_accuracy": seen.accuracy,
        "test_accuracy_of_ties": seen.accuracy_of_ties,
        "tied": 100 * float((ties & made).mean()),
        "silent": 100 * float((~made).mean()),
        "latency": float(decision[made].mean()) if made.any() else None,
        "latency_spread": float(decision[made].std()) if made.any() else None,
        "spikes": {
            name: {
                "units": times.shape[-1],
                "fired": float(np.isfinite(times).sum(-1).mean()),
                "before_decision": float(count.mean()),
            }
            for name, times, count in zip(names, seen.times, before, strict=True)
        },
        "histograms": _histograms(method, seen, decision),
    }


def example(seen: Seen, which: int) -> dict[str, Any]:
    """The spikes of one image, for the raster; None where there is none.

    Args:
        seen: what the network did.
        which: image.
    """
    layers = {
        name: [float(t) if np.isfinite(t) else None for t in times[which]]
        for name, times in zip(_names(seen), seen.times, strict=True)
    }
    return {
        "label": int(seen.labels[which]),
        "answer": int(seen.answers[which]),
        "times": layers,
    }


def _names(seen: Seen) -> list[str]:
    """Inputs, hidden layers, outputs."""
    hidden = len(seen.times) - 2
    several = [f"hidden {number}" for number in range(1, hidden + 1)]
    return ["input", *(["hidden"] if hidden == 1 else several), "output"]


def _histograms(method: Method, seen: Seen, decision: np.ndarray) -> dict[str, Any]:
    """Spikes per image and bin, those before the decision apart from the others."""
    edges = np.linspace(0, method.end, _BINS + 1)
    # What comes later than the picture ends stands in its last bin.
    latest = np.nextafter(method.end, 0)
    layers = {}
    for name, times in zip(_names(seen), seen.times, strict=True):
        soon = times < decision[:, None]
        fired = np.isfinite(times)
        layers[name] = {
            what: (np.histogram(np.minimum(times[mask], latest), edges)[0] / len(times)).tolist()
            for what, mask in (("before", fired & soon), ("after", fired & ~soon))
        }
    made = np.minimum(decision[np.isfinite(decision)], latest)
    return {
        "edges": edges.tolist(),
        "layers": layers,
        "decisions": (np.histogram(made, edges)[0] / len(decision)).tolist(),
    }
