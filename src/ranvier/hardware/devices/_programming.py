"""How far a device ends from the conductance it was told to take."""

from typing import Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive
from ranvier.hardware.devices._curves import Curve


class Programming(Protocol):
    """From target to programmed conductance, both in uS.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> way: Programming = Exactly()
        >>> way(jnp.array([5.0]), 25.0, key=jax.random.key(0))
        Array([5.], dtype=float32)
    """

    def __call__(
        self, target_uS: Float[Array, "..."], maximum_uS: float, *, key: PRNGKeyArray
    ) -> Float[Array, "..."]: ...


class Exactly(eqx.Module):
    """Every device takes the conductance it was told.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> Exactly()(jnp.array([5.0]), 25.0, key=jax.random.key(0))
        Array([5.], dtype=float32)
    """

    def __call__(
        self, target_uS: Float[Array, "..."], maximum_uS: float, *, key: PRNGKeyArray
    ) -> Float[Array, "..."]:
        """The target."""
        return target_uS


class GaussianError(eqx.Module):
    r"""Iterative programming that ends near the target.

    $$g_{prog} = \max\big(0,\; g_T + m(r) + \sigma_p(r)\, \xi\big), \qquad r = g_T / g_{max}, \quad
    \xi \sim N(0, 1)$$

    Args:
        spread_uS: $\sigma_p$ in uS, over $r$.
        shift_uS: $m$ in uS, over $r$; `None` for none.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware.devices import Polynomial
        >>> error = GaussianError(Polynomial((0.5,)))
        >>> found = error(jnp.full(10_000, 10.0), 25.0, key=jax.random.key(0))
        >>> round(float(found.std()), 1)
        0.5
    """

    spread_uS: Curve
    shift_uS: Curve | None = None

    def __call__(
        self, target_uS: Float[Array, "..."], maximum_uS: float, *, key: PRNGKeyArray
    ) -> Float[Array, "..."]:
        """What the devices took, in uS."""
        spread = self.spread_uS(target_uS / maximum_uS)
        drawn = target_uS + spread * jr.normal(key, target_uS.shape, target_uS.dtype)
        if self.shift_uS is not None:
            drawn = drawn + self.shift_uS(target_uS / maximum_uS)
        return jnp.maximum(drawn, 0.0)


class Levels(eqx.Module):
    r"""Only so many conductances can be aimed at, equally spaced from 0 to the largest.

    Args:
        count: of levels, at least 2.
        write: how a level is written; exactly if not given.

    Raises:
        ValueError: fewer than two levels.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> Levels(3)(jnp.array([6.0, 24.0]), 25.0, key=jax.random.key(0)).tolist()
        [0.0, 25.0]
    """

    count: int = eqx.field(static=True)
    write: Programming

    def __init__(self, count: int, write: Programming | None = None) -> None:
        if count < 2:
            raise ValueError(f"Levels: got {count} levels, expected at least 2.")
        self.count = int(count)
        self.write = Exactly() if write is None else write

    def __call__(
        self, target_uS: Float[Array, "..."], maximum_uS: float, *, key: PRNGKeyArray
    ) -> Float[Array, "..."]:
        """What the devices took, in uS."""
        step = maximum_uS / (self.count - 1)
        return self.write(step * jnp.round(target_uS / step), maximum_uS, key=key)


class WriteVerify(eqx.Module):
    r"""Write, read back, write again: a device is left alone once it reads close to its target.

    $$g \leftarrow \text{write}(g_T) \quad \text{while } |g + \sigma_v \xi - g_T| > \Delta
    \text{ and writes are left}$$

    A device that no write satisfies keeps the last.

    Args:
        write: one write.
        tolerance_uS: $\Delta$.
        writes: at most; at least 1.
        verify_noise_uS: $\sigma_v$, of one reading back.

    Raises:
        ValueError: a tolerance or a number of writes that is not positive.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware.devices import Polynomial
        >>> once = GaussianError(Polynomial((1.0,)))
        >>> verified = WriteVerify(once, tolerance_uS=0.2, writes=30)
        >>> found = verified(jnp.full(1000, 10.0), 25.0, key=jax.random.key(0))
        >>> bool((abs(found - 10.0) <= 0.2).mean() > 0.98)
        True
    """

    write: Programming
    tolerance_uS: float
    writes: int = eqx.field(static=True)
    verify_noise_uS: float

    def __init__(
        self,
        write: Programming,
        *,
        tolerance_uS: float,
        writes: int = 20,
        verify_noise_uS: float = 0.0,
    ) -> None:
        positive("WriteVerify", tolerance_uS=tolerance_uS, writes=writes)
        self.write = write
        self.tolerance_uS = float(tolerance_uS)
        self.writes = int(writes)
        self.verify_noise_uS = float(verify_noise_uS)

    def __call__(
        self, target_uS: Float[Array, "..."], maximum_uS: float, *, key: PRNGKeyArray
    ) -> Float[Array, "..."]:
        """What the devices took, in uS."""
        return self.count(target_uS, maximum_uS, key=key)[0]

    def count(
        self, target_uS: Float[Array, "..."], maximum_uS: float, *, key: PRNGKeyArray
    ) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
        """What the devices took, in uS, and how often each was written."""

        def attempt(held: tuple[Array, Array, Array], key: PRNGKeyArray) -> tuple:
            at, taken, writes = held
            write_key, read_key = jr.split(key)
            written = self.write(target_uS, maximum_uS, key=write_key)
            at = jnp.where(taken, at, written)
            writes = writes + ~taken
            read = at + self.verify_noise_uS * jr.normal(read_key, at.shape, at.dtype)
            return (at, taken | (jnp.abs(read - target_uS) <= self.tolerance_uS), writes), None

        nothing = jnp.zeros(target_uS.shape, bool)
        start = (target_uS, nothing, jnp.zeros(target_uS.shape, jnp.int32))
        (at, _, writes), _ = jax.lax.scan(attempt, start, jr.split(key, self.writes))
        return at, writes
