"""Spike by spike: every spike is sorted, sent to whom it reaches, and moves their membranes."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ranvier.nets.ttfs._network import SpikeTimeNetwork
from ranvier.nets.ttfs._parts import INPUT, Pool, Units
from ranvier.synapses import matrix_of
from ranvier.synapses._matrix import places

if TYPE_CHECKING:
    import scipy.sparse as sp

Senders = dict[str, "sp.csc_array"]


class Arrivals(NamedTuple):
    """What the neurons of a layer did on one input.

    Attributes:
        times: `[units]`, from the beginning of their window; the end of the window is no spike.
        spikes: how many fired.
        operations: how many spikes arrived at how many neurons: synaptic operations.
        early: neurons whose membrane was above the threshold at some moment before their window,
            and would have fired wrongly if they had not waited for it.
        beyond: neurons above the threshold when their window began.

    Example:
        See `propagate`.
    """

    times: np.ndarray
    spikes: int
    operations: int
    early: int
    beyond: int


class Propagated(NamedTuple):
    """What a network did on one input.

    Attributes:
        logits: the potential of the output where the last window ends.
        layers: name to what its neurons did; pools give no operations.
        output_operations: spikes that arrived at the output.

    Example:
        See `propagate`.
    """

    logits: np.ndarray
    layers: dict[str, Arrivals]
    output_operations: int

    @property
    def operations(self) -> int:
        """Synaptic operations of all layers."""
        return sum(one.operations for one in self.layers.values()) + self.output_operations


def propagate(
    network: SpikeTimeNetwork, x: np.ndarray, *, matrices: dict[str, Senders] | None = None
) -> Propagated:
    r"""Run one input event by event: the membranes themselves, not the formula of their times.

    All spikes that a layer receives are sorted by time. Between two of them the membranes of the
    neurons reached rise by their slope; at each, its weights are added to the slopes. Where the
    window begins, the slope becomes $g$, and the first crossing of $g B - D$ is looked for. A pool
    lets the first spike of a window pass, or, for a minimum, the last one.

    Args:
        network: times are sent exactly; noise and clocks belong to `SpikeTimeNetwork.times`.
        x: one input, `[*in_shape]`, from 0 to 1.
        matrices: what `connected` gave, to be used for many inputs.

    Raises:
        ValueError: an input of another shape, or values outside 0 to 1.

    Source: Stanojevic et al., Neural Networks 168 (2023), eqs. 1 to 3.

    Example:
        >>> from ranvier.nets.ttfs import ReLUNetwork, Way
        >>> from ranvier.synapses import Dense
        >>> one, none = np.zeros(1), ()
        >>> parts = {"relu": Units((Way("input", (Dense(np.array([[1.0, -2.0]])),)),), one, (1,))}
        >>> rectified = ReLUNetwork(parts, Units((Way("relu", none),), one, (1,)), (2,))
        >>> windows = {"input": 1.0, "relu": 1.5}
        >>> network = SpikeTimeNetwork(rectified, {"relu": np.ones(1)}, windows)
        >>> done = propagate(network, np.array([0.75, 0.25]))
        >>> done.layers["relu"].times.tolist(), done.operations
        ([1.25], 3)
    """
    x = np.asarray(x, np.float64)
    if x.shape != network.in_shape:
        raise ValueError(f"propagate: the input has shape {x.shape}, expected {network.in_shape}.")
    if not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(
            f"propagate: the input goes from {x.min():g} to {x.max():g}, expected 0 to 1."
        )
    matrices = connected(network) if matrices is None else matrices
    windows = {name: float(window) for name, window in network.windows.items()}
    times = {INPUT: windows[INPUT] - x.ravel()}
    layers: dict[str, Arrivals] = {}
    for name, part in zip(network.network.names, network.network.parts, strict=True):
        if isinstance(part, Pool):
            times[name] = _first_or_last(part, times[part.source], windows[name])
            continue
        slope = np.broadcast_to(np.asarray(network.slopes[name], np.float64), part.shape).ravel()
        offset = np.broadcast_to(np.asarray(part.bias, np.float64), part.shape).ravel()
        arriving = _sorted(part, times, windows)
        threshold = slope * windows[name] - offset
        membrane, operations, early = _integrate(
            matrices[name], arriving, slope, threshold, network.current
        )
        at = (threshold - membrane) / slope
        layers[name] = Arrivals(
            times=np.minimum(np.maximum(at, 0), windows[name]),
            spikes=int(np.sum(at < windows[name])),
            operations=operations,
            early=early,
            beyond=int(np.sum(at < 0)),
        )
        times[name] = layers[name].times
    output = network.network.output
    none = np.full(int(np.prod(output.shape)), np.inf)
    membrane, operations, _ = _integrate(
        matrices["output"], _sorted(output, times, windows), none, none, 0.0
    )
    logits = membrane.reshape(output.shape) + np.asarray(output.bias, np.float64)
    return Propagated(logits, layers, operations)


def connected(network: SpikeTimeNetwork) -> dict[str, Senders]:
    """Name of every layer, and `"output"`, to source and whom it reaches, `[units, senders]`.

    Args:
        network: any; a large one takes some seconds.

    Example:
        See `propagate`.
    """
    import scipy.sparse as sp

    named: dict[str, Units] = {**network.network.units, "output": network.network.output}
    found: dict[str, Senders] = {}
    for name, units in named.items():
        found[name] = {}
        for number, way in enumerate(units.ways):
            matrix: Any = sp.eye_array(int(np.prod(units.shape)))
            for synapse in reversed(way.synapses):
                matrix = matrix @ matrix_of(synapse)
            found[name][f"{way.source} {number}"] = sp.csc_array(matrix)
    return found


def _sorted(
    units: Units, times: dict[str, np.ndarray], windows: dict[str, float]
) -> list[tuple[float, str, int]]:
    """Time before the window begins, way and sender, of all spikes in the order of arrival."""
    found = []
    for number, way in enumerate(units.ways):
        sent = times[way.source]
        (fired,) = np.nonzero(sent < windows[way.source])
        before = sent[fired] - windows[way.source]
        found += zip(before, [f"{way.source} {number}"] * len(fired), fired, strict=True)
    return sorted(found)


def _integrate(
    senders: Senders,
    arriving: list[tuple[float, str, int]],
    slope: np.ndarray,
    threshold: np.ndarray,
    current: float,
) -> tuple[np.ndarray, int, int]:
    """The membrane where the window begins, less what the constant current alone has brought.

    That much is in the threshold of the neuron, too. Returned with the synaptic operations and
    how many neurons were above their threshold before.
    """
    membrane, slopes, last = (np.zeros(len(slope)) for _ in range(3))
    early, operations = np.zeros(len(slope), bool), 0
    if arriving:
        last[:] = arriving[0][0]
    for time, way, sender in arriving:
        matrix = senders[way]
        part = slice(matrix.indptr[sender], matrix.indptr[sender + 1])
        reached = matrix.indices[part]
        membrane[reached] += slopes[reached] * (time - last[reached])
        # What the current adds until the window begins is not there yet.
        early[reached] |= membrane[reached] + current * time > threshold[reached]
        last[reached] = time
        slopes[reached] += matrix.data[part]
        operations += len(reached)
    membrane -= slopes * last
    return membrane, operations, int(early.sum())


def _first_or_last(pool: Pool, times: np.ndarray, window: float) -> np.ndarray:
    """The first spike of every window of a pool, or the last one."""
    channels = pool.pooling.channels
    sent = times.reshape(-1, channels)
    which, _, unit = places(pool.pooling.windows)
    first = np.full((int(np.prod(pool.pooling.windows.out_space)), channels), window)
    last = np.zeros_like(first)
    np.minimum.at(first, which, sent[unit])
    np.maximum.at(last, which, sent[unit])
    return np.where(pool.signs > 0, first, last).ravel()
