"""Whether a spiking network gives the answers of the network it was made from, sample by sample."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from ranvier.convert.ttfs._windows import BATCH, in_batches
from ranvier.nets import Graph, cast
from ranvier.nets.ttfs import ReLUNetwork, SpikeTimeNetwork


class LayerReport(NamedTuple):
    """What one layer did on the samples.

    Attributes:
        name: of the node.
        neurons: how many it has.
        spikes: how many spikes in all, on all samples.
        active: how many rectified units were above zero, on all samples.
        window: its length.
        largest: the largest activity.
        beyond: how many spikes would have come before their window.

    Example:
        >>> LayerReport("relu", 10, 40, 40, 3.0, 2.0, 0).spikes
        40
    """

    name: str
    neurons: int
    spikes: int
    active: int
    window: float
    largest: float
    beyond: int


class Differing(NamedTuple):
    """A sample that the two networks answer differently.

    Attributes:
        sample: its number.
        source: the class of the network of rectified units.
        spiking: the class of the spiking network.
        margin: how far apart the logits of the two classes are in the source.
        why: the reason.

    Example:
        >>> Differing(3, 7, 1, 0.02, "activities above the window of 'relu'").sample
        3
    """

    sample: int
    source: int
    spiking: int
    margin: float
    why: str


class Certificate(NamedTuple):
    """The comparison on all samples, in double precision.

    Attributes:
        samples: how many.
        agreeing: on how many both give the same class.
        largest_logit_error: between the two, over all samples and classes.
        layers: what each layer did.
        differing: the samples on which classes differ, and why.
        beyond: numbers of the samples with an activity above its window, where the spike came at
            the beginning of the window instead.
        latency: from the first possible spike to the answer, in units of the time constant.
        classes: of every sample, as the spiking network answers.

    Example:
        See `to_spike_times`.
    """

    samples: int
    agreeing: int
    largest_logit_error: float
    layers: tuple[LayerReport, ...]
    differing: tuple[Differing, ...]
    beyond: tuple[int, ...]
    latency: float
    classes: tuple[int, ...]

    @property
    def agreement(self) -> float:
        """The part of the samples on which both give the same class."""
        return self.agreeing / self.samples

    @property
    def spikes_per_neuron(self) -> float:
        """Mean over samples and neurons, input and output not counted."""
        return sum(layer.spikes for layer in self.layers) / self._neurons

    @property
    def active_fraction(self) -> float:
        """Rectified units above zero, mean over samples and units."""
        return sum(layer.active for layer in self.layers) / self._neurons

    @property
    def _neurons(self) -> int:
        return self.samples * sum(layer.neurons for layer in self.layers)

    def __str__(self) -> str:
        lines = [
            f"{self.agreeing} of {self.samples} samples get the same class; "
            f"largest logit error {self.largest_logit_error:.2g}",
            f"{self.spikes_per_neuron:.4f} spikes per neuron; "
            f"{self.active_fraction:.4f} of the rectified units are above zero",
            f"latency {self.latency:.4g} time constants; "
            f"{len(self.beyond)} samples with an activity above its window",
        ]
        for one in self.differing[:10]:
            lines.append(
                f"sample {one.sample}: class {one.spiking} in place of {one.source} "
                f"(margin {one.margin:.2g}): {one.why}"
            )
        if len(self.differing) > 10:
            lines.append(f"and {len(self.differing) - 10} more")
        return "\n".join(lines)


class _Of(NamedTuple):
    """One batch, both networks."""

    source: Any
    spiking: Any
    spikes: dict[str, Any]
    active: dict[str, Any]
    largest: dict[str, Any]
    beyond: dict[str, Any]


def certify(
    graph: Graph,
    rectified: ReLUNetwork,
    network: SpikeTimeNetwork,
    samples: np.ndarray,
    *,
    input_range: tuple[Any, Any] = (0.0, 1.0),
    batch: int = BATCH,
) -> Certificate:
    """Run the graph and the spiking network on the same samples, and compare every answer.

    Args:
        graph: as it was read or trained, run as it is.
        rectified: its normal form, whose activities the spike times stand for.
        network: the spiking network; its spikes are sent exactly or not, as it says.
        samples: `[N, *in_shape]`, within the range of the input.
        input_range: as for `to_spike_times`.
        batch: how many samples at once.

    Raises:
        ValueError: samples of another shape, NaN, or outside the range; the first is named.

    Example:
        See `to_spike_times`.
    """
    samples = checked(samples, graph.in_shape, input_range)
    low, high = (np.asarray(end, np.float64) for end in input_range)
    found = list(
        in_batches(eqx.Partial(_compare, graph, rectified, network, low, high), samples, batch)
    )
    source, spiking = (np.concatenate([getattr(f, n) for f in found]) for n in _Of._fields[:2])
    beyond = {n: np.concatenate([f.beyond[n] for f in found]) for n in network.slopes}
    error = np.abs(source - spiking)
    one, two = source.argmax(-1), spiking.argmax(-1)
    differing = tuple(
        Differing(
            sample=int(k),
            source=int(one[k]),
            spiking=int(two[k]),
            margin=float(source[k, one[k]] - source[k, two[k]]),
            why=_why(error[k].max(), {n: beyond[n][k] for n in beyond}),
        )
        for k in np.flatnonzero(one != two)
    )
    layers = tuple(
        LayerReport(
            name=name,
            neurons=int(np.prod(units.shape)),
            spikes=sum(int(f.spikes[name]) for f in found),
            active=sum(int(f.active[name]) for f in found),
            window=float(network.windows[name]),
            largest=max(float(f.largest[name]) for f in found),
            beyond=int(beyond[name].sum()),
        )
        for name, units in network.network.units.items()
    )
    return Certificate(
        samples=len(samples),
        agreeing=int(np.sum(one == two)),
        largest_logit_error=float(error.max()),
        layers=layers,
        differing=differing,
        beyond=tuple(np.flatnonzero(np.any(list(beyond.values()), axis=0)).tolist()),
        latency=network.latency,
        classes=tuple(two.tolist()),
    )


def checked(samples: Any, shape: tuple[int, ...], input_range: tuple[Any, Any]) -> np.ndarray:
    """The samples as an array, if they are what the network takes.

    Args:
        samples: `[N, *shape]`.
        shape: axes of the input.
        input_range: the least and the largest input.

    Raises:
        ValueError: another shape, NaN, or a value outside the range.

    Example:
        >>> checked([[0.0, 1.0]], (2,), (0, 1)).shape
        (1, 2)
    """
    samples = np.asarray(samples)
    if samples.shape[1:] != shape or not len(samples):
        raise ValueError(
            f"the samples have shape {samples.shape}, expected at least one, each of {shape}. "
            "Channels come last."
        )
    low, high = (np.asarray(end, np.float64) for end in input_range)
    # A few units in the last place: float32 inputs come from another precision.
    slack = 1e-6 * (high - low)
    inside = (samples >= low - slack) & (samples <= high + slack)
    wrong = np.flatnonzero(~inside.reshape(len(samples), -1).all(1))
    if len(wrong):
        seen = samples[wrong[0]]
        raise ValueError(
            f"sample {wrong[0]} (and {len(wrong) - 1} more) goes from {seen.min():g} to "
            f"{seen.max():g}, expected {low} to {high}. Scale the input as in training, or give "
            "its range."
        )
    return samples


def _compare(graph, rectified, network, low, high, u) -> _Of:
    # A dense product is taken in the precision of its weights.
    graph = cast(graph, jnp.float64)
    source = graph(graph.init((len(u),)), u)[1].reshape(len(u), -1)
    x = (u - low) / (high - low)
    values = rectified.activities(x)
    times, potentials, logits = network.observed(x)
    own = {n: tuple(range(1, potentials[n].ndim)) for n in potentials}
    over = {n: network.windows[n] * network.slopes[n] for n in potentials}
    return _Of(
        source=source,
        spiking=logits.reshape(len(u), -1),
        spikes={n: (times[n] < network.windows[n]).sum() for n in potentials},
        active={n: (values[n] > 0).sum() for n in potentials},
        largest={n: values[n].max() for n in potentials},
        beyond={n: (potentials[n] > over[n]).sum(own[n]) for n in potentials},
    )


def _why(error: float, beyond: dict[str, int]) -> str:
    clipped = [name for name, count in beyond.items() if count]
    if clipped:
        return f"activities above the window of {', '.join(map(repr, clipped))}"
    return f"logits differ by up to {error:.2g}: noise, a clock, or the precision of the source"
