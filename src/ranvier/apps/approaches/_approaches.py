"""What each approach gives on the test images, and what it costs."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.random as jr
import numpy as np

from ranvier.apps import single_spike
from ranvier.apps.approaches._training import TEST, Training, inputs
from ranvier.apps.approaches._work import Work, row
from ranvier.apps.single_spike._train import Trainer
from ranvier.convert.rate import (
    Certificate,
    Percentile,
    RateNetwork,
    certify,
    reached,
    to_lif,
    to_rates,
)
from ranvier.convert.ttfs import to_spike_times
from ranvier.core import Neuron
from ranvier.data import Images
from ranvier.learn import Epoch
from ranvier.metrics import accuracy
from ranvier.nets import Graph, record
from ranvier.nets.ttfs import Way
from ranvier.neurons import step_operations
from ranvier.synapses import Convolution, Dense

OnEpoch = Callable[[Epoch], None] | None
_AT_ONCE = 250
_WEIGHTED = (Dense, Convolution)


def measured(
    approach: str, training: Training, network: str, seed: int, on_epoch: OnEpoch = None
) -> dict[str, Any]:
    """Train what an approach needs, and judge it once on the test images.

    Args:
        approach: one of `APPROACHES`, or "relu" for the source of rectified units.
        training: trains, and keeps what it has trained.
        network: "dense" or "convolutional".
        seed: draws weights, order and spikes.
        on_epoch: called after every epoch of a training.

    Returns:
        `accuracy` and `source_accuracy`, per cent; `latency` in words, `steps` and the `curve`
        over them; `neurons` and `spikes_per_neuron`; `work`.
    """
    one = _Approach(training, network, seed, on_epoch)
    found = {
        "relu": one.source,
        "rates": one.rates,
        "qcfs": one.quantised,
        "qcfs-signed": lambda: one.quantised(reset="signed"),
        "ttfs": one.single_spikes,
        "soft-lif": one.leaky,
        "trinary": one.trinary,
        "single-spike": one.timed,
        "snu": one.surrogates,
    }[approach]()
    return {"approach": approach, "network": network, "seed": seed, **found}


class _Approach:
    """One network and seed; a method per approach."""

    def __init__(self, training: Training, network: str, seed: int, on_epoch: OnEpoch) -> None:
        self.training, self.settings = training, training.settings
        self.network, self.seed, self.on_epoch = network, seed, on_epoch
        self.test = training.parts.test

    def _model(self, kind: str) -> Any:
        return self.training.model(kind, self.network, self.seed, self.on_epoch)[0]

    def _inputs(self, kind: str, images: np.ndarray) -> np.ndarray:
        return inputs(kind, self.network, images)

    @property
    def _samples(self) -> np.ndarray:
        return self._inputs("relu", self.training.parts.learn.images[: self.settings.samples])

    def source(self) -> dict[str, Any]:
        """The network of rectified units itself."""
        graph = self._model("relu")
        found = self._certified(to_rates(graph, self._samples), 1)
        done = found.operations
        work = Work(0.0, done.source_effective_macs, found.neurons, _weights(graph))
        return {
            "accuracy": _percent(found.source_right, found.samples),
            "source_accuracy": None,
            "latency": "1 step",
            "steps": 1,
            "curve": None,
            "neurons": found.neurons,
            "spikes_per_neuron": None,
            "layers": None,
            "work": row(work) | {"dense_macs": done.source_macs},
        }

    def rates(self) -> dict[str, Any]:
        """Conversion to rates."""
        normalisation = Percentile(self.settings.percent)
        rates = to_rates(self._model("relu"), self._samples, normalisation=normalisation)
        return self._told(rates, self._certified(rates, self.settings.steps))

    def quantised(self, reset: Any = "subtract") -> dict[str, Any]:
        """Conversion of a network that was trained with few levels, in as many steps."""
        rates = to_rates(self._model("qcfs"), self._samples, reset=reset)
        return self._told(rates, self._certified(rates, self.settings.levels))

    def leaky(self) -> dict[str, Any]:
        """A network that was trained as smoothed rates, as leaky neurons."""
        rates = to_lif(self._model("soft-lif"))
        duration, settle = self.settings.duration_ms, self.settings.settle_ms
        found = self._told(rates, self._certified(rates, duration, settle))
        return found | {"latency": f"{duration} ms"}

    def _certified(self, rates: RateNetwork, steps: int, settle: int = 0) -> Certificate:
        x = self._inputs("relu", self.test.images)
        return certify(rates, x, steps=steps, settle=settle, labels=self.test.labels)

    def _told(self, rates: RateNetwork, found: Certificate) -> dict[str, Any]:
        names = rates.form.units
        updates = _updates((rates.graph.nodes[name] for name in names), found.steps)
        done = found.operations
        work = Work(done.accumulates, done.input_macs, updates, _weights(rates.source))
        source = _percent(found.source_right, found.samples)
        curve = [_percent(right, found.samples) for right in found.right]
        return {
            "accuracy": curve[-1],
            "source_accuracy": source,
            "latency": f"{found.steps} steps",
            "steps": found.steps,
            "curve": curve,
            "neurons": found.neurons,
            "spikes_per_neuron": found.spikes_per_neuron,
            "layers": [layer._asdict() for layer in found.layers],
            "agreement": 100 * found.agreement,
            "work": row(work),
        }

    def single_spikes(self) -> dict[str, Any]:
        """Conversion to at most one spike per neuron, earlier where there is more to say."""
        graph = self._model("relu")
        network = to_spike_times(graph, self._samples).network
        form, right, sent = network.network, 0, {}
        for first in range(0, len(self.test), _AT_ONCE):
            some = self.test[first : first + _AT_ONCE]
            with jax.enable_x64(True):
                x = self._inputs("relu", some.images).astype(np.float64)
                times, _, logits = jax.tree.map(np.asarray, _observed(network, x))
            right += int((logits.reshape(len(some), -1).argmax(-1) == some.labels).sum())
            for name in {way.source for way in _ways(form)}:
                spikes = (times[name] < np.asarray(network.windows[name])).sum(0)
                sent[name] = sent.get(name, 0.0) + spikes
        units = sum(int(np.prod(unit.shape)) for unit in form.units.values())
        count = sum(float(np.sum(sent[name])) for name in form.units if name in sent)
        additions = reached(_ways(form), sent) / len(self.test)
        # Every spike that arrives moves one membrane.
        work = Work(additions, 0.0, additions, _weights(graph))
        return {
            "accuracy": 100 * right / len(self.test),
            "source_accuracy": self.source()["accuracy"],
            "latency": f"{network.latency:.3g} time constants",
            "steps": None,
            "curve": None,
            "neurons": units,
            "spikes_per_neuron": count / units / len(self.test),
            "layers": None,
            "work": row(work),
        }

    def timed(self) -> dict[str, Any]:
        """A network that learned by the times of single spikes; those after the answer are free."""
        settings, parts = self.settings, self.training.parts
        chosen = single_spike.build(
            method="mostafa",
            data=settings.data,
            examples=len(parts.learn),
            validation=len(parts.valid),
            hidden=settings.hidden,
            epochs=settings.timed_epochs,
            batch_size=settings.batch_size,
        )
        both = (parts.learn, parts.valid)
        images, labels = (
            np.concatenate([getattr(part, name) for part in both]) for name in ("images", "labels")
        )
        trainer = Trainer(chosen, Images(settings.data, images, labels), self.test)
        folder = self.training.folder / "single-spike"
        model, found = trainer.train(self.seed, folder, self.on_epoch)
        layers: Any = trainer.method.network(model).layers
        widths = [layer.weight.shape[0] for layer in layers]
        before = [layer["before_decision"] for layer in found["spikes"].values()]
        additions = sum(count * width for count, width in zip(before, widths, strict=False))
        hidden = sum(settings.hidden)
        work = Work(additions, 0.0, additions, sum(one.weight.size for one in layers))
        latency = found["latency"]
        return {
            "accuracy": found["test_accuracy"],
            "source_accuracy": None,
            "latency": "" if latency is None else f"{latency:.3g} time constants",
            "steps": None,
            "curve": None,
            "neurons": hidden,
            "spikes_per_neuron": sum(before[1:-1]) / hidden,
            "layers": None,
            "work": row(work),
        }

    def trinary(self) -> dict[str, Any]:
        """A network that was trained with weights of -1, 0 and 1, in one step."""
        return self._recorded("trinary", 1, "1 step")

    def surrogates(self) -> dict[str, Any]:
        """A network of spiking units that was trained through time."""
        steps = self.settings.spiking_steps
        return self._recorded("snu", steps, f"{steps} steps")

    def _recorded(self, kind: str, steps: int, latency: str) -> dict[str, Any]:
        """A chain of layers that was trained as it is judged."""
        model, test = self._model(kind), self.test
        found, sums = [], None
        for first in range(0, len(test), _AT_ONCE):
            images = test.images[first : first + _AT_ONCE]
            key = jr.fold_in(jr.key(TEST), first)
            xs = self.training.shown(kind, self.network, images, key)
            answer, sent = jax.tree.map(np.asarray, _spikes(model, xs))
            found.append(answer)
            sums = sent if sums is None else [a + b for a, b in zip(sums, sent, strict=True)]
        additions = 0.0
        for layer, sent in zip(model.layers, sums or [], strict=True):
            additions += reached([Way("x", _to_weights(layer))], {"x": sent})
        hidden = [layer.neuron for layer in model.layers[:-1]]
        units = sum(int(np.prod(neuron.shape)) for neuron in hidden)
        spikes = sum(float(sent.sum(dtype=np.float64)) for sent in (sums or [])[1:])
        work = Work(additions / len(test), 0.0, _updates(hidden, steps), _weights(model))
        curve = [100 * accuracy(test.labels, np.concatenate(found, -1)[at]) for at in range(steps)]
        return {
            "accuracy": curve[-1],
            "source_accuracy": None,
            "latency": latency,
            "steps": steps,
            "curve": curve if steps > 1 else None,
            "neurons": units,
            "spikes_per_neuron": spikes / units / len(test),
            "layers": None,
            "work": row(work),
        }


@eqx.filter_jit
def _spikes(model: Any, xs: Any) -> tuple[Any, list[Any]]:
    """The answer after every step, and how much enters each layer, summed over steps and images."""
    states = record(model, xs)
    outputs = states[-1].y.cumsum(0)
    entering = [xs, *(state.y for state in states[:-1])]
    return outputs.argmax(-1), [one.sum((0, 1)) for one in entering]


@eqx.filter_jit
def _observed(network: Any, x: Any) -> Any:
    return network.observed(x)


def _percent(count: int | None, of: int) -> float:
    return 100 * (count or 0) / of


def _ways(form: Any) -> list[Way]:
    """All that activity passes, from units to units and to the output."""
    return [way for units in (*form.units.values(), form.output) for way in units.ways]


def _to_weights(layer: Any) -> tuple[Any, ...]:
    """The synapses of a layer up to its weights; what follows costs no addition per spike."""
    synapses = layer.synapses["dendrite"].synapses
    last = next(n for n, one in enumerate(synapses) if isinstance(one, _WEIGHTED))
    return synapses[: last + 1]


def _updates(neurons: Any, steps: int) -> float:
    """Operations of neurons in all steps, spikes or not."""
    known: list[Neuron] = list(neurons)
    return steps * sum(step_operations(unit) * float(np.prod(unit.shape)) for unit in known)


def _weights(model: Graph | Any) -> int:
    """How many weights are kept, those that places share once."""
    found = jax.tree.leaves(model, is_leaf=lambda node: isinstance(node, _WEIGHTED))
    return sum(int(one.weight.size) for one in found if isinstance(one, _WEIGHTED))
