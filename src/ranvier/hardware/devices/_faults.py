"""Devices that do not do what they are told."""

import math
from typing import Protocol

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Bool, PRNGKeyArray

from ranvier.core import positive
from ranvier.hardware.devices._device import Device, Stored


class Fault(Protocol):
    """From programmed devices to the same with some that are stuck.

    Example:
        >>> kind: Fault = StuckAt(0.01, 0.0)
    """

    def __call__(self, stored: Stored, device: Device, *, key: PRNGKeyArray) -> Stored: ...


class StuckAt(eqx.Module):
    """A share of devices, drawn at random, stays at one conductance for ever.

    Args:
        share: of all devices, 0 to 1.
        level: where in the range of the device, 0 (high resistance) to 1 (low resistance); below
            0, down to nothing, for cells that were never formed.

    Raises:
        ValueError: a share or a level outside its range.

    Source: Zhang et al., Nat. Electron. 3 (2020), "yield".

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.ideal()
        >>> held = device.program(jnp.full(1000, 10.0), key=jax.random.key(0))
        >>> stuck = devices.StuckAt(0.1, 1.0)(held, device, key=jax.random.key(1))
        >>> sorted({round(float(g)) for g in stuck.programmed_uS})
        [10, 25]
    """

    share: float
    level: float

    def __init__(self, share: float, level: float) -> None:
        _share("StuckAt", share)
        if not level <= 1:
            raise ValueError(f"StuckAt: level is {level}, expected at most 1.")
        self.share, self.level = float(share), float(level)

    def __call__(self, stored: Stored, device: Device, *, key: PRNGKeyArray) -> Stored:
        """The devices, some of them stuck."""
        span = device.maximum_uS - device.minimum_uS
        at = max(device.minimum_uS + self.level * span, 0.0)
        hit = jr.uniform(key, stored.stuck.shape) < self.share
        return stuck_at(stored, hit, jnp.full_like(stored.programmed_uS, at))


class StuckAnywhere(eqx.Module):
    """A share of devices stays at conductances drawn evenly from the range, for ever.

    Args:
        share: of all devices, 0 to 1.

    Raises:
        ValueError: a share outside 0 to 1.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.ideal()
        >>> held = device.program(jnp.full(1000, 10.0), key=jax.random.key(0))
        >>> stuck = devices.StuckAnywhere(0.5)(held, device, key=jax.random.key(1))
        >>> bool(0.4 < stuck.stuck.mean() < 0.6)
        True
    """

    share: float

    def __init__(self, share: float) -> None:
        _share("StuckAnywhere", share)
        self.share = float(share)

    def __call__(self, stored: Stored, device: Device, *, key: PRNGKeyArray) -> Stored:
        """The devices, some of them stuck."""
        which, where = jr.split(key)
        hit = jr.uniform(which, stored.stuck.shape) < self.share
        at = jr.uniform(
            where, stored.stuck.shape, minval=device.minimum_uS, maxval=device.maximum_uS
        )
        return stuck_at(stored, hit, at.astype(stored.programmed_uS.dtype))


class OpenLines(eqx.Module):
    """A share of rows or columns is not connected: nothing flows through their devices.

    Args:
        share: of the lines, 0 to 1.
        axis: of the array `[devices, columns, rows]` that is counted along: `-1` for rows
            (inputs), `-2` for columns (outputs).

    Raises:
        ValueError: a share outside 0 to 1, or another axis.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.ideal()
        >>> held = device.program(jnp.full((2, 50, 80), 10.0), key=jax.random.key(0))
        >>> cut = devices.OpenLines(0.1, axis=-1)(held, device, key=jax.random.key(1))
        >>> bool((cut.stuck.all(axis=(0, 1)) == cut.stuck.any(axis=(0, 1))).all())
        True
    """

    share: float
    axis: int = eqx.field(static=True)

    def __init__(self, share: float, *, axis: int) -> None:
        _share("OpenLines", share)
        if axis not in (-1, -2):
            raise ValueError(f"OpenLines: axis is {axis}, expected -1 (rows) or -2 (columns).")
        self.share, self.axis = float(share), axis

    def __call__(self, stored: Stored, device: Device, *, key: PRNGKeyArray) -> Stored:
        """The devices, those of some lines without any conductance."""
        shape = stored.stuck.shape
        lines = jr.uniform(key, (shape[self.axis],)) < self.share
        along = lines if self.axis == -1 else lines[:, None]
        hit = jnp.broadcast_to(along, shape)
        return stuck_at(stored, hit, jnp.zeros_like(stored.programmed_uS))


class WornOut(eqx.Module):
    r"""Devices that were written too often: lifetimes with a Weibull distribution.

    $$P(\text{stuck after } n \text{ writes}) = 1 - e^{-(n / n_0)^k}$$

    A worn device stays at its largest conductance (a filament that no pulse breaks) or at its
    smallest.

    Args:
        writes: $n$.
        lifetime: $n_0$, writes after which 63 % are worn; there is no sourced value for it here.
        shape: $k$.
        level: where worn devices stay, 0 to 1 of the range.

    Raises:
        ValueError: a number that is not positive.

    Example:
        >>> round(WornOut(1e6, lifetime=1e6).share, 3)
        0.632
    """

    writes: float
    lifetime: float
    shape: float
    level: float

    def __init__(
        self, writes: float, *, lifetime: float, shape: float = 1.0, level: float = 1.0
    ) -> None:
        positive("WornOut", writes=writes, lifetime=lifetime, shape=shape)
        self.writes, self.lifetime = float(writes), float(lifetime)
        self.shape, self.level = float(shape), float(level)

    @property
    def share(self) -> float:
        """Of devices that are worn."""
        return -math.expm1(-((self.writes / self.lifetime) ** self.shape))

    def __call__(self, stored: Stored, device: Device, *, key: PRNGKeyArray) -> Stored:
        """The devices, some of them worn."""
        return StuckAt(self.share, self.level)(stored, device, key=key)


def stuck_at(stored: Stored, hit: Bool[Array, "..."], conductance_uS: Array) -> Stored:
    """The devices, those that are hit stuck from now on; one that was stuck before stays so.

    Args:
        stored: programmed devices.
        hit: which.
        conductance_uS: where.

    Example:
        See `StuckAt`.
    """
    new = hit & ~stored.stuck
    return stored._replace(
        programmed_uS=jnp.where(new, conductance_uS, stored.programmed_uS),
        stuck=stored.stuck | hit,
    )


def _share(owner: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{owner}: share is {share}, expected 0 to 1.")
