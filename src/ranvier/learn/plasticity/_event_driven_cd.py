"""Event-driven contrastive divergence: plasticity at spikes, with a sign that changes in time."""

import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ranvier.core import positive
from ranvier.nets import Correlations, Spikes


def modulation(
    half_ms: float = 70.0, *, silent: float = 0.1, time_step_ms: float = 1.0
) -> Float[np.ndarray, "time"]:
    r"""The global signal $g$ over a cycle: +1 while data are clamped, -1 while all runs free.

    Args:
        half_ms: of either half of a cycle.
        silent: share of each half at its beginning, in which $g = 0$.
        time_step_ms: between two values.

    Returns:
        One value per step of a cycle.

    Raises:
        ValueError: a half without a step, or a share outside 0 to 1.

    Source: Neftci et al., Front. Neurosci. 7:272 (2014): 35 refractory periods of 4 ms a cycle.

    Example:
        >>> modulation(4.0, silent=0.25).tolist()
        [0.0, 1.0, 1.0, 1.0, 0.0, -1.0, -1.0, -1.0]
    """
    positive("modulation", half_ms=half_ms, time_step_ms=time_step_ms)
    steps = round(half_ms / time_step_ms)
    if steps < 1 or not 0 <= silent < 1:
        raise ValueError(
            f"modulation: got {steps} steps a half, of which a share of {silent} is silent; "
            "expected at least one, and a share from 0 to below 1."
        )
    on = (np.arange(steps) >= round(silent * steps)).astype(float)
    return np.concatenate([on, 0 - on])


class EventDrivenCDState(NamedTuple):
    """Traces of recent spikes, and the changes so far.

    Attributes:
        traces: of every unit, before the spikes of the next step.
        change: in all, summed over examples, not scaled.

    Example:
        See `EventDrivenCD`.
    """

    traces: Spikes
    change: Correlations


