"""The contracts that every floor above relies on: neuron, synapse and cell.

A **neuron** reacts: elementwise dynamics, one current per port in, a state that carries the
output `y` out. A **synapse** communicates: presynaptic activity in, current out. A **cell** is
anything that turns `(state, x)` into `(state, y)`: a layer, a chain, a chip core.

All of them accept arrays with any leading axes (batch, time); the trailing axes are units.
"""

import abc
from typing import Any, ClassVar, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree


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
        input_ports: the ports that a layer drives from its input; all of them if not stated.
        recurrent_ports: the ports that a recurrent layer drives from its own last output.
        memoryless: the new state does not depend on the old one, so time needs no loop.
        shape: the axes of units of one example.

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
    input_ports: ClassVar[tuple[str, ...]]
    recurrent_ports: ClassVar[tuple[str, ...]]
    memoryless: ClassVar[bool] = False
    shape: eqx.AbstractVar[tuple[int, ...]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "ports"):
            cls.input_ports = cls.__dict__.get("input_ports", cls.ports)
            cls.recurrent_ports = cls.__dict__.get("recurrent_ports", cls.ports)
            unknown = {*cls.input_ports, *cls.recurrent_ports} - {*cls.ports}
            if unknown:
                raise TypeError(
                    f"{cls.__name__} names ports {sorted(unknown)} that are not among its ports "
                    f"{cls.ports}. List every port in `ports`."
                )

    @abc.abstractmethod
    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The resting state, with `batch` as leading axes."""

    @abc.abstractmethod
    def step(self, state: Any, *currents: Array, key: PRNGKeyArray | None = None) -> Any:
        """Advance one step: one current per port in, the new state (which holds `y`) out."""


class Synapse(eqx.Module):
    """A map from presynaptic activity to a current, without a threshold.

    Attributes:
        in_size: width of the presynaptic activity.
        shape: units that receive a current.

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

    @abc.abstractmethod
    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every postsynaptic unit; `key` draws noise, `None` means noiseless."""


class Cell(eqx.Module):
    """One dynamical system that maps an input to an output, step by step.

    Attributes:
        in_size: width of the input.

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
    arrays = [a for a in jax.tree.leaves(neuron) if eqx.is_inexact_array(a)]
    dtype = jnp.result_type(*arrays) if arrays else jnp.result_type(float)
    return jnp.zeros((*batch, *neuron.shape), dtype)


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
