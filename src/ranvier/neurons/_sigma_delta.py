"""Units that send what has changed, in messages with a size."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, one_of, positive, zeros
from ranvier.neurons._shape import as_shape

Messages = Literal["graded", "quantised", "unary"]
_MESSAGES = ("graded", "quantised", "unary")


class DeltaEncoderState(NamedTuple):
    """What the receivers know, `reference`, and the last message `y`, each `[..., *units]`.

    Example:
        >>> DeltaEncoder(2).init((5,)).reference.shape
        (5, 2)
    """

    reference: Float[Array, "..."]
    y: Float[Array, "..."]


class SigmaDeltaState(NamedTuple):
    """Sum of what arrived, `sigma`, and the state of the encoder, each `[..., *units]`.

    Example:
        >>> SigmaDelta(2).init((5,)).sigma.shape
        (5, 2)
    """

    sigma: Float[Array, "..."]
    reference: Float[Array, "..."]
    y: Float[Array, "..."]


def _message(difference: Array, threshold: float, kind: Messages) -> Array:
    """What is sent; its derivative is one, as if every change were sent in full."""
    size = jnp.abs(difference)
    if kind == "graded":
        sent = jnp.where(size > threshold, difference, 0.0)
    elif kind == "quantised":
        # The largest number of thresholds that is strictly below the difference.
        sent = jnp.sign(difference) * threshold * jnp.maximum(jnp.ceil(size / threshold) - 1, 0.0)
    else:
        sent = jnp.sign(difference) * jnp.where(size > threshold, threshold, 0.0)
    return jax.lax.stop_gradient(sent) + (difference - jax.lax.stop_gradient(difference))


class DeltaEncoder(Neuron):
    r"""Delta encoder: it sends the change of its input, and nothing while that stays the same.

    $$\Delta_t = I_t - r_{t-1}, \qquad y_t = q(\Delta_t)\ \text{if}\ |\Delta_t| > \theta
    \ \text{else}\ 0, \qquad r_t = r_{t-1} + y_t$$

    Whoever adds the messages up holds $r$, which follows the input:

    - `"graded"`: $q(\Delta) = \Delta$; then $|I - r| \le \theta$;
    - `"quantised"`: $q(\Delta)$ is the largest multiple of $\theta$ below $|\Delta|$, with its
      sign; then $|I - r| \le \theta$;
    - `"unary"`: $q(\Delta) = \pm\theta$, one message of one size; then
      $|I - r| \le \theta$ as long as the input moves by no more than $\theta$ per step, and it
      catches up by $\theta$ per step otherwise.

    No time constant, no reset; threshold test: strict; the input is not scaled. The derivative
    of a message with respect to $\Delta$ is taken as 1 (straight through), so that a network of
    these learns as if nothing were held back.

    Args:
        shape: number of units, or their axes.
        threshold: $\theta$, in units of the input.
        messages: `"graded"`, `"quantised"` or `"unary"`.

    Raises:
        ValueError: a threshold that is not positive, or an unknown kind of message (the nearest
            is named).

    Source: O'Connor, Welling, arXiv:1611.02024 (2016), section 3; Yousefzadeh et al., IEEE
        J. Emerg. Sel. Topics Circuits Syst. 9 (2019).

    Example:
        >>> import jax.numpy as jnp
        >>> unit, sent = DeltaEncoder(1, threshold=0.25), []
        >>> state = unit.init()
        >>> for value in (0.75, 0.75, 0.875, 0.25):
        ...     state = unit.step(state, jnp.array([value]))
        ...     sent.append(float(state.y[0]))
        >>> sent
        [0.75, 0.0, 0.0, -0.5]
    """

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)
    threshold: float
    messages: Messages = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: float = 0.1,
        messages: Messages = "graded",
    ) -> None:
        positive("DeltaEncoder", threshold=threshold)
        one_of("DeltaEncoder", "messages", messages, _MESSAGES)
        self.shape = as_shape(shape)
        self.threshold = float(threshold)
        self.messages = messages

    def init(self, batch: tuple[int, ...] = ()) -> DeltaEncoderState:
        """Nothing sent, nothing known."""
        return DeltaEncoderState(zeros(self, batch), zeros(self, batch))

    def step(
        self, state: DeltaEncoderState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> DeltaEncoderState:
        """One step; see the class for the equation."""
        y = _message(dendrite - state.reference, self.threshold, self.messages)
        return DeltaEncoderState(state.reference + y, y)


class SigmaDelta(Neuron):
    r"""Sigma-delta unit: it adds up the changes it gets, and sends the change of its activation.

    $$\sigma_t = \sigma_{t-1} + I_t, \qquad a_t = g(\sigma_t + b)$$

    and $a$ is sent by a `DeltaEncoder`. Where the senders are delta encoders and the synapses
    linear, $\sigma$ is the weighted sum of what they encode, so that a network of these computes
    what a network of units $g$ computes, up to the thresholds, and is silent while its input
    stays the same.

    Time: no time constant. Reset: none. Threshold test: strict. The input is not scaled.

    Args:
        shape: number of units, or their axes.
        threshold: $\theta$ of the encoder, in units of the activation.
        messages: `"graded"`, `"quantised"` or `"unary"`, see `DeltaEncoder`.
        g: activation; the bias $b$ learns and starts at zero.

    Raises:
        ValueError: a threshold that is not positive, or an unknown kind of message.

    Source: O'Connor, Welling, arXiv:1611.02024 (2016), section 3.2; Yousefzadeh et al., IEEE
        J. Emerg. Sel. Topics Circuits Syst. 9 (2019).

    Example:
        >>> import jax.numpy as jnp
        >>> unit, sent = SigmaDelta(1, threshold=0.25), []
        >>> state = unit.init()
        >>> for change in (0.75, 0.0, -2.0, 0.0):
        ...     state = unit.step(state, jnp.array([change]))
        ...     sent.append(float(state.y[0]))
        >>> sent
        [0.75, 0.0, -0.75, 0.0]
    """

    ports = ("dendrite",)
    bias: Float[Array, "*units"]
    encoder: DeltaEncoder
    g: Callable[[Array], Array] = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: float = 0.1,
        messages: Messages = "graded",
        g: Callable[[Array], Array] = jax.nn.relu,
    ) -> None:
        positive("SigmaDelta", threshold=threshold)
        one_of("SigmaDelta", "messages", messages, _MESSAGES)
        self.encoder = DeltaEncoder(shape, threshold=threshold, messages=messages)
        self.bias = jnp.zeros(self.encoder.shape)
        self.g = g

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias.shape

    def init(self, batch: tuple[int, ...] = ()) -> SigmaDeltaState:
        """Nothing arrived, nothing sent."""
        return SigmaDeltaState(zeros(self, batch), zeros(self, batch), zeros(self, batch))

    def step(
        self, state: SigmaDeltaState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> SigmaDeltaState:
        """One step; see the class for the equation."""
        sigma = state.sigma + dendrite
        sent = self.encoder.step(
            DeltaEncoderState(state.reference, state.y), self.g(sigma + self.bias)
        )
        return SigmaDeltaState(sigma, sent.reference, sent.y)
