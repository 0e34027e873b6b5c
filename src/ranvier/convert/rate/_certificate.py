"""Whether a spiking network answers as the network it was made from, and what each layer does."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from ranvier.convert.rate._network import RateNetwork
from ranvier.convert.rate._operations import WEIGHTED, Operations, reached
from ranvier.convert.ttfs._certificate import Differing, checked
from ranvier.nets.ttfs import Pool, ReLUNetwork, Way
from ranvier.neurons import IF, SignedIF

BATCH = 100


class LayerReport(NamedTuple):
    r"""What one layer did on the samples, rates in spikes per step.

    Attributes:
        name: of its units.
        neurons: how many.
        scale: $\lambda$, the largest of its units.
        spikes: how many in all, on all samples; those that take back count too.
        error: mean distance of rate and activity over scale.
        largest_error: the largest.
        identity: largest distance of the rate from $a - (v(T) - v(0))/T$, with $a$ the mean
            current that reached the neuron: rounding alone, if the reset is by subtraction;
            `None` for neurons that leak.
        clipped: part of the activities that lie above the scale.

    Example:
        >>> LayerReport("relu", 10, 2.0, 400, 0.01, 0.03, 1e-7, 0.0).spikes
        400
    """

    name: str
    neurons: int
    scale: float
    spikes: int
    error: float
    largest_error: float
    identity: float | None
    clipped: float


class Certificate(NamedTuple):
    """A spiking network beside its source, on the same samples, in the precision it runs in.

    Attributes:
        samples: how many.
        steps: how long each was shown.
        agreeing: after every step, on how many both gave the same class.
        right: after every step, how many the spiking network took for what they are; empty
            without labels.
        source_right: how many the source did; `None` without labels.
        logit_error: mean distance of the logits after the last step.
        layers: what each layer did.
        differing: samples on which the classes differ after the last step.
        operations: per sample.

    Example:
        See `certify`.
    """

    samples: int
    steps: int
    agreeing: tuple[int, ...]
    right: tuple[int, ...]
    source_right: int | None
    logit_error: float
    layers: tuple[LayerReport, ...]
    differing: tuple[Differing, ...]
    operations: Operations

    @property
    def agreement(self) -> float:
        """The part of the samples on which both give the same class after the last step."""
        return self.agreeing[-1] / self.samples

    @property
    def neurons(self) -> int:
        """How many spike."""
        return sum(layer.neurons for layer in self.layers)

    @property
    def spikes_per_neuron(self) -> float:
        """Per sample, over all of its steps."""
        return sum(layer.spikes for layer in self.layers) / (self.samples * self.neurons)

    def __str__(self) -> str:
        done = self.operations
        lines = [
            f"{self.agreeing[-1]} of {self.samples} samples get the same class after "
            f"{self.steps} steps; logits differ by {self.logit_error:.2g}",
            f"{self.spikes_per_neuron:.3f} spikes per neuron and sample; "
            f"{done.accumulates + done.input_macs:.3g} synaptic operations for "
            f"{done.source_effective_macs:.3g} products of the source",
        ]
        for layer in self.layers:
            lines.append(
                f"{layer.name!r}: rates miss activities by {layer.error:.2g}, at most "
                f"{layer.largest_error:.2g}; {100 * layer.clipped:.2g} % above its scale"
            )
        for one in self.differing[:10]:
            lines.append(
                f"sample {one.sample}: class {one.spiking} in place of {one.source} "
                f"(margin {one.margin:.2g}): {one.why}"
            )
        if len(self.differing) > 10:
            lines.append(f"and {len(self.differing) - 10} more")
        return "\n".join(lines)


def certify(
    rates: RateNetwork,
    samples: Any,
    *,
    steps: int,
    labels: Any = None,
    settle: int = 0,
    key: PRNGKeyArray | None = None,
    start: Any = None,
    batch: int = BATCH,
) -> Certificate:
    r"""Run a spiking network and its source on the same samples, and compare layer by layer.

    Args:
        rates: as `to_rates` gives it.
        samples: inputs of the source, `[N, *in_shape]`, within the range of the input.
        steps: $T$.
        labels: true classes, `[N]`, for the accuracy.
        settle: steps at the start whose output does not count, once there are later ones.
        key: draws the spikes of `"poisson"`.
        start: from a batch's input over time to the state that the network starts in, such as
            `eqx.Partial(offset_shift, rates)`; at rest if not given.
        batch: how many samples at once.

    Raises:
        ValueError: samples of another shape, NaN or outside of the range, labels of another
            number, or as many steps to settle as there are.

    Example:
        >>> from ranvier.convert.rate import Percentile, to_rates
        >>> from ranvier.nets import Graph
        >>> from ranvier.neurons import ReLU
        >>> from ranvier.synapses import Dense
        >>> net = Graph(
        ...     {"hidden": Dense(jnp.array([[1.0, -1.0], [-1.0, 1.0]])), "relu": ReLU(2),
        ...      "out": Dense(jnp.eye(2))},
        ...     [("input", "hidden"), ("hidden", "relu"), ("relu", "out"), ("out", "output")],
        ... )
        >>> u = np.array([[1.0, 0.25], [0.25, 0.75]])
        >>> rates = to_rates(net, u, normalisation=Percentile(100.0))
        >>> print(certify(rates, u, steps=8))
        2 of 2 samples get the same class after 8 steps; logits differ by 0.0078
        3.250 spikes per neuron and sample; 10.5 synaptic operations for 5 products of the source
        'relu': rates miss activities by 0.01, at most 0.042; 0 % above its scale
    """
    source = rates.source
    u = checked(samples, source.in_shape, rates.input_range)
    if labels is not None and np.shape(labels) != (len(u),):
        raise ValueError(
            f"certify: labels have shape {np.shape(labels)}, expected ({len(u)},), one per sample."
        )
    if not 0 <= settle < steps:
        raise ValueError(f"certify: settle is {settle}, expected at least 0 and below {steps}.")
    parts, answers = [], []
    for number, first in enumerate(range(0, len(u), batch)):
        some = jnp.asarray(u[first : first + batch])
        xs = rates.encode(some, steps, key=None if key is None else jr.fold_in(key, number))
        state = rates.graph.init((len(some),)) if start is None else start(xs)
        found = _ran(rates, state, xs, some, settle)
        answers.append([np.asarray(found.pop(name)) for name in ("spiking", "source")])
        parts.append({name: np.asarray(value) for name, value in found.items()})
    spiking, wanted = (np.concatenate(one, -2) for one in zip(*answers, strict=True))
    told, given = wanted.argmax(-1), spiking.argmax(-1)
    truth = None if labels is None else np.asarray(labels)
    layers = tuple(_layer(rates, name, parts, len(u), steps) for name in rates.form.units)
    return Certificate(
        samples=len(u),
        steps=steps,
        agreeing=tuple(int(n) for n in (given == told).sum(1)),
        right=() if truth is None else tuple(int(n) for n in (given == truth).sum(1)),
        source_right=None if truth is None else int((told == truth).sum()),
        logit_error=float(np.abs(spiking[-1] - wanted).mean()),
        layers=layers,
        differing=_differing(spiking[-1], wanted, layers),
        operations=_operations(rates, parts, len(u)),
    )


@eqx.filter_jit
def _sums(graph, form, activities, scales, state, xs, settle):
    """Sums over a batch, and the answers."""
    last, states, ys = graph.history(state, xs)
    steps = len(xs)
    found: dict[str, Any] = {"spiking": _until_every_step(ys, settle)}
    values = {"input": xs.mean(0)}
    found["spikes, input"] = jnp.abs(xs).sum((0, 1))
    for called, way, place in _weighted(form):
        entering = Way(way.source, way.synapses[:place])(activities[way.source])
        found[f"entering, {called}"] = (entering != 0).sum(0)
    for name, part in zip(form.names, form.parts, strict=True):
        if isinstance(part, Pool):
            # What passes a gate no state shows.
            gate = graph.nodes[name]
            sent = xs if part.source == "input" else states[part.source].y
            passed = gate.over_time(gate.init(xs.shape[1:2]), sent)[1]
        else:
            passed = states[name].y
            rate = passed.mean(0)
            missed = jnp.abs(rate - activities[name] / scales[name])
            found[f"error, {name}"] = missed.sum()
            found[f"largest, {name}"] = missed.max()
            if isinstance(graph.nodes[name], (IF, SignedIF)):
                current = part.current(values) / scales[name]
                gained = (last[name].v - state[name].v) / steps
                found[f"identity, {name}"] = jnp.abs(rate - current + gained).max()
            found[f"clipped, {name}"] = (activities[name] > scales[name]).sum()
        values[name] = passed.mean(0) * scales[name]
        found[f"spikes, {name}"] = jnp.abs(passed).sum((0, 1))
    return found


def _ran(rates: RateNetwork, state: Any, xs: Any, u: Any, settle: int) -> dict[str, Any]:
    activities = rates.activities(u)
    scales = {name: jnp.asarray(scale, xs.dtype) for name, scale in rates.scales.items()}
    found = _sums(rates.graph, rates.form, activities, scales, state, xs, settle)
    return found | {"source": _static(rates.source, u)}


@eqx.filter_jit
def _static(source, u):
    return source(source.init((len(u),)), u)[1].reshape(len(u), -1)


def _until_every_step(ys: Any, settle: int) -> Any:
    """The mean of the output so far, without the first steps where there are later ones."""
    sums = ys.reshape(*ys.shape[:2], -1)
    steps = jnp.arange(1, len(ys) + 1, dtype=ys.dtype).reshape(-1, 1, 1)
    if not settle:
        return sums / steps
    late = (sums - sums[settle - 1]) / jnp.maximum(steps - settle, 1)
    return jnp.where(steps > settle, late, sums / steps)


def _layer(
    rates: RateNetwork, name: str, parts: list[dict[str, Any]], samples: int, steps: int
) -> LayerReport:
    neurons, kept = int(np.prod(rates.graph.nodes[name].shape)), f"identity, {name}"
    return LayerReport(
        name=name,
        neurons=neurons,
        scale=float(np.max(rates.scales[name])),
        spikes=round(sum(float(p[f"spikes, {name}"].sum(dtype=np.float64)) for p in parts)),
        error=sum(float(p[f"error, {name}"]) for p in parts) / (samples * neurons),
        largest_error=max(float(p[f"largest, {name}"]) for p in parts),
        identity=max(float(p[kept]) for p in parts) if kept in parts[0] else None,
        clipped=sum(int(p[f"clipped, {name}"]) for p in parts) / (samples * neurons),
    )


def _operations(rates: RateNetwork, parts: list[dict[str, Any]], samples: int) -> Operations:
    form = rates.form
    spikes = {
        name: sum(np.asarray(p[f"spikes, {name}"], np.float64) for p in parts)
        for name in ("input", *form.names)
    }
    ways = [way for units in (*form.units.values(), form.output) for way in units.ways]
    by_spikes = [way for way in ways if way.source != "input" or rates.inputs == "poisson"]
    products = {"input": 0.0, "effective": 0.0, "all": 0.0}
    for called, way, place in _weighted(form):
        entering = sum(np.asarray(p[f"entering, {called}"], np.float64) for p in parts)
        alone = [Way("x", (way.synapses[place],))]
        effective = reached(alone, {"x": entering})
        products["effective"] += effective
        products["all"] += reached(alone, {"x": np.full_like(entering, samples)}, existing=False)
        if way.source == "input" and rates.inputs == "analogue":
            products["input"] += effective
    return Operations(
        accumulates=reached(by_spikes, spikes) / samples,
        input_macs=products["input"] / samples,
        source_macs=products["all"] / samples,
        source_effective_macs=products["effective"] / samples,
    )


def _weighted(form: ReLUNetwork) -> Iterator[tuple[str, Way, int]]:
    """Every synapse with weights of its own: a name, its way, and its place there."""
    for name, units in (*form.units.items(), ("the output", form.output)):
        for number, way in enumerate(units.ways):
            for place, synapse in enumerate(way.synapses):
                if isinstance(synapse, WEIGHTED):
                    yield f"{name}, {number}, {place}", way, place


def _differing(
    spiking: np.ndarray, source: np.ndarray, layers: tuple[LayerReport, ...]
) -> tuple[Differing, ...]:
    one, two = source.argmax(-1), spiking.argmax(-1)
    cut = [layer.name for layer in layers if layer.clipped]
    why = "logits differ by up to {:.2g}: too few steps"
    if cut:
        why += f", or activities above the scale of {', '.join(map(repr, cut))}"
    return tuple(
        Differing(
            sample=int(k),
            source=int(one[k]),
            spiking=int(two[k]),
            margin=float(source[k, one[k]] - source[k, two[k]]),
            why=why.format(np.abs(spiking[k] - source[k]).max()),
        )
        for k in np.flatnonzero(one != two)
    )
