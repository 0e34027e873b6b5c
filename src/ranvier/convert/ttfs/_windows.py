"""How long the window of every layer is."""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import numpy as np

from ranvier.nets.ttfs import Pool, ReLUNetwork, SpikeTimeNetwork
from ranvier.nets.ttfs._parts import INPUT

BATCH = 128


def in_batches(
    function: Callable[[Any], Any], samples: np.ndarray, batch: int = BATCH
) -> Iterator[Any]:
    """What a function of inputs gives for one batch after another, in double precision.

    Args:
        function: of inputs `[B, ...]`; compiled once, with weights handed in by `eqx.Partial`.
        samples: `[N, ...]`.
        batch: the most inputs at once.
    """
    with jax.enable_x64(True):
        run = eqx.filter_jit(function)
        for first in range(0, len(samples), batch):
            part = np.asarray(samples[first : first + batch], np.float64)
            yield jax.tree.map(np.asarray, run(part))


def windows_of(
    network: ReLUNetwork, samples: np.ndarray, *, margin: float = 0.5, quantile: float = 1.0
) -> dict[str, np.ndarray]:
    r"""The length of every window: $B = (1 + \zeta) X$, $X$ the largest activity on the samples.

    Args:
        network: whose activities the spike times stand for.
        samples: `[N, *in_shape]`, from 0 to 1; training data, never those that are judged.
        margin: $\zeta$; below zero it trades clipped activities for less latency.
        quantile: of the activities above zero, in place of the largest: 0.99 clips one in a
            hundred.

    Returns:
        Name of every part, and `"input"`, to $B$. A layer that is silent on all samples gets 1.

    Raises:
        ValueError: no sample, a margin of -1 or less, or a quantile outside 0 to 1.

    Source: Stanojevic et al., Neural Networks 168 (2023), section 3.2; quantiles: Nat. Commun.
    15:6793 (2024), methods, "Fine-tuning for hardware".

    Example:
        See `to_spike_times`, which takes them.
    """
    if len(samples) == 0:
        raise ValueError("windows: no sample is given; expected some, to know the activities by.")
    if not margin > -1:
        raise ValueError(f"windows: margin is {margin}, expected more than -1.")
    if not 0 < quantile <= 1:
        raise ValueError(f"windows: quantile is {quantile}, expected above 0 and at most 1.")
    if quantile == 1:
        largest = dict.fromkeys(network.units, 0.0)
        for found in in_batches(eqx.Partial(_largest, network), samples):
            largest = {name: max(largest[name], float(found[name])) for name in largest}
    else:
        seen: dict[str, list[np.ndarray]] = {name: [] for name in network.units}
        for found in in_batches(eqx.Partial(_activities, network), samples):
            for name in seen:
                seen[name].append(found[name][found[name] > 0])
        largest = {
            name: float(np.quantile(np.concatenate(parts), quantile)) if any(map(len, parts)) else 0
            for name, parts in seen.items()
        }
    windows = {INPUT: np.array(1.0)}
    for name, part in zip(network.names, network.parts, strict=True):
        if isinstance(part, Pool):
            windows[name] = windows[part.source]
        else:
            windows[name] = np.array((1 + margin) * largest[name] or 1.0)
    return windows


def _activities(network: ReLUNetwork, x: Any) -> dict[str, Any]:
    return network.activities(x)


def _largest(network: ReLUNetwork, x: Any) -> dict[str, Any]:
    values = network.activities(x)
    return {name: values[name].max() for name in network.units}


def with_windows(network: SpikeTimeNetwork, windows: dict[str, np.ndarray]) -> SpikeTimeNetwork:
    """The same network with windows of other lengths: what it computes stays, its latency not.

    Args:
        network: any.
        windows: name of every part, and `"input"`, to its length.

    Raises:
        ValueError: other names, or a window without length.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.convert.ttfs import to_spike_times
        >>> from ranvier.nets import Graph
        >>> from ranvier.neurons import ReLU
        >>> from ranvier.synapses import Dense
        >>> graph = Graph({"w": Dense(jnp.eye(2)), "relu": ReLU(2)},
        ...               [("input", "w"), ("w", "relu"), ("relu", "output")])
        >>> network = to_spike_times(graph, np.ones((1, 2))).network
        >>> with_windows(network, {"input": 1.0, "relu": 4.0}).latency
        5.0
    """
    if set(windows) != set(network.windows):
        raise ValueError(
            f"windows: got the names {sorted(windows)}, expected {sorted(network.windows)}."
        )
    for name, window in windows.items():
        if not np.isfinite(window) or window <= 0:
            raise ValueError(f"windows: that of {name!r} is {window}, expected a positive length.")
    return eqx.tree_at(lambda n: n.windows, network, {n: np.asarray(w) for n, w in windows.items()})
