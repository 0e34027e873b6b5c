"""Connections whose way back is not their way forth."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._around import Around


class Detached(Around):
    r"""Connections that carry activity and no derivative of it: $\partial I / \partial z \to 0$.

    Their own weights learn as always.

    Args:
        synapse: the connections, without a memory.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> synapse = Detached(Dense(jnp.array([[2.0]])))
        >>> jax.value_and_grad(lambda z: synapse(z)[0])(jnp.ones(1))
        (Array(2., dtype=float32), Array([0.], dtype=float32))
    """

    synapse: Synapse

    def __init__(self, synapse: Synapse) -> None:
        self.synapse = synapse

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        return self.synapse(jax.lax.stop_gradient(z), key=key)


class FeedbackAligned(Around):
    r"""Connections with fixed weights of their own for the way back: feedback alignment.

    $$I = W z, \qquad \frac{\partial I}{\partial z} \to B, \qquad
    \frac{\partial I_i}{\partial W_{ij}} = z_j$$

    so that an error reaches the senders through $B^\top$ in place of $W^\top$. Forward mode pushes
    through $B$ alike. $B$ does not learn.

    Args:
        synapse: $W$, without a memory.
        feedback: $B$, of the same shapes; as a function it must be linear.

    Raises:
        ValueError: a feedback of another shape.

    Source: Lillicrap, Cownden, Tweed, Akerman, Nat. Commun. 7 (2016).

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> synapse = FeedbackAligned(Dense(jnp.array([[2.0]])), Dense(jnp.array([[-3.0]])))
        >>> jax.value_and_grad(lambda z: synapse(z)[0])(jnp.ones(1))
        (Array(2., dtype=float32), Array([-3.], dtype=float32))
    """

    synapse: Synapse
    feedback: Synapse

    def __init__(self, synapse: Synapse, feedback: Synapse) -> None:
        one, two = (synapse.in_shape, synapse.shape), (feedback.in_shape, feedback.shape)
        if one != two:
            raise ValueError(
                f"FeedbackAligned: the connections go from {one[0]} to {one[1]}, their feedback "
                f"from {two[0]} to {two[1]}. Make them equal."
            )
        self.synapse = synapse
        self.feedback = feedback

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        current = self.synapse(jax.lax.stop_gradient(z), key=key)
        return current + unheard(z, self.feedback, current)


class KolenPollack(Around):
    r"""Connections whose weights for the way back learn what those for the way forth learn.

    $$I = W z, \qquad \frac{\partial I}{\partial z} \to B, \qquad \Delta B = \Delta W$$

    No weight is carried from one place to the other: both see the same activity and the same error.
    With weight decay, $W - B$ shrinks by the same factor in every update, whatever is learned, so
    that the feedback becomes the transpose. For e-prop this is adaptive feedback: give it to the
    readout, and decay both.

    Args:
        synapse: $W$, without a memory.
        feedback: $B$ at the start, of the same kind and shapes.

    Raises:
        ValueError: a feedback of another kind or shape.

    Source: Kolen, Pollack, ICNN 1994; Akrout, Wilson, Humphreys, Lillicrap, Tweed, NeurIPS 2019;
    for e-prop: Bellec et al., Nat. Commun. 11 (2020), "adaptive".

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> synapse = KolenPollack(Dense(jnp.array([[2.0]])), Dense(jnp.array([[-3.0]])))
        >>> found = jax.grad(lambda s: s(jnp.ones(1))[0])(synapse)
        >>> found.synapse.weight, found.feedback.weight
        (Array([[1.]], dtype=float32), Array([[1.]], dtype=float32))
    """

    synapse: Synapse
    feedback: Synapse

    def __init__(self, synapse: Synapse, feedback: Synapse) -> None:
        one, two = (jax.tree.map(jnp.shape, s) for s in (synapse, feedback))
        if jax.tree.structure(synapse) != jax.tree.structure(feedback) or one != two:
            raise ValueError(
                f"KolenPollack: the connections are {type(synapse).__name__} from "
                f"{synapse.in_shape} to {synapse.shape}, their feedback {type(feedback).__name__} "
                f"from {feedback.in_shape} to {feedback.shape}. Make them alike."
            )
        self.synapse = synapse
        self.feedback = feedback

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        heard = jax.lax.stop_gradient(z)
        current = self.synapse(heard, key=key)
        # Linear in its weights: their difference from themselves is nothing but a derivative.
        learning = only_derivative(self.feedback)(heard, key=key)
        return current + learning + unheard(z, self.feedback, current)


def only_derivative(synapse: Synapse) -> Synapse:
    """Connections of no weight, with the derivatives of those given.

    Args:
        synapse: linear connections.
    """
    return jax.tree.map(
        lambda leaf: leaf - jax.lax.stop_gradient(leaf) if eqx.is_inexact_array(leaf) else leaf,
        synapse,
    )


def unheard(z: Array, feedback: Synapse, like: Array) -> Array:
    """Zero, with the derivative by the activity that the feedback gives, and by nothing else.

    Args:
        z: presynaptic activity.
        feedback: linear connections.
        like: the current that this is added to.
    """
    constant = jax.tree.map(
        lambda leaf: jax.lax.stop_gradient(leaf) if eqx.is_inexact_array(leaf) else leaf, feedback
    )
    return _nothing(z, constant, jax.lax.stop_gradient(like))


@eqx.filter_custom_jvp
def _nothing(z: Array, feedback: Synapse, like: Array) -> Array:
    return jnp.zeros_like(like)


@_nothing.def_jvp
def _pushed(primals: Any, tangents: Any) -> tuple[Array, Array]:
    _, feedback, like = primals
    pushed = jnp.zeros_like(like) if tangents[0] is None else feedback(tangents[0])
    return jnp.zeros_like(like), pushed
