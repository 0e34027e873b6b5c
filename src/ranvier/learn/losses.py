"""Losses of one time step, what of a run is judged, and how steps are put together.

A loss maps `(output, target)`, each `[..., width]`, to one number per step, `[...]`. A decoding
maps the outputs `[T, B, width]` and the mask `[T, B]` to what is judged and its mask: every step,
or one answer per sequence. An average maps that mask to the factor that the sum over it is
multiplied by.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from ranvier.core import positive

Loss = Callable[[Array, Array], Array]
Average = Callable[[Array], Array]
Decoding = Callable[[Array, Array], tuple[Array, Array]]
ActivityCost = Callable[[tuple[Any, ...]], Array]
"""`(state over time per layer) -> cost`, a scalar; the last layer is the output."""


def bernoulli(
    logits: Float[Array, "... width"], target: Float[Array, "... width"]
) -> Float[Array, "..."]:
    r"""Negative log-likelihood of independent coins, nats per step.

    $$E = \sum_k \log(1 + e^{z_k}) - t_k z_k$$

    Args:
        logits: $z$.
        target: $t$, 0 or 1.

    Example:
        Eighty-eight undecided keys cost 88 ln 2.

        >>> round(float(bernoulli(jnp.zeros(88), jnp.zeros(88))), 3)
        60.997
    """
    return optax.sigmoid_binary_cross_entropy(logits, target).sum(-1)


def categorical(
    logits: Float[Array, "... width"], target: Float[Array, "... width"]
) -> Float[Array, "..."]:
    r"""Cross entropy of one class out of many, nats per step: $E = -\sum_k t_k \log p_k$.

    Args:
        logits: unnormalised log-probabilities.
        target: one-hot, or a distribution.

    Example:
        >>> round(float(categorical(jnp.zeros(4), jnp.array([1.0, 0, 0, 0]))), 4)
        1.3863
    """
    return optax.softmax_cross_entropy(logits, target)


def categorical_index(
    logits: Float[Array, "... width"], target: Int[Array, "..."]
) -> Float[Array, "..."]:
    r"""Cross entropy of one class out of many, given by its number: $E = -\log p_k$, nats per step.

    Args:
        logits: unnormalised log-probabilities.
        target: $k$, without the last axis of the logits.

    Example:
        >>> round(float(categorical_index(jnp.zeros(4), jnp.array(2))), 4)
        1.3863
    """
    return optax.softmax_cross_entropy_with_integer_labels(logits, target)


def squared_error(
    output: Float[Array, "... width"], target: Float[Array, "... width"]
) -> Float[Array, "..."]:
    r"""Half the squared distance, per step: $E = \frac12 \sum_k (y_k - t_k)^2$.

    Args:
        output: $y$.
        target: $t$, in the units of the output.

    Example:
        >>> float(squared_error(jnp.array([1.0, 2.0]), jnp.array([0.0, 0.0])))
        2.5
    """
    return 0.5 * jnp.square(output - target).sum(-1)


def time_to_first_spike(tau_ms: float, *, late: float = 0.0, late_tau_ms: float = 10.0) -> Loss:
    r"""Cross entropy of first spike times: the unit of the right class shall fire first, and soon.

    $$E = -\log \frac{e^{-t_c/\tau}}{\sum_k e^{-t_k/\tau}} + \alpha\, (e^{t_c/\tau_l} - 1)$$

    with $c$ the class; of the times $t_k$, see `first_spike_times`.

    Args:
        tau_ms: $\tau$: a lead of so much makes a class $e$ times likelier.
        late: $\alpha$, what a late answer costs.
        late_tau_ms: $\tau_l$.

    Raises:
        ValueError: a time constant that is not positive.

    Source: Göltz et al., Nat. Mach. Intell. 3 (2021); Wunderlich, Pehle, Sci. Rep. 11:12829 (2021).

    Example:
        >>> loss = time_to_first_spike(2.0)
        >>> round(float(loss(jnp.array([10.0, 12.0]), jnp.array([1.0, 0.0]))), 4)
        0.3133
    """
    positive("time_to_first_spike", tau_ms=tau_ms, late_tau_ms=late_tau_ms)

    def loss(times: Array, target: Array) -> Array:
        own = (target * times).sum(-1)
        return categorical(-times / tau_ms, target) + late * jnp.expm1(own / late_tau_ms)

    return loss


def every_step(
    outputs: Float[Array, "time batch width"], mask: Float[Array, "time batch"]
) -> tuple[Float[Array, "time batch width"], Float[Array, "time batch"]]:
    """Every valid step has a target of its own: nothing is decoded.

    Args:
        outputs: of the network.
        mask: 1 where a step counts.

    Example:
        >>> every_step(jnp.ones((5, 2, 3)), jnp.ones((5, 2)))[0].shape
        (5, 2, 3)
    """
    return outputs, mask


def mean_over_time(
    outputs: Float[Array, "time batch width"], mask: Float[Array, "time batch"]
) -> tuple[Float[Array, "1 batch width"], Float[Array, "1 batch"]]:
    r"""One answer per sequence, the mean output: $\bar y_k = \sum_t m_t y_k^t / \sum_t m_t$.

    The target is then `[1, B, width]`. Of spikes, it is the firing rate. The answer is only there
    when the sequence has ended, so `bptt` takes it and rules that learn forward in time do not.

    Args:
        outputs: of the network.
        mask: $m$, 1 where a step counts.

    Example:
        The third step is padding.

        >>> spikes = jnp.array([1.0, 0.0, 1.0]).reshape(3, 1, 1)
        >>> answer, counts = mean_over_time(spikes, jnp.array([[1.0], [1.0], [0.0]]))
        >>> float(answer[0, 0, 0]), counts.shape
        (0.5, (1, 1))
    """
    steps = mask.sum(0, keepdims=True)
    total = (outputs * mask[..., None]).sum(0, keepdims=True)
    return total / jnp.maximum(steps, 1)[..., None], (steps > 0).astype(mask.dtype)


def first_spike_times(time_step_ms: float) -> Decoding:
    r"""One answer per sequence, when each output unit fired first, in ms.

    $$t_k = \Delta\, \min \{n : y_k^n > 0\}$$

    and the end of the sequence where it did not. The target is then `[1, B, width]`. For
    `rules.event_prop`: a spike in one step and in the next differ by $\Delta$ in time, and so do
    the derivatives here; the slope of a surrogate has no part in them.

    Args:
        time_step_ms: $\Delta$.

    Raises:
        ValueError: a step that is not positive.

    Example:
        >>> spikes = jnp.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]).reshape(3, 1, 2)
        >>> first_spike_times(0.5)(spikes, jnp.ones((3, 1)))[0]
        Array([[[1. , 1.5]]], dtype=float32)
    """
    positive("first_spike_times", time_step_ms=time_step_ms)

    def decoding(outputs: Array, mask: Array) -> tuple[Array, Array]:
        valid = mask[..., None] > 0
        fired = (outputs > 0) & valid
        ever = fired.any(0)
        first = jnp.where(ever, fired.argmax(0), valid.sum(0))
        after = (jnp.arange(len(outputs))[:, None, None] > first) & ever
        moves = outputs - jax.lax.stop_gradient(outputs)
        times = first.astype(outputs.dtype) + jnp.where(after, moves, 0.0).sum(0)
        return time_step_ms * times[None], (valid.any(0)).T.astype(mask.dtype)

    return decoding


def per_step(mask: Float[Array, "time batch"]) -> Float[Array, ""]:
    """Mean over the valid steps of the whole batch.

    Args:
        mask: 1 where a step counts.

    Example:
        >>> float(per_step(jnp.array([[1.0, 1.0], [1.0, 0.0]])) * 3)
        1.0
    """
    return 1 / jnp.maximum(mask.sum(), 1)


def per_sequence(mask: Float[Array, "time batch"]) -> Float[Array, ""]:
    """Sum over the steps of a sequence, mean over the sequences that are not empty.

    Args:
        mask: 1 where a step counts.

    Example:
        >>> float(per_sequence(jnp.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])))
        0.5
    """
    return 1 / jnp.maximum((mask.max(0) > 0).sum(), 1)


def rate_cost(weight: float, spikes_per_step: float) -> ActivityCost:
    r"""A cost that pulls firing rates to a target: $E = c \sum_j (f_j - f^*)^2$.

    With $f_j$ the mean activity of unit $j$ over all steps of a sequence (those without a target
    as well), of every layer but the last; the mean over the sequences of a batch.

    Args:
        weight: $c$.
        spikes_per_step: $f^*$; a rate in hertz times the time step in seconds.

    Source: Bellec et al., Nat. Commun. 11 (2020), methods, "firing rate regularization".

    Example:
        >>> from collections import namedtuple
        >>> state = namedtuple("State", "y")(jnp.ones((10, 2, 3)))
        >>> float(rate_cost(0.5, 0.0)((state, state)))
        1.5
    """

    def cost(states: tuple[Any, ...]) -> Array:
        rates = [state.y.mean(0) for state in states[:-1]]
        return sum(
            (weight * jnp.square(r - spikes_per_step).sum() / len(r) for r in rates),
            start=jnp.zeros((), states[-1].y.dtype),
        )

    return cost


def spike_cost(weight: float) -> ActivityCost:
    r"""A price of activity: $E = c \sum_j f_j$, the same for every spike.

    With $f_j$ the mean activity of unit $j$ over all steps of a sequence, of every layer but the
    last; the mean over the sequences of a batch.

    Args:
        weight: $c$, what a spike of one unit in every step would cost.

    Example:
        >>> from collections import namedtuple
        >>> state = namedtuple("State", "y")(jnp.ones((10, 2, 3)))
        >>> float(spike_cost(0.5)((state, state)))
        1.5
    """

    def cost(states: tuple[Any, ...]) -> Array:
        rates = (state.y.mean((0, 1)).sum() for state in states[:-1])
        return weight * sum(rates, start=jnp.zeros((), states[-1].y.dtype))

    return cost
