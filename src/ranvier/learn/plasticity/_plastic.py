"""A layer whose weights follow a local rule while it runs."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, scan_steps
from ranvier.learn.plasticity._contract import Memory, Plasticity
from ranvier.learn.plasticity._memory import Bounded
from ranvier.nets import Layer
from ranvier.synapses import Dense, Series


class PlasticState(NamedTuple):
    """What a plastic layer carries.

    Attributes:
        layer: the state of the layer.
        held: the memory of its weights.
        rule: what the rule remembers.

    Example:
        See `Plastic`.
    """

    layer: Any
    held: Any
    rule: Any


class Plastic(Cell):
    r"""A layer with dense weights that learn from what they see, step by step, without a loss.

    $$y_t = \text{layer}(x_t;\ W_t), \qquad
    W_{t+1} = \text{memory}\big(W_t,\ \text{rule}(x_t, y_t)\big)$$

    Weights are part of the state, so that `run` learns as it runs, and a run that goes on from a
    state learns on. All examples of a batch share the weights, and their changes are summed. The
    weights of the layer are where the memory starts; `learned` gives the layer with those that a
    state holds. Recurrent synapses stay as they are.

    Args:
        layer: with one input synapse, which is `Dense`, or a `Series` that begins with one.
        rule: the changes that activity asks for.
        memory: what becomes of them; numbers between 0 and 1 if not given.
        key: draws the memory's devices; every `init` gives the same ones.

    Raises:
        TypeError: not a layer, or one with other input synapses.

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.learn.plasticity import CoincidenceSTDP
        >>> from ranvier.synapses import Dense
        >>> unit = rv.SNU(1, threshold=0.75)
        >>> layer = Layer(unit, {"dendrite": Dense(jnp.array([[0.5, 0.5, 0.5]]))})
        >>> cell = Plastic(layer, CoincidenceSTDP(0.25, 0.125))
        >>> state, _ = rv.run(cell, jnp.array([[1.0, 1.0, 0.0]] * 2))
        >>> cell.learned(state).synapses["dendrite"].weight.tolist()
        [[1.0, 1.0, 0.25]]
    """

    layer: Layer
    rule: Plasticity
    memory: Memory
    key: PRNGKeyArray | None

    def __init__(
        self,
        layer: Layer,
        rule: Plasticity,
        *,
        memory: Memory | None = None,
        key: PRNGKeyArray | None = None,
    ) -> None:
        _refuse(layer)
        self.layer, self.rule = layer, rule
        self.memory = Bounded() if memory is None else memory
        self.key = key

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return self.layer.in_size

    def init(self, batch: tuple[int, ...] = ()) -> PlasticState:
        """The layer at rest, its weights in the memory, no activity so far."""
        weight = _weight(self.layer)
        return PlasticState(
            self.layer.init(batch),
            self.memory.start(weight, key=self.key),
            self.rule.init(weight, batch),
        )

    def learned(self, state: PlasticState) -> Layer:
        """The layer with the weights that a state holds.

        Args:
            state: of this cell.
        """
        return eqx.tree_at(_weight, self.layer, self.memory.weight(state.held))

    def __call__(
        self,
        state: PlasticState,
        x: Float[Array, "... width"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[PlasticState, Array]:
        """Advance one step with the weights as they stand, then let them change."""
        running, asking, moving = (None,) * 3 if key is None else jr.split(key, 3)
        layer = self.learned(state)
        after, y = layer(state.layer, x, key=running)
        rule, change = self.rule(state.rule, _weight(layer), x, y, key=asking)
        held = self.memory.change(state.held, change, key=moving)
        return PlasticState(after, held, rule), y

    def over_time(
        self, state: PlasticState, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[PlasticState, Array]:
        """Step by step: what a weight is depends on what was before."""
        return scan_steps(self, state, xs, keys=keys)


def _weight(layer: Layer) -> Array:
    """The weights that learn."""
    (synapse,) = layer.synapses.values()
    first: Any = synapse.synapses[0] if isinstance(synapse, Series) else synapse
    return first.weight


def _refuse(layer: Any) -> None:
    """Raise a `TypeError` that names what has no dense weights from the input alone."""
    if not isinstance(layer, Layer):
        raise TypeError(f"Plastic: got a {type(layer).__name__}, expected a Layer.")
    found = {port: type(synapse).__name__ for port, synapse in layer.synapses.items()}
    if len(found) != 1:
        raise TypeError(
            f"Plastic: {layer.name} has input synapses onto {sorted(found)}, expected one. Take a "
            "neuron with one port, or a layer per port."
        )
    ((port, synapse),) = layer.synapses.items()
    if isinstance(synapse, Series):
        others = [type(one).__name__ for one in synapse.synapses[1:] if isinstance(one, Dense)]
        if isinstance(synapse.synapses[0], Dense) and not others:
            return
    elif isinstance(synapse, Dense):
        return
    raise TypeError(
        f"Plastic: the synapse of {layer.name} onto {port!r} is a {found[port]}, expected Dense, "
        "or a Series that begins with its only Dense."
    )
