"""Pair-based spike-timing-dependent plasticity."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive
from ranvier.learn.plasticity._dependence import Additive, Dependence
from ranvier.learn.plasticity._sums import outer
from ranvier.learn.plasticity._traces import AllToAll, Trace


class PairSTDPState(NamedTuple):
    """Traces of the spikes on both sides, as they are just after a step.

    Attributes:
        pre: `[..., pre]`.
        post: `[..., post]`.

    Example:
        See `PairSTDP`.
    """

    pre: Float[Array, "... pre"]
    post: Float[Array, "... post"]


class PairSTDP(eqx.Module):
    r"""Pair-based STDP: what comes before a postsynaptic spike is strengthened, what comes after
    it weakened.

    $$\Delta w_{ij} = A_+ f_+(w_{ij})\, y_i x_j - A_- f_-(w_{ij})\, o_i z_j$$

    with the spikes $z_j$ before and $y_i$ behind the synapse, and their traces $x_j$ and $o_i$.
    Both traces are taken as they are just before the spikes of the step: two spikes of one step
    are a pair of neither kind. With additive dependence and traces that add up, independent
    Poisson spikes of rates $\nu$ change a weight by
    $\nu_i \nu_j (A_+ \tau_+ - A_- \tau_-)$ per time in the mean.

    Args:
        potentiation: $A_+$.
        depression: $A_-$.
        pre: trace of the presynaptic spikes, of $\tau_+$.
        post: trace of the postsynaptic spikes, of $\tau_-$.
        dependence: $f_+$ and $f_-$.
        time_step_ms: of one step.

    Raises:
        ValueError: a time step that is not positive.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), eq. 19.10-19.12, time
    constants of 16.8 and 33.7 ms as Pfister, Gerstner, J. Neurosci. 26 (2006), have them for the
    data of Bi, Poo, J. Neurosci. 18 (1998). The default amplitudes are ours.

    Example:
        One pair, 10 ms apart, and the same the other way round:

        >>> import jax.numpy as jnp
        >>> rule = PairSTDP(1.0, 1.0, pre=AllToAll(20.0), post=AllToAll(20.0))
        >>> weight = jnp.ones((1, 1))
        >>> def change(first, second):
        ...     state, total = rule.init(weight), 0.0
        ...     for step in range(21):
        ...         pre, post = jnp.array([[step == first], [step == second]], float)
        ...         state, moved = rule(state, weight, pre, post)
        ...         total += float(moved[0, 0])
        ...     return round(total, 4)
        >>> change(5, 15), change(15, 5), change(5, 5)
        (0.6065, -0.6065, 0.0)
    """

    potentiation: float
    depression: float
    pre: Trace
    post: Trace
    dependence: Dependence
    time_step_ms: float

    def __init__(
        self,
        potentiation: float = 0.01,
        depression: float = 0.0105,
        *,
        pre: Trace | None = None,
        post: Trace | None = None,
        dependence: Dependence | None = None,
        time_step_ms: float = 1.0,
    ) -> None:
        positive("PairSTDP", time_step_ms=time_step_ms)
        self.potentiation, self.depression = float(potentiation), float(depression)
        self.pre = AllToAll(16.8) if pre is None else pre
        self.post = AllToAll(33.7) if post is None else post
        self.dependence = Additive() if dependence is None else dependence
        self.time_step_ms = float(time_step_ms)

    def init(self, weight: Float[Array, "post pre"], batch: tuple[int, ...] = ()) -> PairSTDPState:
        """No spike so far."""
        post, pre = weight.shape
        return PairSTDPState(
            jnp.zeros((*batch, pre), weight.dtype), jnp.zeros((*batch, post), weight.dtype)
        )

    def __call__(
        self,
        state: PairSTDPState,
        weight: Float[Array, "post pre"],
        pre: Float[Array, "... pre"],
        post: Float[Array, "... post"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[PairSTDPState, Float[Array, "post pre"]]:
        """The traces after a step, and the change of every weight; the key draws nothing."""
        before = self.pre.faded(state.pre, self.time_step_ms)
        after = self.post.faded(state.post, self.time_step_ms)
        raised = self.potentiation * self.dependence.up(weight) * outer(post, before)
        lowered = self.depression * self.dependence.down(weight) * outer(after, pre)
        marked = PairSTDPState(self.pre.marked(before, pre), self.post.marked(after, post))
        return marked, (raised - lowered).astype(weight.dtype)
