"""A network while it is being read: its nodes so far, and whom errors have to name."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, NoReturn

import jax.numpy as jnp
import numpy as np

from ranvier.convert.files._imported import Imported
from ranvier.core import Neuron, Synapse
from ranvier.nets import Graph
from ranvier.synapses import Bias, Convolution, Dense, Scale, Series

Pairs = tuple[tuple[int, int], ...]
INPUT, OUTPUT = "input", "output"

_LARGEST_UNITS = 2**27
_LARGEST_REORDERED = 2**12


class Value(NamedTuple):
    """Activity on its way from one layer to the next.

    Attributes:
        sources: the nodes whose sum it is.
        shape: axes of one example, channels last; silent places around are counted.
        order: of a row, which unit of the file's row stands at each place here; `None` if both
            have the same order.
        around: silent places before and after each axis of space that no node lays yet.
        positive: whether no unit can be below zero.
        ended: the layer after which nothing may come any more, if there was one.
    """

    sources: tuple[str, ...]
    shape: tuple[int, ...]
    order: np.ndarray | None = None
    around: Pairs = ()
    positive: bool = False
    ended: str = ""

    @property
    def inner(self) -> tuple[int, ...]:
        """The axes without the silent places around."""
        if not self.around:
            return self.shape
        space = (n - a - b for n, (a, b) in zip(self.shape, self.around, strict=False))
        return (*space, self.shape[-1])


class Refused(ValueError):
    """An error that already names file and layer."""


class Sketch:
    """Collects nodes and edges, layer by layer, and becomes a `Graph` in the end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.nodes: dict[str, Neuron | Synapse] = {}
        self.edges: list[tuple[str, str]] = []
        self.layers: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self._layer, self._kind = "", ""

    # Where we are

    @contextlib.contextmanager
    def layer(self, name: str, kind: str) -> Iterator[None]:
        """Within: nodes and errors belong to this layer of the file."""
        before = self._layer, self._kind
        self._layer, self._kind = name, kind
        self.layers.setdefault(name, [])
        try:
            yield
        except Refused:
            raise
        except ValueError as error:
            raise Refused(f"{self.here}: {error}") from error
        finally:
            self._layer, self._kind = before

    @property
    def here(self) -> str:
        """File and layer, for errors."""
        return f"{self.file}: layer {self._layer!r} ({self._kind})" if self._layer else self.file

    def refuse(self, what: str) -> NoReturn:
        """End with an error that names file and layer."""
        raise Refused(f"{self.here}: {what}")

    def note(self, what: str) -> None:
        """Tell what becomes of the present layer."""
        told = f"{self._layer!r} ({self._kind}): {what}"
        if told not in self.notes:
            self.notes.append(told)

    # Nodes

    def begin(self, shape: Sequence[int]) -> Value:
        """The input."""
        return Value((INPUT,), self.fits(shape))

    def fits(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape, if a network of that size can be meant."""
        if not shape or any(n < 1 for n in shape) or math.prod(shape) > _LARGEST_UNITS:
            self.refuse(
                f"has activity of shape {tuple(shape)}, expected at least one axis, positive "
                f"numbers and at most {_LARGEST_UNITS:,} units. Check the shape of the input."
            )
        return tuple(shape)

    def node(
        self, value: Value, part: Neuron | Synapse, *, suffix: str = "", positive: bool = False
    ) -> Value:
        """Put a node behind a value, called like the layer."""
        self.check_open(value)
        self.fits(part.shape)
        name = self._unique(f"{self._layer}{suffix}" if self._layer else suffix.strip("_"))
        self.nodes[name] = part
        self.edges += [(source, name) for source in value.sources]
        if self._layer:
            self.layers[self._layer].append(name)
        order = value.order if part.shape == value.shape else None
        return Value((name,), part.shape, order, positive=positive)

    def check_open(self, value: Value) -> None:
        """Refuse that something comes after what only an end may have."""
        if value.ended:
            self.refuse(
                f"comes after the {value.ended}, which can only be dropped at the end. Take the "
                "network apart there, or replace it by ReLU and train again."
            )

    def _unique(self, name: str) -> str:
        """A name that no node has, and no end."""
        taken = {*self.nodes, INPUT, OUTPUT}
        wanted, number = name, 1
        while name in taken or not name:
            number += 1
            name = f"{wanted or 'layer'}_{number}"
        return name

    def laid(self, value: Value) -> Value:
        """The value with the silent places around it as a node of its own."""
        if not value.around:
            return value
        channels = value.shape[-1]
        # A kernel with a single one, wide enough that no window lies outside altogether.
        kernel = np.zeros([a + b + 1 for a, b in value.around] + [1, channels])
        kernel[tuple(b for _, b in value.around)] = 1.0
        part = Convolution(
            jnp.asarray(kernel, float),
            value.inner[:-1],
            padding=tuple((a + b, a + b) for a, b in value.around),
            groups=channels,
        )
        self.note("zero padding before it becomes a convolution, one weight of 1 per channel.")
        return self.node(
            value._replace(around=(), shape=value.inner),
            part,
            suffix="_padding",
            positive=value.positive,
        )

    def finish(self, value: Value, source: str, file_shape: Sequence[int]) -> Imported:
        """The network that gives this value."""
        value = self._in_file_order(self.laid(value)._replace(ended=""))
        if len(value.sources) > 1 or value.sources == (INPUT,):
            ones = jnp.ones(value.shape[-1])
            value = self.node(value, Scale(ones, value.shape), suffix="_logits")
        last = next(iter(value.sources))
        needed = self._leading_to(last)
        dropped = [name for name in self.nodes if name not in needed]
        if dropped:
            self.notes.append(f"{', '.join(dropped)}: dropped, since the output needs none of it.")
        nodes = {name: node for name, node in self.nodes.items() if name in needed}
        edges = [(one, two) for one, two in self.edges if two in needed]
        layers = {
            name: tuple(node for node in made if node in needed)
            for name, made in self.layers.items()
        }
        try:
            graph = Graph(nodes, [*edges, (last, OUTPUT)])
        except ValueError as error:
            raise Refused(f"{self.file}: {error}") from error
        return Imported(graph, source, tuple(self.notes), layers, tuple(file_shape))

    def _in_file_order(self, value: Value) -> Value:
        """A row in the order that the file's user expects."""
        if value.order is None:
            return value
        (units,) = value.shape
        if units > _LARGEST_REORDERED:
            self.refuse(
                f"the output is a row of {units:,} units with channels first, expected at most "
                f"{_LARGEST_REORDERED:,}. End the network before its last flattening."
            )
        back = np.zeros((units, units))
        back[value.order, np.arange(units)] = 1.0
        value = self.node(value, Dense(jnp.asarray(back, float)), suffix="_order")
        return value._replace(order=None)

    def _leading_to(self, last: str) -> set[str]:
        before: dict[str, list[str]] = {}
        for one, two in self.edges:
            before.setdefault(two, []).append(one)
        found, front = {last}, [last]
        while front:
            for one in before.get(front.pop(), []):
                if one not in found and one != INPUT:
                    found.add(one)
                    front.append(one)
        return found


def in_series(*parts: Synapse) -> Synapse:
    """One synapse behind the other, or the only one."""
    return parts[0] if len(parts) == 1 else Series(*parts)


def biased(synapse: Synapse, bias: np.ndarray | None) -> Synapse:
    """The synapse, and a bias behind it where there is one."""
    if bias is None:
        return synapse
    return Series(synapse, Bias(jnp.asarray(bias, float), synapse.shape))
