r"""When a membrane next crosses its threshold: exact, by monotone pieces.

With $u = \tau \dot v$ the product $e^{t/\tau} u$ rises where $\sum_p i_p/\tau_p$ is negative and
falls where it is positive, and that sum of one or two exponentials changes its sign once at most.
So $u$ has one zero at most for one current and two for two, and between them $v$ is monotone: the
first piece that ends above the threshold holds the first crossing, and no crossing is missed,
however short.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.nets.continuous._membrane import Charge, Membrane, after, potential, slope

_BISECT_EVERY, _MOST_ITERATIONS = 8, 1200


def root(
    function: Callable[[Array], tuple[Array, Array]], low: Array, high: Array, wanted: Array
) -> Array:
    """Where functions change their sign from not positive to positive, to the last digits.

    Newton's steps, and a bisection wherever one would leave the bracket, and now and then: so
    the bracket shrinks whatever the function, and the iterations are enough for any.

    Args:
        function: from points to values and slopes, elementwise.
        low, high: brackets: not positive at the lower end, positive at the upper.
        wanted: which brackets hold a change of sign; of the others any point comes back.

    Example:
        >>> one = jnp.ones(1)
        >>> root(lambda x: (x**2 - 2, 2 * x), 0 * one, 2 * one, one > 0)
        Array([1.4142135], dtype=float32)
    """
    finest = 4 * jnp.finfo(high.dtype).eps * jnp.abs(high)

    def unfinished(held: tuple[Array, ...]) -> Array:
        return held[-1].any() & (held[0] < _MOST_ITERATIONS)

    def step(held: tuple[Array, ...]) -> tuple[Array, ...]:
        count, x, low, high, busy = held
        value, gradient = function(x)
        low, high = jnp.where(value > 0, low, x), jnp.where(value > 0, x, high)
        newton = x - value / jnp.where(gradient == 0, jnp.nan, gradient)
        # A step of nothing ends at the bracket; a comparison with no number is false.
        good = (newton >= low) & (newton <= high) & (count % _BISECT_EVERY > 0)
        moved = jnp.where(busy, jnp.where(good, newton, 0.5 * (low + high)), x)
        return count + 1, moved, low, high, busy & (jnp.abs(moved - x) > finest)

    start = (jnp.ones((), int), low, low, high, wanted & (high > low))
    return jax.lax.while_loop(unfinished, step, start)[1]


def turns(membrane: Membrane, charge: Charge, within_ms: Array) -> tuple[Array, ...]:
    """The times at which the membrane may turn, ascending; the end where there is no such time.

    Args:
        membrane: the constants.
        charge: at the start.
        within_ms: the length of the stretch that is looked at.
    """
    if len(membrane.currents_ms) == 1:
        return (_turn_of_one(membrane, charge, within_ms),)
    # Where the sum of currents over their time constants is zero, closed form.
    (fast, slow), (one, two) = membrane.currents_ms, charge.i
    ratio = -(one * slow) / jnp.where(two == 0, jnp.nan, two * fast)
    between = jnp.log(jnp.where(ratio > 0, ratio, jnp.nan)) / (1 / fast - 1 / slow)
    inside = (between > 0) & (between < within_ms)
    between = jnp.where(inside, between, within_ms)
    first = _turn(membrane, charge, jnp.zeros_like(between), between)
    return first, _turn(membrane, charge, between, within_ms)


def _turn_of_one(membrane: Membrane, charge: Charge, within_ms: Array) -> Array:
    """With one current, from $v = i$: closed form, and its limit for equal time constants."""
    (current_ms,), i = membrane.currents_ms, charge.i[0]
    apart = (current_ms - membrane.tau_ms) / membrane.tau_ms
    lead = 1 - charge.v / jnp.where(i == 0, jnp.nan, i)
    if apart == 0:
        time = current_ms * lead
    else:
        grown = apart * lead
        time = current_ms * jnp.log1p(jnp.where(grown > -1, grown, jnp.nan)) / apart
    return jnp.where((time > 0) & (time < within_ms), time, within_ms)


def _turn(membrane: Membrane, charge: Charge, low: Array, high: Array) -> Array:
    """Where the slope changes its sign in a piece in which it does so once at most."""
    ends = [slope(membrane, after(membrane, charge, t)) for t in (low, high)]
    changes = (ends[0] > 0) != (ends[1] > 0)
    rising = jnp.where(ends[1] > 0, 1.0, -1.0).astype(low.dtype)

    def function(t: Array) -> tuple[Array, Array]:
        later = after(membrane, charge, t)
        moved = slope(membrane, later)
        rates = sum(i / tau for tau, i in zip(membrane.currents_ms, later.i, strict=True))
        return rising * moved, -rising * (moved + rates) / membrane.tau_ms

    return jnp.where(changes, root(function, low, high, changes), high)


def first_crossing(
    membrane: Membrane, charge: Charge, within_ms: Array, turning: tuple[Array, ...]
) -> Array:
    """When the membrane first exceeds the threshold, infinite where it does not.

    Args:
        membrane: the constants.
        charge: at the start, not above the threshold.
        within_ms: the length of the stretch that is looked at.
        turning: as `turns` gives them.
    """
    low, high = jnp.zeros_like(within_ms), jnp.zeros_like(within_ms)
    found = jnp.zeros(within_ms.shape, bool)
    for end in (*turning, within_ms):
        above = potential(membrane, charge, end) > membrane.threshold
        low = jnp.where(found, low, high)
        high = jnp.where(found, high, end)
        found = found | above

    def function(t: Array) -> tuple[Array, Array]:
        later = after(membrane, charge, t)
        return later.v - membrane.threshold, slope(membrane, later)

    return jnp.where(found, root(function, low, high, found), jnp.inf)
