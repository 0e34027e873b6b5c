"""A layer: one neuron, and the synapses that reach its ports."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, Neuron, Synapse, nearest, precision
from ranvier.nets._scan import neuron_scan


class LayerState(NamedTuple):
    """What a layer carries if a synapse of it has a memory; else it carries the neuron's state.

    Attributes:
        neuron: the neuron's state.
        synapses: port to the memory of the synapse from the input, `None` where it has none.
        recurrent: port to the memory of the recurrent synapse, `None` where it has none.

    Example:
        >>> from ranvier.neurons import SNU
        >>> from ranvier.synapses import Delayed, OneToOne
        >>> layer = Layer(SNU(3), {"dendrite": Delayed(OneToOne(3), 2)})
        >>> layer.init((5,)).synapses["dendrite"].activity.shape
        (5, 2, 3)
    """

    neuron: Any
    synapses: dict[str, Any]
    recurrent: dict[str, Any]

    @property
    def y(self) -> Array:
        """The layer's last output."""
        return self.neuron.y


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
        TypeError: (when run) an input or weights in higher precision than the neuron's state.
        ValueError: a port that the neuron does not have, or one for input that no synapse
            reaches, a synapse whose output is not the neuron's shape, synapses of different input
            width, no input synapse at all, or a lateral port that no recurrent synapse reaches.

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
            if synapse.in_shape != self.neuron.shape:
                raise ValueError(
                    f"{self.name}: the recurrent synapse onto {port!r} expects "
                    f"{width(synapse.in_shape)}, but the {kind} gives "
                    f"{width(self.neuron.shape)}. Make them equal."
                )
        for port in self.neuron.lateral_ports:
            if port in self.synapses or port not in self.recurrent:
                raise ValueError(
                    f"{self.name}: the port {port!r} of {kind} is reached from within the layer "
                    f"alone, by a recurrent synapse; got input synapses onto "
                    f"{sorted(self.synapses)} and recurrent ones onto {sorted(self.recurrent)}. "
                    "`ranvier.layer` adds what it needs."
                )
        shapes = {port: synapse.in_shape for port, synapse in self.synapses.items()}
        if len(set(shapes.values())) != 1:
            raise ValueError(
                f"{self.name}: its input synapses expect shapes {shapes}; expected one shape, "
                "and at least one synapse from the input."
            )
        for port in self.neuron.input_ports:
            if port not in self.synapses and port not in self.recurrent:
                raise ValueError(
                    f"{self.name}: no synapse reaches the port {port!r} of {kind}; got some onto "
                    f"{sorted({*self.synapses, *self.recurrent})}. Give it one, or "
                    "`ranvier.synapses.Silent` where nothing shall arrive."
                )

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return next(iter(self.synapses.values())).in_size

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input."""
        return next(iter(self.synapses.values())).in_shape

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The neuron at rest, and the synapses' memories, if any, before any activity."""
        memories = [
            {port: synapse.init(batch) for port, synapse in group.items()}
            for group in (self.synapses, self.recurrent)
        ]
        return self._state(self.neuron.init(batch), *memories)

    @property
    def remembering(self) -> tuple[str, ...]:
        """The ports that are reached by a synapse with a memory."""
        state = jax.eval_shape(self.init)
        if not isinstance(state, LayerState):
            return ()
        held = [*state.synapses.items(), *state.recurrent.items()]
        return tuple(sorted({port for port, memory in held if memory is not None}))

    def _state(self, neuron: Any, synapses: dict[str, Any], recurrent: dict[str, Any]) -> Any:
        """The layer's state from its parts: the neuron's alone where nothing else is carried."""
        memoryless = all(m is None for m in [*synapses.values(), *recurrent.values()])
        return neuron if memoryless else LayerState(neuron, synapses, recurrent)

    def _parts(self, state: Any) -> LayerState:
        """The parts of a layer's state."""
        if isinstance(state, LayerState):
            return state
        return LayerState(state, dict.fromkeys(self.synapses), dict.fromkeys(self.recurrent))

    def check_width(self, x: Array) -> None:
        """Raise a `ValueError` that names this layer if the input has other axes at its end."""
        axes = self.in_shape
        if jnp.shape(x)[-len(axes) :] != axes:
            last = f"last axis to be {axes[0]}" if len(axes) == 1 else f"last axes to be {axes}"
            raise ValueError(
                f"{self.name} ({type(self.neuron).__name__}): got an input of shape "
                f"{jnp.shape(x)}, expected its {last}. Change the input, or build the layer for "
                "the shape you have."
            )
        self._check_precision(x)

    def _check_precision(self, x: Array) -> None:
        """Raise a `TypeError` if what arrives is wider than the state that has to hold it."""
        held, weights = precision(self.neuron), precision((self.synapses, self.recurrent), x.dtype)
        for what, dtype in (("an input", x.dtype), ("weights", weights)):
            if jnp.issubdtype(dtype, jnp.inexact) and jnp.promote_types(dtype, held) != held:
                raise TypeError(
                    f"{self.name}: got {what} of {dtype} for a {type(self.neuron).__name__} whose "
                    f"state is {held}. Cast one of them: `ranvier.nets.cast` for a network, "
                    "`astype` for an array."
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
        state = self._parts(state)
        return self._add(gathered, _advance(self.recurrent, state.recurrent, state.y, keys)[1])

    def _add(self, gathered: dict[str, Array], fed_back: dict[str, Array]) -> tuple[Any, ...]:
        """One current per port, in the neuron's order; zero where only feedback would arrive."""
        total = dict(gathered)
        for port, current in fed_back.items():
            total[port] = total[port] + current if port in total else current
        return tuple(total.get(port, 0.0) for port in self.neuron.ports)

    def _react(
        self, neuron: Any, recurrent: dict[str, Any], gathered: dict[str, Array], keys: list[Any]
    ) -> tuple[Any, dict[str, Any]]:
        """The neuron and the recurrent memories after a step whose input gave `gathered`."""
        *recurrent_keys, neuron_key = keys
        recurrent, fed_back = _advance(self.recurrent, recurrent, neuron.y, recurrent_keys)
        currents = self._add(gathered, fed_back)
        return self.neuron.step(neuron, *currents, key=neuron_key), recurrent

    def gather(self, x: Float[Array, "... width"], keys: list[Any]) -> dict[str, Array]:
        """The input's current per port, by synapses without a memory."""
        self.check_width(x)
        return _advance(self.synapses, dict.fromkeys(self.synapses), x, keys)[1]

    def __call__(
        self, state: Any, x: Float[Array, "... width"], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Array]:
        """Advance one step."""
        self.check_width(x)
        keys, inputs = self.split(key), len(self.synapses)
        neuron, memories, recurrent = self._parts(state)
        memories, gathered = _advance(self.synapses, memories, x, keys[:inputs])
        neuron, recurrent = self._react(neuron, recurrent, gathered, keys[inputs:])
        return self._state(neuron, memories, recurrent), neuron.y

    def history(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, Any]:
        """Advance many steps: the last state, and every state of the neuron, `[T, ..., *units]`.

        Every input synapse runs over all of time at once, as one large product; only the neuron,
        and the recurrent synapses that must wait for it, are scanned.
        """
        self.check_width(xs)
        inputs = len(self.synapses)
        neuron, memories, recurrent = self._parts(state)
        step_keys = None
        if keys is not None:
            step_keys = jax.vmap(lambda key: jr.split(key, len(self.split(None))))(keys)
        passed = {
            port: synapse.over_time(
                memories[port], xs, keys=None if step_keys is None else step_keys[:, index]
            )
            for index, (port, synapse) in enumerate(self.synapses.items())
        }
        memories = {port: memory for port, (memory, _) in passed.items()}
        gathered = {port: current for port, (_, current) in passed.items()}

        if not self.recurrent and (self.neuron.memoryless or step_keys is None):
            if not self.neuron.memoryless:
                states = neuron_scan(self.neuron, neuron, gathered)
            elif step_keys is None:
                states = self._react(neuron, {}, gathered, [None])[0]
            else:
                states = jax.vmap(lambda g, k: self._react(neuron, {}, g, [k])[0])(
                    gathered, step_keys[:, -1]
                )
            return self._state(jax.tree.map(lambda s: s[-1], states), memories, {}), states

        def body(carried, at):
            gathered, step_key = at
            later = self.split(None)[inputs:] if step_key is None else list(step_key[inputs:])
            carried = self._react(*carried, gathered, later)
            return carried, carried[0]

        (neuron, recurrent), states = jax.lax.scan(body, (neuron, recurrent), (gathered, step_keys))
        return self._state(neuron, memories, recurrent), states

    def over_time(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, Array]:
        """Advance many steps: the last state, and the outputs `[T, ..., *units]`."""
        state, states = self.history(state, xs, keys=keys)
        return state, states.y


def width(shape: tuple[int, ...]) -> str:
    """How errors call the axes of an input or an output.

    Example:
        >>> width((3,)), width((28, 28, 2))
        ('width 3', 'shape (28, 28, 2)')
    """
    return f"width {shape[0]}" if len(shape) == 1 else f"shape {shape}"


def _advance(
    synapses: dict[str, Synapse], memories: dict[str, Any], z: Array, keys: list[Any]
) -> tuple[dict[str, Any], dict[str, Array]]:
    """One step of every synapse: the new memory and the current, per port."""
    moved = {
        port: synapse.advance(memories[port], z, key=key)
        for (port, synapse), key in zip(synapses.items(), keys, strict=True)
    }
    return (
        {port: memory for port, (memory, _) in moved.items()},
        {port: current for port, (_, current) in moved.items()},
    )
