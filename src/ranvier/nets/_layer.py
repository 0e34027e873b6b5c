"""A layer: one neuron, and the synapses that reach its ports."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, Neuron, Synapse, nearest
from ranvier.nets._scan import neuron_scan


class Layer(Cell):
    r"""Communicate, then react: synapses gather currents, the neuron turns them into an output.

    $$I^p_t = W^p x_t + H^p y_{t-1} \text{ for every port } p, \qquad
    \text{state}_t = \text{neuron}(\text{state}_{t-1}, I^1_t, I^2_t, \dots)$$

    Args:
        neuron: elementwise dynamics.
        synapses: port to synapse, driven by the layer's input.
        recurrent: port to synapse, driven by the layer's own last output; empty if feed-forward.
        name: how errors and checkpoints' readers call the layer.

    Raises:
        ValueError: a port that the neuron does not have, a synapse whose output is not the
            neuron's shape, synapses of different input width, or no input synapse at all.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.neurons import SNU
        >>> from ranvier.synapses import Dense
        >>> layer = Layer(SNU(3), {"dendrite": Dense(jnp.ones((3, 2)))})
        >>> state, y = layer(layer.init(), jnp.ones(2))
        >>> y
        Array([1., 1., 1.], dtype=float32)
    """

    neuron: Neuron
    synapses: dict[str, Synapse]
    recurrent: dict[str, Synapse]
    name: str = eqx.field(static=True)

    def __init__(
        self,
        neuron: Neuron,
        synapses: Mapping[str, Synapse],
        recurrent: Mapping[str, Synapse] | None = None,
        *,
        name: str = "layer",
    ) -> None:
        self.neuron = neuron
        # Sorted, as a compiled function gives dictionaries back: keys are dealt out in this order.
        self.synapses = dict(sorted(synapses.items()))
        self.recurrent = dict(sorted((recurrent or {}).items()))
        self.name = name

    def __check_init__(self) -> None:
        kind = type(self.neuron).__name__
        for port, synapse in [*self.synapses.items(), *self.recurrent.items()]:
            if port not in self.neuron.ports:
                raise ValueError(
                    f"{self.name}: {kind} has no port {port!r}. {nearest(port, self.neuron.ports)}"
                )
            if synapse.shape != self.neuron.shape:
                raise ValueError(
                    f"{self.name}: the synapse onto {port!r} reaches units {synapse.shape}, "
                    f"but the {kind} has {self.neuron.shape}. Make them equal."
                )
        for port, synapse in self.recurrent.items():
            if synapse.in_size != self.neuron.shape[-1]:
                raise ValueError(
                    f"{self.name}: the recurrent synapse onto {port!r} expects width "
                    f"{synapse.in_size}, but the {kind} gives {self.neuron.shape[-1]}. Make them "
                    "equal."
                )
        widths = {port: synapse.in_size for port, synapse in self.synapses.items()}
        if len(set(widths.values())) != 1:
            raise ValueError(
                f"{self.name}: its input synapses expect widths {widths}; expected one width, "
                "and at least one synapse from the input."
            )

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return next(iter(self.synapses.values())).in_size

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The neuron at rest."""
        return self.neuron.init(batch)

    def check_width(self, x: Array) -> None:
        """Raise a `ValueError` that names this layer if the input has another width."""
        if jnp.ndim(x) == 0 or x.shape[-1] != self.in_size:
            raise ValueError(
                f"{self.name} ({type(self.neuron).__name__}): got an input of shape "
                f"{jnp.shape(x)}, expected its last axis to be {self.in_size}. Change the input, "
                f"or build the layer for the width you have."
            )

    def split(self, key: PRNGKeyArray | None) -> list[Any]:
        """One key per synapse, per recurrent synapse and for the neuron, in that order."""
        count = len(self.synapses) + len(self.recurrent) + 1
        return [None] * count if key is None else list(jr.split(key, count))

    def currents(self, state: Any, gathered: dict[str, Array], keys: list[Any]) -> tuple[Any, ...]:
        """One current per port: what the input gave, and what the last output adds to it.

        Args:
            state: the layer's state before the step, `[..., *units]`.
            gathered: the input's current per port.
            keys: one per recurrent synapse.
        """
        total = dict(gathered)
        for (port, synapse), key in zip(self.recurrent.items(), keys, strict=True):
            current = synapse(state.y, key=key)
            total[port] = total[port] + current if port in total else current
        return tuple(total.get(port, 0.0) for port in self.neuron.ports)

    def react(self, state: Any, gathered: dict[str, Array], keys: list[Any]) -> Any:
        """The state after a step in which the input gave the currents `gathered`."""
        *recurrent_keys, neuron_key = keys
        currents = self.currents(state, gathered, recurrent_keys)
        return self.neuron.step(state, *currents, key=neuron_key)

    def gather(self, x: Float[Array, "... width"], keys: list[Any]) -> dict[str, Array]:
        """The input's current per port."""
        self.check_width(x)
        pairs = zip(self.synapses.items(), keys, strict=True)
        return {port: synapse(x, key=key) for (port, synapse), key in pairs}

    def __call__(
        self, state: Any, x: Float[Array, "... width"], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Array]:
        """Advance one step."""
        keys, inputs = self.split(key), len(self.synapses)
        state = self.react(state, self.gather(x, keys[:inputs]), keys[inputs:])
        return state, state.y

    def history(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, Any]:
        """Advance many steps and keep every state on the way, `[T, ..., *units]`.

        Every input synapse runs over all of time at once, as one large product; only the neuron,
        and the recurrent synapses that must wait for it, are scanned.
        """
        inputs = len(self.synapses)
        if keys is None:
            step_keys, gathered = None, self.gather(xs, [None] * inputs)
        else:
            step_keys = jax.vmap(lambda key: jr.split(key, len(self.split(None))))(keys)
            gathered = jax.vmap(lambda x, k: self.gather(x, list(k)))(xs, step_keys[:, :inputs])
        if self.neuron.memoryless and not self.recurrent:
            if step_keys is None:
                states = self.react(state, gathered, [None])
            else:
                states = jax.vmap(lambda g, k: self.react(state, g, [k]))(
                    gathered, step_keys[:, -1]
                )
            return jax.tree.map(lambda leaf: leaf[-1], states), states

        if step_keys is None and not self.recurrent:
            states = neuron_scan(self.neuron, state, gathered)
            return jax.tree.map(lambda leaf: leaf[-1], states), states

        def body(state, at):
            gathered, step_key = at
            later = self.split(None)[inputs:] if step_key is None else list(step_key[inputs:])
            state = self.react(state, gathered, later)
            return state, state

        return jax.lax.scan(body, state, (gathered, step_keys))

    def over_time(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, Array]:
        """Advance many steps: the last state, and the outputs `[T, ..., *units]`."""
        state, states = self.history(state, xs, keys=keys)
        return state, states.y
