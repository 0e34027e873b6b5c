"""Codes that write a number in digits: binary, timing, phase."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import at_least, has_time, numbers_of

# Whole numbers up to here are exact in single precision.
_EXACT = 2**24


def binary(values: Float[Array, "..."], bits: int) -> Float[Array, "1 ... bits"]:
    r"""Write a number as who spikes in one step: unit $j$ is binary digit $j$, the highest first.

    $$x = \frac{1}{2^n - 1} \sum_{j=0}^{n-1} 2^{\,n-1-j} y_j$$

    $n$ units carry $n$ bits.

    Args:
        values: $x$, within 0..1; what lies outside is taken as the nearer end.
        bits: $n$, at most 24.

    Returns:
        0 and 1, `[1, *values.shape, n]`.

    Raises:
        TypeError: values that are whole numbers.
        ValueError: no bits, or more than 24.

    Example:
        >>> import jax.numpy as jnp
        >>> binary(jnp.array(5 / 7), 3).tolist()
        [[1.0, 0.0, 1.0]]
    """
    values = numbers_of("binary", values, hint="Divide pixels by 255.")
    digits = _digits("binary", values, 2, bits)
    return digits.astype(values.dtype)[None]


def decode_binary(trains: Float[Array, "1 ... bits"]) -> Float[Array, "..."]:
    r"""The number that the units write: $|\hat x - x| \le 1 / 2 (2^n - 1)$.

    Args:
        trains: 0 and 1, `[1, ..., n]`, as `binary` gives it.

    Raises:
        ValueError: more than one step, or no bits.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(decode_binary(binary(jnp.array(0.25), 8))), 3)
        0.251
    """
    trains = jnp.asarray(trains)
    if trains.ndim < 2 or trains.shape[0] != 1 or not 1 <= trains.shape[-1] <= 24:
        raise ValueError(
            f"decode_binary: the trains have shape {trains.shape}, expected [1, ..., bits] with 1 "
            "to 24 bits, as `binary` gives them."
        )
    return _number(trains[0], 2)


def timing(values: Float[Array, "..."], units: int, slots: int) -> Float[Array, "slots ... units"]:
    r"""Write a number in slots of time: unit $j$ spikes once, in the slot of its digit.

    $$x = \frac{1}{M^n - 1} \sum_{j=0}^{n-1} M^{\,n-1-j} d_j, \qquad
    y_t^{(j)} = 1 \iff t = d_j$$

    $n$ units with $M$ slots carry $n \log_2 M$ bits.

    Args:
        values: $x$, within 0..1; what lies outside is taken as the nearer end.
        units: $n$.
        slots: $M$; $M^n$ at most $2^{24}$.

    Returns:
        0 and 1, `[M, *values.shape, n]`, one spike per unit.

    Raises:
        TypeError: values that are whole numbers.
        ValueError: no units, fewer than two slots, or more words than single precision tells apart.

    Example:
        >>> import jax.numpy as jnp
        >>> word = timing(jnp.array(42 / 99), 2, 10)
        >>> word.argmax(0).tolist()
        [4, 2]
    """
    values = numbers_of("timing", values, hint="Divide pixels by 255.")
    digits = _digits("timing", values, slots, units)
    at = jnp.arange(slots).reshape(-1, *(1,) * digits.ndim)
    return (digits == at).astype(values.dtype)


def decode_timing(trains: Float[Array, "slots ... units"]) -> Float[Array, "..."]:
    r"""The number that the units write: $|\hat x - x| \le 1 / 2 (M^n - 1)$.

    A unit that does not spike is taken as the digit 0, and of several spikes the first counts.

    Args:
        trains: 0 and 1, `[M, ..., n]`, as `timing` gives it.

    Raises:
        ValueError: fewer than two slots or no units.

    Example:
        >>> import jax.numpy as jnp
        >>> round(float(decode_timing(timing(jnp.array(0.3), 3, 10))), 3)
        0.3
    """
    trains = jnp.asarray(trains)
    if trains.ndim < 2 or trains.shape[0] < 2 or trains.shape[-1] < 1:
        raise ValueError(
            f"decode_timing: the trains have shape {trains.shape}, expected [slots, ..., units], "
            "as `timing` gives them."
        )
    return _number(jnp.argmax(trains > 0, 0), trains.shape[0])


def phase(values: Float[Array, "..."], bits: int, *, periods: int = 1) -> Float[Array, "time ..."]:
    r"""Weighted spikes: a spike at phase $k$ of a common clock weighs $2^{-(1 + k)}$.

    $$x = \sum_{k=0}^{K-1} 2^{-(1 + k)} y_k$$

    $K$ steps carry $K$ bits; the same again in every period.

    Args:
        values: $x$, within 0..1, cut to $K$ binary digits; 1 becomes $1 - 2^{-K}$.
        bits: $K$, steps of a period, at most 24.
        periods: how often the word is sent.

    Returns:
        0 and 1, `[K periods, *values.shape]`.

    Raises:
        TypeError: values that are whole numbers.
        ValueError: no bits, more than 24, or no period.

    Source: Kim, Kim, Huh, Lee, Choi, "Deep neural networks with weighted spikes", Neurocomputing
    311 (2018).

    Example:
        >>> import jax.numpy as jnp
        >>> phase(jnp.array(0.625), 4).tolist()
        [1.0, 0.0, 1.0, 0.0]
    """
    values = numbers_of("phase", values, hint="Divide pixels by 255.")
    at_least("phase", "periods", periods, 1)
    _few_words("phase", 2, bits)
    wide = jnp.clip(values, 0, 1).astype(jnp.result_type(values.dtype, jnp.float32))
    word = jnp.clip(jnp.floor(wide * 2**bits), 0, 2**bits - 1).astype(jnp.int32)
    shifts = jnp.arange(bits - 1, -1, -1).reshape(-1, *(1,) * values.ndim)
    once = ((word >> shifts) & 1).astype(values.dtype)
    return jnp.tile(once, (periods, *(1,) * values.ndim))


def decode_phase(trains: Float[Array, "time ..."], bits: int) -> Float[Array, "..."]:
    r"""The mean over periods of the weighted spikes: $0 \le x - \hat x \le 2^{-K}$.

    Args:
        trains: 0 and 1, whole periods of `bits` steps.
        bits: $K$, steps of a period.

    Raises:
        ValueError: no whole number of periods.

    Example:
        >>> import jax.numpy as jnp
        >>> float(decode_phase(phase(jnp.array(0.3), 4, periods=2), 4))
        0.25
    """
    trains = jnp.asarray(trains)
    has_time("decode_phase", trains)
    at_least("decode_phase", "bits", bits, 1)
    periods, rest = divmod(trains.shape[0], bits)
    if rest:
        raise ValueError(
            f"decode_phase: the trains have {trains.shape[0]} steps, expected whole periods of "
            f"{bits}."
        )
    weight = 0.5 ** (1 + jnp.arange(bits, dtype=jnp.float32))
    return jnp.tensordot(jnp.tile(weight, periods), trains, 1) / periods


def _few_words(owner: str, base: int, places: int) -> None:
    at_least(owner, "units" if owner == "timing" else "bits", places, 1)
    at_least(owner, "slots", base, 2)
    if base**places > _EXACT:
        raise ValueError(
            f"{owner}: {base}^{places} words are more than the {_EXACT} that single precision "
            "tells apart. Split the value over several words."
        )


def _digits(owner: str, values: Array, base: int, places: int) -> Array:
    """Digits of the nearest of `base ** places` levels, the highest first, on a new last axis."""
    _few_words(owner, base, places)
    level = jnp.round(jnp.clip(values, 0, 1).astype(jnp.float32) * (base**places - 1))
    powers = jnp.asarray([base**place for place in range(places - 1, -1, -1)], jnp.int32)
    return (level.astype(jnp.int32)[..., None] // powers) % base


def _number(digits: Array, base: int) -> Array:
    places = digits.shape[-1]
    powers = jnp.asarray([base**place for place in range(places - 1, -1, -1)], jnp.float32)
    return digits.astype(jnp.float32) @ powers / (base**places - 1)
