"""Proof of what an export does: the network beside what comes back from the file."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ranvier.core import Cell, at_rest
from ranvier.nets import Chain, Graph, Layer, Residual
from ranvier.neurons import Readout, Relay


class Difference(NamedTuple):
    """Two runs of one neuron of a network, unit by unit and step by step.

    Attributes:
        name: of the layer or node.
        spikes: what the first gives altogether; of a neuron that does not spike, 0.
        lost: steps in which the first spikes and the second does not.
        added: steps in which the second spikes and the first does not.
        first_step: the first step in which their outputs differ, `None` if none does.
        membrane: the largest difference between their membranes; 0 where one has none.

    Example:
        See `certify`.
    """

    name: str
    spikes: int
    lost: int
    added: int
    first_step: int | None
    membrane: float


class Certificate(NamedTuple):
    """What a network and the same network read back from NIR give on the same input.

    Attributes:
        layers: per neuron, with the file read as it was meant.
        bare: per neuron, with the metadata left unread, as other frameworks do: an exact solution,
            reset to `v_reset` in the step of the spike. Empty where that has no meaning.
        output: the largest difference between the outputs, read as meant.
        steps: of the run.
        examples: of the run.
        notes: what NIR does not hold and the certificate does not see, in words.

    Example:
        See `certify`.
    """

    layers: tuple[Difference, ...]
    bare: tuple[Difference, ...]
    output: float
    steps: int
    examples: int
    notes: tuple[str, ...]

    @property
    def spikes(self) -> int:
        """What all neurons of the original give."""
        return sum(layer.spikes for layer in self.layers)

    @property
    def lost(self) -> int:
        """Spikes that are not there, or not at their time, after the round trip."""
        return sum(layer.lost for layer in self.layers)

    @property
    def added(self) -> int:
        """Spikes after the round trip where there was none."""
        return sum(layer.added for layer in self.layers)

    @property
    def same(self) -> bool:
        """Whether not one spike differs."""
        return not self.lost and not self.added

    @property
    def portable(self) -> bool:
        """Whether not one spike differs either for a reader that knows nothing of metadata."""
        return self.same and not any(layer.lost or layer.added for layer in self.bare)

    def __str__(self) -> str:
        rows = [f"{self.spikes} spikes in {self.steps} steps of {self.examples} examples"]
        for title, layers in (("read as meant", self.layers), ("metadata unread", self.bare)):
            for layer in layers:
                first = "never" if layer.first_step is None else f"from step {layer.first_step}"
                rows.append(
                    f"{title}: {layer.name}: {layer.lost} of {layer.spikes} spikes lost, "
                    f"{layer.added} added, different {first}, membrane by {layer.membrane:.2g}"
                )
        return "\n".join([*rows, *(f"note: {note}" for note in self.notes)])


class Run(NamedTuple):
    """What a network did.

    Attributes:
        neurons: in the order in which they are computed, each with its name, its output and its
            membrane, `None` where there is none.
        output: of the network.
    """

    neurons: list[tuple[str, Array, Array | None]]
    output: Array


@eqx.filter_jit
def observed(cell: Cell, xs: Float[Array, "time batch ..."]) -> Run:
    """Run a network from rest.

    Args:
        cell: the network.
        xs: input, `[T, batch, *in_shape]`.

    Raises:
        ValueError: a cell whose inside is its own affair.
    """
    neurons: list[tuple[str, Array, Array | None]] = []
    output = _follow(cell, xs, neurons)
    return Run(neurons, output)


def compare(one: Run, two: Run) -> tuple[tuple[Difference, ...], float]:
    """Tell where two runs on the same input differ, neuron by neuron, and by how much in the end.

    Args:
        one: of the first network.
        two: of the second, whose neurons are the same in the same order.

    Raises:
        ValueError: networks with different numbers of neurons.
    """
    if len(one.neurons) != len(two.neurons):
        told = [[name for name, *_ in run.neurons] for run in (one, two)]
        raise ValueError(
            f"the first network has {len(told[0])} neurons with a state, {told[0]}, the second "
            f"{len(told[1])}, {told[1]}."
        )
    found = [
        _difference(name, (y, v), twin)
        for (name, y, v), (_, *twin) in zip(one.neurons, two.neurons, strict=True)
    ]
    return tuple(found), float(jnp.max(jnp.abs(one.output - two.output)))


def _follow(cell: Cell, xs: Array, found: list[tuple[str, Array, Array | None]]) -> Array:
    """What a cell gives; its neurons are added to what was found."""
    if isinstance(cell, Chain):
        for part in cell.layers:
            xs = _follow(part, xs, found)
        return xs
    if isinstance(cell, Residual):
        return cell.joined(_follow(cell.cell, xs, found), xs)
    if isinstance(cell, Graph):
        _, states, ys = cell.history(at_rest(cell, xs), xs)
        found += [(name, *_shown(states[name])) for name in cell.neurons]
        return ys
    if not isinstance(cell, Layer):
        raise ValueError(f"cannot look into a {type(cell).__name__}.")
    _, states = cell.history(at_rest(cell, xs), xs)
    if not isinstance(cell.neuron, (Relay, Readout)):
        found.append((cell.name, *_shown(states)))
    return states.y


def _shown(state: Any) -> tuple[Array, Array | None]:
    """Output and membrane, `None` where there is none."""
    inside = state
    while not any(hasattr(inside, name) for name in ("v", "s")):
        if not hasattr(inside, "neuron"):
            return state.y, None
        inside = inside.neuron
    return state.y, inside.v if hasattr(inside, "v") else inside.s


def _difference(name: str, one: Sequence[Any], two: Sequence[Any]) -> Difference:
    y, z = np.asarray(one[0]), np.asarray(two[0])
    spiking = bool(np.isin(y, (0, 1)).all() and np.isin(z, (0, 1)).all())
    differs = (y != z) if spiking else np.abs(y - z) > 1e-5 * (1 + np.abs(y))
    steps = np.flatnonzero(differs.reshape(len(differs), -1).any(1))
    known = one[1] is not None and two[1] is not None
    return Difference(
        name,
        int(y.sum()) if spiking else 0,
        int(((y == 1) & (z == 0)).sum()) if spiking else 0,
        int(((y == 0) & (z == 1)).sum()) if spiking else 0,
        int(steps[0]) if len(steps) else None,
        float(np.abs(np.asarray(one[1]) - np.asarray(two[1])).max()) if known else 0.0,
    )