class EventDrivenCD(eqx.Module):
    r"""Event-driven contrastive divergence, eCD: a symmetric window, and a global sign $g(t)$.

    $$\Delta w_{ij} = \sum_t g(t) \left(s^v_i x^h_j + x^v_i s^h_j + s^v_i s^h_j\right), \qquad
    x_t = e^{-\Delta t/\tau} (x_{t-1} + s_{t-1})$$

    Every spike meets the trace of the other side; spikes at once count as a pair with lag zero.
    Biases learn by the same rule from their always active units. Divided by what the window holds,
    $r^2 (1 - d) / (1 + d)$ per step of a phase with $d = e^{-\Delta t/\tau}$ and $r$ steps of
    being active per spike, the change becomes $\langle v h \rangle_{data} -
    \langle v h \rangle_{model}$ where rates change slowly.

    Args:
        tau_ms: $\tau$ of the traces on both sides.
        refractory_ms: for which a spike counts as an active unit.
        time_step_ms: $\Delta t$.

    Raises:
        ValueError: a constant that is not positive.

    Source: Neftci et al., Front. Neurosci. 7:272 (2014), section 2.4; the scale is our own.

    Example:
        A hidden spike one step after a visible one, while data are shown.

        >>> import jax.numpy as jnp
        >>> rule, none = EventDrivenCD(), jnp.zeros((2, 1, 1))
        >>> spikes = Spikes(none.at[0].set(1.0), none.at[1].set(1.0), none, none)
        >>> summed = rule.in_turn(spikes, jnp.ones(2))
        >>> round(float(summed.weight[0, 0]), 4), round(math.exp(-1 / 4), 4)
        (0.7788, 0.7788)
    """

    tau_ms: float
    refractory_ms: float
    time_step_ms: float

    def __init__(
        self, tau_ms: float = 4.0, *, refractory_ms: float = 4.0, time_step_ms: float = 1.0
    ) -> None:
        positive(
            "EventDrivenCD", tau_ms=tau_ms, refractory_ms=refractory_ms, time_step_ms=time_step_ms
        )
        self.tau_ms, self.refractory_ms = float(tau_ms), float(refractory_ms)
        self.time_step_ms = float(time_step_ms)

    @property
    def decay(self) -> float:
        """$d$: what is left of a trace after a step."""
        return math.exp(-self.time_step_ms / self.tau_ms)

    def init(self, spikes: Spikes) -> EventDrivenCDState:
        """No trace, no change; `spikes` are those of any one step."""
        flat = jax.tree.map(lambda s: jnp.zeros((math.prod(s.shape[:-1]), s.shape[-1])), spikes)
        shapes = (flat.visible.shape[1], flat.hidden.shape[1])
        change = Correlations(jnp.zeros(shapes), jnp.zeros(shapes[0]), jnp.zeros(shapes[1]))
        return EventDrivenCDState(flat, change)

    def step(
        self, state: EventDrivenCDState, spikes: Spikes, sign: Float[Array, ""]
    ) -> EventDrivenCDState:
        """The change by the spikes of one step, as a circuit makes it, and the traces after them.

        Args:
            state: before.
            spikes: of this step, `[..., units]`.
            sign: $g$.
        """
        x = state.traces
        s = jax.tree.map(lambda s: s.reshape(-1, s.shape[-1]), spikes)

        def pairs(one: Array, other: Array, one_trace: Array, other_trace: Array) -> Array:
            return one.T @ (other_trace + other) + one_trace.T @ other

        now = Correlations(
            pairs(s.visible, s.hidden, x.visible, x.hidden),
            pairs(s.visible, s.visible_bias, x.visible, x.visible_bias)[:, 0],
            pairs(s.hidden, s.hidden_bias, x.hidden, x.hidden_bias)[:, 0],
        )
        change = jax.tree.map(lambda total, more: total + sign * more, state.change, now)
        traces = jax.tree.map(lambda x, s: self.decay * (x + s), x, s)
        return EventDrivenCDState(traces, change)

    def in_turn(self, spikes: Spikes, signs: Float[Array, "time"]) -> Correlations:
        """The change by many steps, one after another.

        Args:
            spikes: `[time, ..., units]`.
            signs: $g$ at every step.
        """
        start = self.init(jax.tree.map(lambda s: s[0], spikes))
        end, _ = jax.lax.scan(lambda s, at: (self.step(s, *at), None), start, (spikes, signs))
        return end.change

    def at_once(self, spikes: Spikes, signs: Float[Array, "time"]) -> Correlations:
        r"""The same change as `in_turn`, by one product per array over all of time.

        The sum over pairs is ordered by the spikes of one side: each meets the other side filtered
        forwards by $g(t)\,x_t$ and backwards by $g\,s$.

        Args:
            spikes: `[time, ..., units]`.
            signs: $g$ at every step.
        """

        def paired(one: Array, other: Array) -> Array:
            met = self._window(other.reshape(len(other), -1, other.shape[-1]), signs)
            return one.reshape(-1, one.shape[-1]).T @ met.reshape(-1, met.shape[-1])

        return Correlations(
            paired(spikes.visible, spikes.hidden),
            paired(spikes.visible, spikes.visible_bias)[:, 0],
            paired(spikes.hidden, spikes.hidden_bias)[:, 0],
        )

    def scaled(
        self, change: Correlations, examples: int, signs: Float[Array, "time"]
    ) -> Correlations:
        r"""A change as $\langle v h \rangle_{data} - \langle v h \rangle_{model}$.

        Args:
            change: of a cycle, summed over examples.
            examples: how many.
            signs: $g$ at every step of the cycle.
        """
        active = self.refractory_ms / self.time_step_ms
        window = (1 + self.decay) / (1 - self.decay) / active**2
        factor = 1 / (window * examples * (signs > 0).sum())
        return jax.tree.map(lambda total: factor * total, change)

    def _window(self, s: Float[Array, "time n units"], signs: Array) -> Array:
        def forwards(trace: Array, at: tuple[Array, Array]) -> tuple[Array, Array]:
            spikes, sign = at
            trace = self.decay * trace + spikes
            return trace, sign * trace

        def backwards(trace: Array, at: tuple[Array, Array, Array]) -> tuple[Array, Array]:
            spikes, sign, before = at
            return self.decay * (trace + sign * spikes), before + trace

        none = jnp.zeros_like(s[0])
        before = jax.lax.scan(forwards, none, (s, signs))[1]
        return jax.lax.scan(backwards, none, (s, signs, before), reverse=True)[1]
