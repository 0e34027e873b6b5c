"""Pairs of devices with a given rate of bit errors."""

import jax.numpy as jnp
import jax.random as jr
import optax
from jax.scipy.stats import norm
from jaxtyping import Array

from ranvier.core import Cell
from ranvier.hardware.crossbar import BinaryPair, arrays, matrix, program
from ranvier.hardware.devices import (
    CycleNoise,
    Device,
    GaussianError,
    NormalSpread,
    Polynomial,
    PulsedDevice,
    SoftBounds,
    Spreads,
)
from ranvier.hardware.updates import matrices, weak_reset_pairs

MAXIMUM_uS = 40.0
CELL = BinaryPair(low=0.3, high=0.7)
"""Levels inside the range, so that few devices err below zero, where they would stop."""


def error_width_uS(rate: float) -> float:
    r"""The spread of each device with which a comparison of two is wrong at some rate.

    $$p = \Phi\left(-\frac{G_{high} - G_{low}}{\sqrt{2}\, \sigma}\right)$$

    Args:
        rate: $p$, below one half.

    Example:
        >>> round(error_width_uS(0.02275), 2)
        5.66
    """
    apart = (CELL.high - CELL.low) * MAXIMUM_uS
    return float(apart / (jnp.sqrt(2.0) * -norm.ppf(rate)))


def in_pairs(model: Cell, rate: float, *, key: jnp.ndarray) -> Cell:
    """A network of one-bit weights in pairs of devices.

    Args:
        model: its weights have one magnitude per output.
        rate: of bit errors that is aimed at; 0 for none.
        key: draws the devices.
    """
    # An array as a coefficient: one program serves all rates.
    width = jnp.asarray(error_width_uS(rate) if rate else 0.0)
    error = GaussianError(Polynomial((width,)))  # type: ignore[arg-type]
    device = Device(maximum_uS=MAXIMUM_uS, programming=error)
    return program(model, device, key=key, cell=CELL)


def wrong_bits(on_arrays: Cell) -> float:
    """Which share of the signs is not what was asked for.

    Args:
        on_arrays: a network in pairs.
    """
    return float(share_wrong(on_arrays))


def share_wrong(on_arrays: Cell) -> Array:
    """The same, as JAX traces it.

    Args:
        on_arrays: a network in pairs.
    """
    wrong = [jnp.sign(matrix(a.synapse)) != jnp.sign(a.target) for a in arrays(on_arrays)]
    return jnp.concatenate([jnp.ravel(one) for one in wrong]).mean()


def filament() -> PulsedDevice:
    """A filament under weak reset pulses: a hundredth of what is left per pulse, and spread.

    The numbers are ours; none is measured.

    Example:
        >>> filament().step
        0.02
    """
    return PulsedDevice(
        SoftBounds(),
        step=0.02,
        spreads=Spreads(NormalSpread(0.3), high=0.1, low=0.1),
        noise=CycleNoise(0.5),
    )


def learned_in_pairs(seed: int) -> optax.GradientTransformation:
    """What comes behind an optimiser so that pairs of filaments hold what it learns.

    Args:
        seed: draws the devices.

    Example:
        >>> held = learned_in_pairs(0)
    """
    held = weak_reset_pairs(
        filament(), limit=0.2, key=jr.fold_in(jr.key(seed), 1), clipped_at_most=0.9
    )
    return optax.masked(held, matrices)
