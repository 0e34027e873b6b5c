"""The contracts that every floor above relies on: neuron, synapse and cell.

A **neuron** reacts: elementwise dynamics, one current per port in, a state that carries the
output `y` out. A **synapse** communicates: presynaptic activity in, current out. A **cell** is
anything that turns `(state, x)` into `(state, y)`: a layer, a chain, a chip core.

All of them accept arrays with any leading axes (batch, time); the trailing axes are units.
"""

import abc
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from ranvier.core._checks import finite


@runtime_checkable
class NeuronState(Protocol):
    """A `NamedTuple` of arrays `[..., *units]`, one of which is the last output `y`.

    Example:
        >>> from ranvier.neurons import LSTM
        >>> isinstance(LSTM(3).init(), NeuronState)
        True
    """

    @property
    def y(self) -> Array: ...


class Neuron(eqx.Module):
    """Elementwise dynamics: no weights, no cross-talk between units.

    A subclass states its update equation in `step`, once; every runner, learning rule,
    substrate and export uses that one definition. Array fields learn, floats are constants.

    Attributes:
        ports: where currents land, in the order in which `step` takes them.
        lateral_ports: ports that only a connection within the layer reaches, recurrent or not,
            each with its kind: `"maximum"` is the largest output of the layer. None if not stated.
        input_ports: the ports that a layer drives from its input; if not stated, all but lateral.
        recurrent_ports: the ports that a recurrent layer drives from its own last output; if not
            stated, all but lateral.
        memoryless: the new state does not depend on the old one, so time needs no loop.
        resets_at_spike: the state after a spike already shows the reset.
        may_be_infinite: fields for which infinity has a meaning, such as a threshold that is
            never reached; all others are refused if infinite, and all if not a number.
        shape: the axes of units of one example.

    Raises:
        ValueError: a field with an entry that is not a number, or infinite, when it is made.

    Example:
        A leaky unit with a rectified output, in four lines:

        >>> from typing import NamedTuple
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.core import Neuron, zeros
        >>> class Leaky(NamedTuple):
        ...     v: jax.Array
        ...     y: jax.Array
        >>> class Rectifier(Neuron):
        ...     ports = ("dendrite",)
        ...     bias: jax.Array
        ...     shape = property(lambda self: self.bias.shape)
        ...     def init(self, batch=()):
        ...         return Leaky(zeros(self, batch), zeros(self, batch))
        ...     def step(self, state, dendrite, *, key=None):
        ...         v = 0.9 * state.v + dendrite
        ...         return Leaky(v, jax.nn.relu(v + self.bias))
        >>> unit = Rectifier(jnp.zeros(2))
        >>> unit.step(unit.init(), jnp.array([1.0, -1.0])).y
        Array([1., 0.], dtype=float32)
    """

    ports: ClassVar[tuple[str, ...]]
    lateral_ports: ClassVar[Mapping[str, str]] = {}
    input_ports: ClassVar[tuple[str, ...]]
    recurrent_ports: ClassVar[tuple[str, ...]]
    memoryless: ClassVar[bool] = False
    resets_at_spike: ClassVar[bool] = False
    may_be_infinite: ClassVar[tuple[str, ...]] = ()
    shape: eqx.AbstractVar[tuple[int, ...]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # A neuron made from a neuron knows its ports only once it is made: properties there.
        if isinstance(getattr(cls, "ports", None), tuple):
            driven = tuple(port for port in cls.ports if port not in cls.lateral_ports)
            cls.input_ports = cls.__dict__.get("input_ports", driven)
            cls.recurrent_ports = cls.__dict__.get("recurrent_ports", driven)
            named = {*cls.input_ports, *cls.recurrent_ports, *cls.lateral_ports}
            unknown = named - {*cls.ports}
            if unknown:
                raise TypeError(
                    f"{cls.__name__} names ports {sorted(unknown)} that are not among its ports "
                    f"{cls.ports}. List every port in `ports`."
                )

    def __check_init__(self) -> None:
        fields = {name: v for name, v in vars(self).items() if name not in self.may_be_infinite}
        finite(type(self).__name__, **fields)

    @abc.abstractmethod
    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The resting state, with `batch` as leading axes."""

    @abc.abstractmethod
    def step(self, state: Any, *currents: Array, key: PRNGKeyArray | None = None) -> Any:
        """Advance one step: one current per port in, the new state (which holds `y`) out."""


@runtime_checkable
class ParallelInTime(Protocol):
    """A neuron that also knows its states over all of time at once; the runners then ask for them.

    Example:
        >>> from ranvier.neurons import LIF, ParallelSpiking
        >>> isinstance(ParallelSpiking(3), ParallelInTime), isinstance(LIF(3), ParallelInTime)
        (True, False)
    """

    def states_over_time(self, state: Any, *currents: Float[Array, "time ..."] | float) -> Any:
        """All steps from `state`, noiseless: one current `[T, ..., *units]` per port in (0 where
        nothing reaches it), the states `[T, ..., *units]` out: those of `step`, up to rounding."""
        ...


class Kinetics(eqx.Module):
    """How a current rises and decays after what arrives: elementwise, per unit and port.

    Linear connections with one time course add up, so the time course belongs to the unit that
    they reach. A neuron takes it by composition: see `ranvier.neurons.Driven`.

    Attributes:
        needs_voltage: whether `current` reads the membrane potential; if not, it gets `None`.
        memoryless: the new state does not depend on the old one.

    Example:
        A current that halves from step to step:

        >>> import jax, jax.numpy as jnp
        >>> class Halving(Kinetics):
        ...     def init(self, like):
        ...         return jnp.zeros_like(like)
        ...     def step(self, state, arriving):
        ...         return state / 2 + arriving
        ...     def current(self, state, v):
        ...         return state
        >>> course = Halving()
        >>> state = course.step(course.init(jnp.zeros(1)), jnp.ones(1))
        >>> course.current(course.step(state, jnp.zeros(1)), None)
        Array([0.5], dtype=float32)
    """

    def __check_init__(self) -> None:
        finite(type(self).__name__, **vars(self))

    @property
    def needs_voltage(self) -> bool:
        return False

    @property
    def memoryless(self) -> bool:
        return False

    @abc.abstractmethod
    def init(self, like: Float[Array, "..."]) -> PyTree:
        """Nothing has arrived yet; every array has the shape and the precision of `like`."""

    @abc.abstractmethod
    def step(self, state: PyTree, arriving: Float[Array, "..."]) -> PyTree:
        """Advance one step, at whose start `arriving` reaches the unit."""

    @abc.abstractmethod
    def current(self, state: PyTree, v: Float[Array, "..."] | None) -> Float[Array, "..."]:
        """The current during the step that led to `state`, at the membrane potential `v`."""


class Synapse(eqx.Module):
    """A map from presynaptic activity to a current, without a threshold.

    Most synapses are memoryless and state `__call__` alone. One with a memory (a delay) states
    `init` and `advance` instead, and `over_time` where all steps at once can be had cheaper than
    one after another.

    Attributes:
        in_size: width of the presynaptic activity: how many units send.
        in_shape: axes of the presynaptic activity; one row of `in_size` units if not stated.
        shape: units that receive a current.

    Raises:
        TypeError: a class that states neither a map nor a memory, when it is made.

    Example:
        One weight per unit:

        >>> import jax, jax.numpy as jnp
        >>> class Diagonal(Synapse):
        ...     gain: jax.Array
        ...     in_size = property(lambda self: len(self.gain))
        ...     shape = property(lambda self: self.gain.shape)
        ...     def __call__(self, z, *, key=None):
        ...         return self.gain * z
        >>> Diagonal(jnp.array([1.0, 2.0]))(jnp.ones(2))
        Array([1., 2.], dtype=float32)
    """

    in_size: eqx.AbstractVar[int]
    shape: eqx.AbstractVar[tuple[int, ...]]

    @property
    def in_shape(self) -> tuple[int, ...]:
        return (self.in_size,)

    def __check_init__(self) -> None:
        kind = type(self)
        remembers = kind.init is not Synapse.init and kind.advance is not Synapse.advance
        if kind.__call__ is Synapse.__call__ and not remembers:
            raise TypeError(
                f"{kind.__name__} says neither what current activity gives nor what it remembers. "
                "Define `__call__`, or `init` and `advance`."
            )

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every postsynaptic unit; `key` draws noise, `None` means noiseless."""
        raise TypeError(
            f"{type(self).__name__} has a memory: its current does not follow from the activity "
            "of one step. Use `init` and `advance`, or put it into a Layer."
        )

    def init(self, batch: tuple[int, ...] = ()) -> PyTree:
        """The memory before any activity, `batch` as leading axes; `None` if there is none."""
        return None

    def advance(
        self, memory: PyTree, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> tuple[PyTree, Float[Array, "..."]]:
        """Advance one step: the new memory, and the current of every postsynaptic unit."""
        return memory, self(z, key=key)

    def over_time(
        self,
        memory: PyTree,
        zs: Float[Array, "time ... fan_in"],
        *,
        keys: Array | None = None,
    ) -> tuple[PyTree, Float[Array, "time ..."]]:
        """Advance many steps: the last memory, and the currents `[T, ..., *units]`."""
        if memory is None:
            return None, self(zs) if keys is None else jax.vmap(lambda z, k: self(z, key=k))(
                zs, keys
            )
        return jax.lax.scan(
            lambda held, at: self.advance(held, at[0], key=at[1]), memory, (zs, keys)
        )


class Cell(eqx.Module):
    """One dynamical system that maps an input to an output, step by step.

    Attributes:
        in_size: width of the input: how many numbers it has per step.
        in_shape: axes of the input; one row of `in_size` numbers if not stated.

    Example:
        A cell that gives its last input:

        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> class Delay(Cell):
        ...     in_size: int
        ...     def init(self, batch=()):
        ...         return jnp.zeros((*batch, self.in_size))
        ...     def __call__(self, state, x, *, key=None):
        ...         return x, state
        ...     def over_time(self, state, xs, *, keys=None):
        ...         return scan_steps(self, state, xs, keys=keys)
        >>> rv.run(Delay(1), jnp.array([[1.0], [2.0], [3.0]]))[1].ravel()
        Array([0., 1., 2.], dtype=float32)
    """

    in_size: eqx.AbstractVar[int]

    @property
    def in_shape(self) -> tuple[int, ...]:
        return (self.in_size,)

    @abc.abstractmethod
    def init(self, batch: tuple[int, ...] = ()) -> PyTree:
        """The resting state, with `batch` as leading axes; its types never change."""

    @abc.abstractmethod
    def __call__(
        self, state: PyTree, x: Float[Array, "... width"], *, key: PRNGKeyArray | None = None
    ) -> tuple[PyTree, Array]:
        """Advance one step."""

    @abc.abstractmethod
    def over_time(
        self, state: PyTree, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[PyTree, Array]:
        """Advance many steps, with whatever can be done for all of them at once done so."""


def at_rest(cell: Cell, xs: Float[Array, "time ... width"]) -> PyTree:
    """The resting state that a sequence starts from: one for each of its examples.

    Args:
        cell: any cell.
        xs: input, `[T, ..., *in_shape]`.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> layer = rv.layer(2, rv.SNU(3), key=jax.random.key(0))
        >>> at_rest(layer, jnp.ones((10, 5, 2))).y.shape
        (5, 3)
    """
    return cell.init(xs.shape[1 : xs.ndim - len(cell.in_shape)])


def zeros(neuron: Neuron, batch: tuple[int, ...] = ()) -> Array:
    """Zeros `[*batch, *neuron.shape]` in the precision of the neuron's parameters.

    Args:
        neuron: gives the units and the precision (JAX's default where it has no arrays).
        batch: leading axes.

    Example:
        >>> from ranvier.neurons import SNU
        >>> zeros(SNU(3), (2,)).shape
        (2, 3)
    """
    return jnp.zeros((*batch, *neuron.shape), precision(neuron))


def precision(module: PyTree, otherwise: Any = float) -> jnp.dtype:
    """The precision of a module's parameters.

    Args:
        module: a neuron, a synapse or any tree.
        otherwise: of a module without arrays; JAX's default if not given.

    Example:
        >>> from ranvier.neurons import SNU
        >>> precision(SNU(3))
        dtype('float32')
    """
    arrays = [a for a in jax.tree.leaves(module) if eqx.is_inexact_array(a)]
    return jnp.result_type(*arrays) if arrays else jnp.result_type(otherwise)


def scan_steps(
    cell: Cell, state: PyTree, xs: Float[Array, "time ... width"], *, keys: Array | None = None
) -> tuple[PyTree, Array]:
    """Run a cell one step after another: the `over_time` of cells with nothing to hoist.

    Args:
        cell: any cell.
        state: where it starts.
        xs: input, `[T, ..., width]`.
        keys: one key per step, or `None` for a noiseless run.

    Returns:
        The last state and the outputs `[T, ..., width_out]`.

    Example:
        >>> import jax, ranvier as rv
        >>> layer = rv.layer(2, rv.SNU(3), key=jax.random.key(0))
        >>> scan_steps(layer, layer.init(), jax.numpy.ones((5, 2)))[1].shape
        (5, 3)
    """
    if keys is None:
        return jax.lax.scan(lambda s, x: cell(s, x), state, xs)
    return jax.lax.scan(lambda s, xk: cell(s, xk[0], key=xk[1]), state, (xs, keys))
