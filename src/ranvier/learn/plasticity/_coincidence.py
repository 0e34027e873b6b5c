"""Simplified STDP: a spike asks which inputs were active with it."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive
from ranvier.learn.plasticity._sums import outer


class CoincidenceState(NamedTuple):
    """How long ago each input was active.

    Attributes:
        age: steps since the last spike, no more than the window, `[..., pre]`.

    Example:
        See `CoincidenceSTDP`.
    """

    age: Float[Array, "... pre"]


class CoincidenceSTDP(eqx.Module):
    r"""Simplified STDP: at a postsynaptic spike, inputs that were active of late are raised by one
    step, all others lowered by one.

    $$\Delta w_{ij} = y_i \left(A_+ a_j - A_- (1 - a_j)\right), \qquad
    a_j = 1 \text{ if input } j \text{ spiked in the last } W \text{ steps}$$

    The current step is the first of the $W$: an input that spikes with the neuron has taken part.
    Nothing happens between postsynaptic spikes. A weight that is active with the share $q$ of
    them rises in the mean where $q > A_- / (A_+ + A_-)$.

    Args:
        potentiation: $A_+$.
        depression: $A_-$.
        window: $W$, steps.

    Raises:
        ValueError: a change that is negative, or a window without a step.

    Source: the simplified rule of learning in phase-change synapses, as the correlation detectors
    of Tuma, Pantazi, Le Gallo, Sebastian, Eleftheriou, Nat. Nanotechnol. 11 (2016), and Pantazi et
    al., Nanotechnology 27:355205 (2016), are described to us; their sizes of steps and windows
    are not known here, and the defaults are ours.

    Example:
        >>> import jax.numpy as jnp
        >>> rule, weight = CoincidenceSTDP(0.5, 0.25), jnp.zeros((2, 3))
        >>> state, change = rule(
        ...     rule.init(weight), weight, jnp.array([1.0, 0.0, 1.0]), jnp.array([0.0, 1.0]))
        >>> change[1].tolist()
        [0.5, -0.25, 0.5]
    """

    potentiation: float
    depression: float
    window: int

    def __init__(
        self, potentiation: float = 0.05, depression: float = 0.02, *, window: int = 1
    ) -> None:
        positive("CoincidenceSTDP", window=window)
        if not potentiation >= 0 or not depression >= 0:
            raise ValueError(
                f"CoincidenceSTDP: potentiation is {potentiation} and depression {depression}, "
                "expected 0 or more: both are sizes."
            )
        self.potentiation, self.depression = float(potentiation), float(depression)
        self.window = int(window)

    def init(
        self, weight: Float[Array, "post pre"], batch: tuple[int, ...] = ()
    ) -> CoincidenceState:
        """No input was active."""
        return CoincidenceState(jnp.full((*batch, weight.shape[1]), self.window, weight.dtype))

    def __call__(
        self,
        state: CoincidenceState,
        weight: Float[Array, "post pre"],
        pre: Float[Array, "... pre"],
        post: Float[Array, "... post"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[CoincidenceState, Float[Array, "post pre"]]:
        """How long ago inputs were active, and the change; the key draws nothing."""
        age = jnp.where(pre > 0, 0.0, jnp.minimum(state.age + 1, self.window))
        wanted = jnp.where(age < self.window, self.potentiation, -self.depression)
        return CoincidenceState(age.astype(state.age.dtype)), outer(post, wanted).astype(
            weight.dtype
        )
