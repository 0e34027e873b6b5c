"""Proof of what an export does: the network beside what comes back from the file."""

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


def compare(
    one: Cell, two: Cell, xs: Float[Array, "time batch ..."]
) -> tuple[tuple[Difference, ...], float]:
    """Run two networks on one input and tell where they differ, neuron by neuron.

    Args:
        one: the first network.
        two: the second, whose neurons are the same in the same order.
        xs: input, `[T, batch, *in_shape]`.

    Raises:
        ValueError: networks with different numbers of neurons.
    """
    (states, out), (twins, other) = (eqx.filter_jit(histories)(cell, xs) for cell in (one, two))
    if len(states) != len(twins):
        raise ValueError(
            f"the first network has {len(states)} neurons with a state, {sorted(states)}, the "
            f"second {len(twins)}, {sorted(twins)}."
        )
    found = [
        _difference(name, a, b) for (name, a), b in zip(states.items(), twins.values(), strict=True)
    ]
    return tuple(found), float(jnp.max(jnp.abs(out - other)))


def histories(cell: Cell, xs: Array) -> tuple[dict[str, Any], Array]:
    """Every state of every neuron, by name, and the output."""
    found: dict[str, Any] = {}
    out = _run(cell, xs, found)
    return found, out


def _run(cell: Cell, xs: Array, found: dict[str, Any]) -> Array:
    if isinstance(cell, Chain):
        for part in cell.layers:
            xs = _run(part, xs, found)
        return xs
    if isinstance(cell, Residual):
        return cell.joined(_run(cell.cell, xs, found), xs)
    if isinstance(cell, Graph):
        _, states, ys = cell.history(at_rest(cell, xs), xs)
        for name, state in states.items():
            found[_free(name, found)] = _shown(state)
        return ys
    if not isinstance(cell, Layer):
        raise ValueError(f"cannot look into a {type(cell).__name__}.")
    _, states = cell.history(at_rest(cell, xs), xs)
    if not isinstance(cell.neuron, (Relay, Readout)):
        found[_free(cell.name, found)] = _shown(states)
    return states.y


def _free(name: str, found: dict[str, Any]) -> str:
    return name if name not in found else _free(f"{name}'", found)


def _shown(state: Any) -> tuple[Array, Array | None]:
    """Output and membrane, `None` where there is none."""
    inside = state
    while not any(hasattr(inside, name) for name in ("v", "s")):
        if not hasattr(inside, "neuron"):
            return state.y, None
        inside = inside.neuron
    return state.y, inside.v if hasattr(inside, "v") else inside.s


def _difference(name: str, one: tuple[Any, Any], two: tuple[Any, Any]) -> Difference:
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
