"""From weights of rectified units to weights of neurons that spike once."""

from typing import Any, NamedTuple, Protocol

import equinox as eqx
import jax
import numpy as np

from ranvier.convert.relu._fold import folded
from ranvier.nets.ttfs import Pool, ReLUNetwork, Units, Way
from ranvier.nets.ttfs._parts import INPUT
from ranvier.synapses import Scale


class Mapped(NamedTuple):
    """What `SpikeTimeNetwork` is made of, but for the windows.

    Attributes:
        rectified: the network of rectified units that the times stand for.
        network: the weights and offsets of the neurons.
        slopes: name to the slope of the membrane in its window.
        current: what charges the membrane from the beginning of the window before.

    Example:
        See `identity_mapping`.
    """

    rectified: ReLUNetwork
    network: ReLUNetwork
    slopes: dict[str, np.ndarray]
    current: float


class Mapping(Protocol):
    """From a network of rectified units to weights of spiking neurons."""

    def __call__(self, network: ReLUNetwork) -> Mapped: ...


def identity_mapping(network: ReLUNetwork) -> Mapped:
    r"""The weights as they are, and a membrane that rises by 1: $J = W$, $D = b$, $g = 1$.

    The gradient by spike times is then that of the rectified units, so that both learn alike.

    Args:
        network: rectified units.

    Source: Stanojevic et al., Nat. Commun. 15:6793 (2024), "B1-model", eqs. 6 to 8.

    Example:
        >>> network = ReLUNetwork({"a": Units((Way(INPUT, ()),), np.zeros(2), (2,))},
        ...                       Units((Way("a", ()),), np.zeros(2), (2,)), (2,))
        >>> identity_mapping(network).slopes["a"].tolist()
        [1.0, 1.0]
    """
    slopes = {name: np.ones(units.shape[-1:]) for name, units in network.units.items()}
    return Mapped(network, network, slopes, 0.0)


def alpha_mapping(network: ReLUNetwork, *, alpha: float = 1.0) -> Mapped:
    r"""Weights for a membrane whose slope is a constant current and all that has arrived.

    $$J_{ij} = \frac{\alpha W_{ij}}{1 - S_i}, \qquad g_i = \alpha + \sum_j J_{ij}
    = \frac{\alpha}{1 - S_i}, \qquad D_i = g_i b_i, \qquad S_i = \sum_j W_{ij}$$

    after the weights were scaled so that $S_i < 1$ (`scaled`), which changes no class. A neuron
    that has not spiked by the end of its window sends its spike then.

    Args:
        network: rectified units.
        alpha: $\alpha$, the constant current.

    Raises:
        ValueError: a current that is not positive.

    Source: Stanojevic et al., Neural Networks 168 (2023), eqs. 8 to 10.

    Example:
        >>> network = ReLUNetwork({"a": Units((Way(INPUT, (Scale(np.array([0.5])),)),),
        ...                                   np.zeros(1), (1,))},
        ...                       Units((Way("a", ()),), np.zeros(1), (1,)), (1,))
        >>> alpha_mapping(network).slopes["a"].tolist()
        [2.0]
    """
    if not alpha > 0:
        raise ValueError(f"alpha_mapping: alpha is {alpha}, expected a positive current.")
    rectified = scaled(network)
    parts: dict[str, Units | Pool] = {}
    slopes = {}
    for name, part in zip(rectified.names, rectified.parts, strict=True):
        if isinstance(part, Pool):
            parts[name] = part
            continue
        slope: Any = alpha / (1 - sums(part))
        ways = tuple(_behind(way, slope, part.shape) for way in part.ways)
        parts[name] = Units(ways, slope * np.asarray(part.bias), part.shape)
        slopes[name] = slope
    mapped = ReLUNetwork(parts, rectified.output, rectified.in_shape)
    return Mapped(rectified, mapped, slopes, alpha)


def scaled(network: ReLUNetwork, *, lowest: float = -10.0, highest: float = 0.99) -> ReLUNetwork:
    r"""The same network with rows of weights scaled so that each sum lies within bounds.

    Row and bias are multiplied by $f_i$, and what the unit sends divided by it, which the
    rectification does not notice; places of a convolution share their $f_i$.

    Args:
        network: rectified units.
        lowest, highest: of the sum of a unit's weights, below and above zero.

    Raises:
        ValueError: bounds that do not lie on both sides of zero.

    Source: Stanojevic et al., Neural Networks 168 (2023), section 3.3, "weight scaling".

    Example:
        >>> network = ReLUNetwork({"a": Units((Way(INPUT, (Scale(np.array([2.0])),)),),
        ...                                   np.zeros(1), (1,))},
        ...                       Units((Way("a", ()),), np.zeros(1), (1,)), (1,))
        >>> sums(scaled(network).units["a"]).tolist()
        [0.99]
    """
    if not lowest < 0 < highest:
        raise ValueError(f"scaled: bounds are {lowest} and {highest}, expected below and above 0.")
    parts: dict[str, Units | Pool] = {}
    gains: dict[str, np.ndarray] = {}
    shapes = {INPUT: network.in_shape}
    for name, part in zip(network.names, network.parts, strict=True):
        shapes[name] = part.shape
        if isinstance(part, Pool):
            parts[name] = part
            if part.source in gains:
                gains[name] = gains[part.source]
            continue
        part = _undone(part, gains, shapes)
        totals = sums(part).reshape(-1, part.shape[-1])
        gain: Any = np.ones(part.shape[-1])
        for bound, most in ((highest, totals.max(0)), (lowest, totals.min(0))):
            over = most / bound
            gain = np.where(over > 1, np.minimum(gain, 1 / np.where(over > 1, over, 1)), gain)
        ways = tuple(_behind(way, gain, part.shape) for way in part.ways)
        parts[name] = Units(ways, gain * np.asarray(part.bias), part.shape)
        gains[name] = gain
    return ReLUNetwork(parts, _undone(network.output, gains, shapes), network.in_shape)


def sums(units: Units) -> np.ndarray:
    """The sum of every unit's weights, `[*shape]`, or one per channel if places agree."""
    with jax.enable_x64(True):
        found = np.zeros(units.shape)
        for way in units.ways:
            ones = np.ones(way.synapses[0].in_shape if way.synapses else units.shape)
            found = found + np.asarray(way(jax.numpy.asarray(ones)))
    return found if len(np.unique(found.reshape(-1, units.shape[-1]), axis=0)) > 1 else _row(found)


def _row(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, values.shape[-1])[0]


def _behind(way: Way, factor: Any, shape: tuple[int, ...]) -> Way:
    return Way(way.source, folded([*way.synapses, Scale(factor, shape)]))


def _undone(units: Units, gains: dict[str, np.ndarray], shapes: dict[str, Any]) -> Units:
    """With whatever its sources were scaled by divided out again."""

    def undo(way: Way) -> Way:
        if way.source not in gains:
            return way
        back: Any = 1 / gains[way.source]
        return Way(way.source, folded([Scale(back, shapes[way.source]), *way.synapses]))

    return eqx.tree_at(lambda u: u.ways, units, tuple(undo(way) for way in units.ways))
