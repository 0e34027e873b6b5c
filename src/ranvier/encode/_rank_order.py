"""Rank order coding: only who spikes before whom says something."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ranvier.encode._checks import at_least, has_time, numbers_of


def ranks(values: Float[Array, "... units"]) -> Int[Array, "... units"]:
    """The rank of each unit, 0 for the largest value; of equal values the first unit comes first.

    Args:
        values: numbers, ranked along the last axis.

    Raises:
        TypeError: values that are whole numbers.
        ValueError: no axis.

    Example:
        >>> import jax.numpy as jnp
        >>> ranks(jnp.array([0.2, 0.9, 0.2])).tolist()
        [1, 0, 2]
    """
    values = numbers_of("ranks", values)
    if values.ndim < 1:
        raise ValueError("ranks: the values have no axis, expected [..., units].")
    order = jnp.argsort(-values, axis=-1, stable=True)
    # An order undone: cheaper than to sort it again.
    places = jnp.broadcast_to(jnp.arange(values.shape[-1]), values.shape)
    return jnp.put_along_axis(jnp.zeros_like(order), order, places, axis=-1, inplace=False)


def rank_order(
    values: Float[Array, "... units"], *, spikes: int | None = None
) -> Float[Array, "time ... units"]:
    r"""Units spike one after another, the largest value first; of equal values the first unit.

    $$x_k^{(i)} = 1 \iff \operatorname{rank}(v_i) = k, \qquad k = 0 \dots K - 1$$

    Any rising function of the values gives the same spikes: gain and offset are lost. The order of
    all $n$ units carries $\log_2 n!$ bits, about $n \log_2 n - 1.443\, n$; of the first $K$,
    $\log_2 (n! / (n - K)!)$.

    Args:
        values: $v$, along the last axis the units that are ranked.
        spikes: $K$, how many units spike, the first ones; all of them if None.

    Returns:
        0 and 1, `[K, ..., units]`, one spike per step.

    Raises:
        TypeError: values that are whole numbers.
        ValueError: no spikes, or more than units.

    Source: Thorpe, Gautrais, "Rank order coding", Computational Neuroscience (1998).

    Example:
        >>> import jax.numpy as jnp
        >>> rank_order(jnp.array([0.2, 0.9, 0.4]), spikes=2).tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    values = numbers_of("rank_order", values)
    of_unit = ranks(values)
    count = values.shape[-1] if spikes is None else spikes
    at_least("rank_order", "spikes", count, 1)
    if count > values.shape[-1]:
        raise ValueError(
            f"rank_order: spikes is {count}, expected at most one for each of the "
            f"{values.shape[-1]} units."
        )
    return (of_unit == jnp.arange(count).reshape(-1, *(1,) * values.ndim)).astype(values.dtype)


def decode_ranks(
    trains: Float[Array, "time ... units"], values_by_rank: Float[Array, "time"]
) -> Float[Array, "... units"]:
    r"""Give every unit the value that its place in the order stands for; 0 where it is silent.

    $$\hat v_i = m_{\operatorname{rank}(i)}$$

    Taken from examples, $m_k$ is the mean of the $k$-th largest value, which is the best that the
    order allows in the sense of squares.

    Args:
        trains: one spike per step, `[K, ..., units]`.
        values_by_rank: $m$, `[K]`.

    Raises:
        ValueError: no steps, or as many values as there are not steps.

    Source: VanRullen, Thorpe, Neural Comput. 13 (2001), for $m$ from examples.

    Example:
        >>> import jax.numpy as jnp
        >>> order = rank_order(jnp.array([0.2, 0.9, 0.4]), spikes=2)
        >>> decode_ranks(order, jnp.array([1.0, 0.5])).tolist()
        [0.0, 1.0, 0.5]
    """
    trains, by_rank = jnp.asarray(trains), jnp.asarray(values_by_rank)
    has_time("decode_ranks", trains)
    if by_rank.shape != trains.shape[:1]:
        raise ValueError(
            f"decode_ranks: values_by_rank has shape {by_rank.shape}, expected "
            f"({trains.shape[0]},), one value per step of the trains."
        )
    return jnp.tensordot(by_rank, trains, 1)


def decode_rank_order(
    trains: Float[Array, "time ... units"], *, modulation: float = 0.9
) -> Float[Array, "... units"]:
    r"""What each unit is worth to a neuron whose sensitivity falls with every spike that it gets.

    $$\hat v_i = m^{\operatorname{rank}(i)}$$

    A neuron with weights $w$ answers $\sum_i w_i \hat v_i$. Of all orders that one makes it answer
    most in which the weights themselves are ordered.

    Args:
        trains: one spike per step, `[K, ..., units]`.
        modulation: $m$, above 0 and at most 1; 0.8 to 0.9 in the source.

    Raises:
        ValueError: no steps, or a modulation outside its range.

    Source: Thorpe, Gautrais, "Rank order coding", Computational Neuroscience (1998).

    Example:
        >>> import jax.numpy as jnp
        >>> order = rank_order(jnp.array([0.2, 0.9, 0.4]))
        >>> decode_rank_order(order, modulation=0.5).tolist()
        [0.25, 1.0, 0.5]
    """
    trains = jnp.asarray(trains)
    has_time("decode_rank_order", trains)
    if not 0 < modulation <= 1:
        raise ValueError(
            f"decode_rank_order: modulation is {modulation!r}, expected above 0 and at most 1."
        )
    return decode_ranks(trains, modulation ** jnp.arange(trains.shape[0], dtype=jnp.float32))
