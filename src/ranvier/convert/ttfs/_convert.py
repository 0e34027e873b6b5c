"""From a network of rectified units to one of spikes, proven on samples."""

from typing import Any, NamedTuple

import numpy as np

from ranvier.convert.relu import normal_form
from ranvier.convert.ttfs._certificate import Certificate, certify, checked
from ranvier.convert.ttfs._mappings import Mapping, identity_mapping
from ranvier.convert.ttfs._windows import windows_of
from ranvier.nets import Graph
from ranvier.nets.ttfs import ReLUNetwork, SpikeTimeNetwork


class Converted(NamedTuple):
    """A spiking network and its proof.

    Attributes:
        network: the spiking network, for inputs from 0 to 1.
        rectified: the normal form whose activities its spike times stand for.
        certificate: the comparison with the graph on the samples.

    Example:
        See `to_spike_times`.
    """

    network: SpikeTimeNetwork
    rectified: ReLUNetwork
    certificate: Certificate


def to_spike_times(
    graph: Graph,
    samples: np.ndarray,
    *,
    judged: np.ndarray | None = None,
    mapping: Mapping = identity_mapping,
    input_range: tuple[Any, Any] = (0.0, 1.0),
    margin: float = 0.5,
) -> Converted:
    r"""Turn a network of rectified units into one whose neurons spike at most once, without loss.

    The graph is brought into normal form, its weights are mapped, every window is made long
    enough for the samples, and both networks answer the same inputs, in double precision. What
    cannot be mapped is refused; what differs is in the certificate.

    Args:
        graph: a static network, as `normal_form` takes it.
        samples: `[N, *in_shape]`: training data, which set the windows.
        judged: what the certificate is taken on; the samples, if not given.
        mapping: `identity_mapping`, whose gradients are those of the rectified units, or
            `alpha_mapping`, whose membranes are charged by a constant current.
        input_range: the least and the largest input, each a number or one per channel.
        margin: how much longer than needed the windows are, so that unseen inputs fit, too.

    Raises:
        ValueError: a node that cannot be mapped (it is named, with the reason), weights that are
            not finite, samples of another shape or outside the range.

    Source: Stanojevic, Woźniak, Bellec, Cherubini, Pantazi, Gerstner, Neural Networks 168 (2023)
    and Nat. Commun. 15:6793 (2024).

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import ReLU
        >>> from ranvier.synapses import Dense
        >>> graph = Graph(
        ...     {"w": Dense(jnp.array([[1.0, -1.0], [-1.0, 1.0]])), "relu": ReLU(2),
        ...      "out": Dense(jnp.array([[2.0, 0.5], [0.5, 2.0]]))},
        ...     [("input", "w"), ("w", "relu"), ("relu", "out"), ("out", "output")],
        ... )
        >>> samples = np.array([[1.0, 0.25], [0.25, 0.5]])
        >>> converted = to_spike_times(graph, samples)
        >>> converted.network.times(jnp.asarray(samples))["relu"]
        Array([[0.375, 1.125],
               [1.125, 0.875]], dtype=float32)
        >>> print(converted.certificate)
        2 of 2 samples get the same class; largest logit error 0
        0.5000 spikes per neuron; 0.5000 of the rectified units are above zero
        latency 2.125 time constants; 0 samples with an activity above its window
    """
    samples = checked(samples, graph.in_shape, input_range)
    rectified, mapped, slopes, current = mapping(normal_form(graph, input_range=input_range))
    low, high = (np.asarray(end, np.float64) for end in input_range)
    windows = windows_of(rectified, (samples - low) / (high - low), margin=margin)
    network = SpikeTimeNetwork(mapped, slopes, windows, current=current)
    certificate = certify(
        graph, rectified, network, samples if judged is None else judged, input_range=input_range
    )
    return Converted(network, rectified, certificate)
