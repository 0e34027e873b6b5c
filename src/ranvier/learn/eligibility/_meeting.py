"""The moment at which a signal meets the traces: a sum over examples."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def meet(
    signal: Float[Array, "*batch n"], trace: Float[Array, "*batch n m"]
) -> Float[Array, "n m"]:
    """What each weight's trace is worth, summed over the examples.

    Args:
        signal: per unit.
        trace: per weight.

    Example:
        >>> meet(jnp.array([[1.0], [2.0]]), jnp.array([[[3.0]], [[4.0]]]))
        Array([[11.]], dtype=float32)
    """
    signals = signal.reshape(-1, signal.shape[-1])
    traces = trace.reshape(-1, *trace.shape[-2:])
    if len(signals) == 1:
        return signals[0, :, None] * traces[0]
    # As a matrix product, this is one per unit, for which a CPU copies all traces.
    return jax.lax.platform_dependent(signals, traces, cpu=_one_by_one, default=_at_once)


def _at_once(signals: Array, traces: Array) -> Array:
    return jnp.einsum("bn,bnm->nm", signals, traces)


def _one_by_one(signals: Array, traces: Array) -> Array:
    def add(example: Array, total: Array) -> Array:
        return total + signals[example][:, None] * traces[example]

    nothing = jnp.zeros(traces.shape[1:], jnp.result_type(signals, traces))
    return jax.lax.fori_loop(0, len(signals), add, nothing)
