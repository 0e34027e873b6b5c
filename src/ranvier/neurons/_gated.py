"""Gated recurrent units as ordinary neurons: their gates are ports."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, finite, zeros
from ranvier.neurons._integrator import OutputState
from ranvier.neurons._shape import as_shape


class LSTMState(NamedTuple):
    """Memory `c` and output `y`, each `[..., *units]`.

    Example:
        >>> LSTM(2).init((5,)).c.shape
        (5, 2)
    """

    c: Float[Array, "..."]
    y: Float[Array, "..."]


class RNN(Neuron):
    r"""Vanilla recurrent unit: $y_t = g(I_t + b)$; its memory is the recurrent current.

    Without a recurrent current it is the unit of static networks.

    Args:
        shape: number of units, or their axes.
        g: the activation.

    Source: Elman, Cognitive Science 14 (1990).

    Example:
        >>> import jax.numpy as jnp
        >>> unit = RNN(1)
        >>> round(float(unit.step(unit.init(), jnp.array([1.0])).y[0]), 4)
        0.7616
    """

    ports = ("dendrite",)
    memoryless = True
    bias: Float[Array, "*units"]
    g: Callable[[Array], Array] = eqx.field(static=True)

    def __init__(
        self, shape: int | tuple[int, ...], *, g: Callable[[Array], Array] = jnp.tanh
    ) -> None:
        self.bias = jnp.zeros(as_shape(shape))
        self.g = g

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias.shape

    def init(self, batch: tuple[int, ...] = ()) -> OutputState:
        """Output at zero."""
        return OutputState(zeros(self, batch))

    def step(
        self, state: OutputState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> OutputState:
        """One step; see the class for the equation."""
        return OutputState(self.g(dendrite + self.bias))


class LSTM(Neuron):
    r"""Long short-term memory: one port per gate.

    $$c_t = \sigma(F_t)\, c_{t-1} + \sigma(I_t) \tanh(C_t), \qquad y_t = \sigma(O_t) \tanh(c_t)$$

    with each gate's bias added to its current.

    Args:
        shape: number of units, or their axes.
        forget_bias: bias of the forget gate at the start; 1 keeps memory early in training.

    Source: Hochreiter, Schmidhuber, Neural Comput. 9 (1997); forget gate: Gers, Schmidhuber,
    Cummins, Neural Comput. 12 (2000).

    Example:
        >>> import jax.numpy as jnp
        >>> unit = LSTM(1)
        >>> one = jnp.ones(1)
        >>> state = unit.step(unit.init(), one, one, one, one)
        >>> round(float(state.c[0]), 4)
        0.5568
    """

    ports = ("input", "forget", "cell", "output")
    bias_input: Float[Array, "*units"]
    bias_forget: Float[Array, "*units"]
    bias_cell: Float[Array, "*units"]
    bias_output: Float[Array, "*units"]

    def __init__(self, shape: int | tuple[int, ...], *, forget_bias: float = 1.0) -> None:
        finite("LSTM", forget_bias=forget_bias)
        self.bias_input = jnp.zeros(as_shape(shape))
        self.bias_forget = jnp.full(as_shape(shape), float(forget_bias))
        self.bias_cell = jnp.zeros(as_shape(shape))
        self.bias_output = jnp.zeros(as_shape(shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias_input.shape

    def init(self, batch: tuple[int, ...] = ()) -> LSTMState:
        """Memory and output at zero."""
        return LSTMState(zeros(self, batch), zeros(self, batch))

    def step(
        self,
        state: LSTMState,
        input: Array,
        forget: Array,
        cell: Array,
        output: Array,
        *,
        key: PRNGKeyArray | None = None,
    ) -> LSTMState:
        """One step; see the class for the equation."""
        write = jax.nn.sigmoid(input + self.bias_input) * jnp.tanh(cell + self.bias_cell)
        c = jax.nn.sigmoid(forget + self.bias_forget) * state.c + write
        return LSTMState(c, jax.nn.sigmoid(output + self.bias_output) * jnp.tanh(c))


class GRU(Neuron):
    r"""Gated recurrent unit, with the reset gate applied after the recurrent product.

    $$y_t = z_t\, y_{t-1} + (1 - z_t) \tanh(C_t + r_t M_t + b_c),
    \quad z_t = \sigma(Z_t + b_z), \quad r_t = \sigma(R_t + b_r)$$

    The port `memory` ($M$) carries only the recurrent current of the candidate. In this form,
    which is that of the fast libraries, no weight stands between gate and state, so the unit is
    elementwise; the first published form gates the state before its recurrent weights.

    Args:
        shape: number of units, or their axes.

    Source: Cho et al., EMNLP 2014; reset after the product: arXiv:1406.1078, version 1.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = GRU(1)
        >>> state = unit.step(unit.init(), *[jnp.ones(1)] * 3, jnp.zeros(1))
        >>> round(float(state.y[0]), 4)
        0.2048
    """

    ports = ("reset", "update", "candidate", "memory")
    input_ports = ("reset", "update", "candidate")
    recurrent_ports = ("reset", "update", "memory")
    bias_reset: Float[Array, "*units"]
    bias_update: Float[Array, "*units"]
    bias_candidate: Float[Array, "*units"]

    def __init__(self, shape: int | tuple[int, ...]) -> None:
        self.bias_reset = jnp.zeros(as_shape(shape))
        self.bias_update = jnp.zeros(as_shape(shape))
        self.bias_candidate = jnp.zeros(as_shape(shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias_reset.shape

    def init(self, batch: tuple[int, ...] = ()) -> OutputState:
        """Output at zero."""
        return OutputState(zeros(self, batch))

    def step(
        self,
        state: OutputState,
        reset: Array,
        update: Array,
        candidate: Array,
        memory: Array,
        *,
        key: PRNGKeyArray | None = None,
    ) -> OutputState:
        """One step; see the class for the equation."""
        r = jax.nn.sigmoid(reset + self.bias_reset)
        z = jax.nn.sigmoid(update + self.bias_update)
        new = jnp.tanh(candidate + r * memory + self.bias_candidate)
        return OutputState(z * state.y + (1 - z) * new)
