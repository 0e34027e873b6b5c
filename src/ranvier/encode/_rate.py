"""Rate coding: a number becomes how often a unit spikes."""

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray


def rate(
    values: Float[Array, "..."], steps: int, *, spikes: float, key: PRNGKeyArray
) -> Float[Array, "time ..."]:
    r"""Draw a spike train per value: in every step, a spike with a probability that it sets.

    $$P(x_t = 1) = v K / N, \qquad t = 1 \dots N$$

    independent from step to step. The number of spikes in $N$ steps has mean $v K$ and variance
    $v K (1 - v K / N)$.

    Args:
        values: $v$, within 0..1; what lies outside is taken as the nearer end.
        steps: $N$.
        spikes: $K$, mean number of spikes of the value 1, within 0..N.
        key: draws the spikes.

    Returns:
        0 and 1, `[N, *values.shape]`, in the precision of the values.

    Raises:
        TypeError: values that are whole numbers, such as pixels of 0..255.
        ValueError: no steps, or more spikes than steps.

    Source: the rate-coded images of Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell.
    2 (2020), as in IBM's neuroaikit.

    Example:
        Half of the full value, at most 6 spikes in 20 steps: 3 spikes on average.

        >>> import jax, jax.numpy as jnp
        >>> trains = rate(jnp.full(10_000, 0.5), 20, spikes=6, key=jax.random.key(0))
        >>> trains.shape, round(float(trains.sum(0).mean()), 1)
        ((20, 10000), 3.0)
    """
    values = jnp.asarray(values)
    if not jnp.issubdtype(values.dtype, jnp.floating):
        raise TypeError(
            f"rate: the values are of type {values.dtype}; expected floating-point numbers within "
            "0..1. Divide pixels by 255."
        )
    if steps < 1:
        raise ValueError(f"rate: steps is {steps}, expected at least 1.")
    if not 0 <= spikes <= steps:
        raise ValueError(
            f"rate: spikes is {spikes} in {steps} steps; expected 0 to {steps}, at most one in "
            "every step. Take more steps."
        )
    probability = jnp.clip(values, 0, 1) * (spikes / steps)
    drawn = jr.uniform(key, (steps, *values.shape), jnp.result_type(values.dtype, jnp.float32))
    return (drawn < probability).astype(values.dtype)
