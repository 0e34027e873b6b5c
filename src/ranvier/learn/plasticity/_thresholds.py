"""Which voltages change a device, and in which direction."""

from typing import Protocol

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import ascending, positive


class Thresholds(Protocol):
    """What a voltage across a device does to it.

    Example:
        >>> thresholds: Thresholds = Unipolar(1.0, 1.5)
    """

    def __call__(self, volts: Float[Array, "..."]) -> Float[Array, "..."]:
        """1 where it potentiates, -1 where it depresses, 0 where it does nothing."""
        ...


class Unipolar(eqx.Module):
    r"""The magnitude decides, as in phase-change memory: more heat crystallises, most heat melts.

    $$d = \begin{cases} 1 & V_{set} \le |V| < V_{reset} \\ -1 & |V| \ge V_{reset} \\
    0 & \text{otherwise} \end{cases}$$

    Args:
        set_V: $V_{set}$, from which on a pulse potentiates (SET, a part of the way).
        reset_V: $V_{reset}$, from which on it depresses (RESET).

    Raises:
        ValueError: thresholds that are not positive or do not rise.

    Example:
        >>> import jax.numpy as jnp
        >>> Unipolar(1.0, 1.5)(jnp.array([0.9, 1.0, -1.2, 1.5])).tolist()
        [0.0, 1.0, 1.0, -1.0]
    """

    set_V: float
    reset_V: float

    def __init__(self, set_V: float, reset_V: float) -> None:
        positive("Unipolar", set_V=set_V)
        ascending("Unipolar", set_V=set_V, reset_V=reset_V)
        self.set_V, self.reset_V = float(set_V), float(reset_V)

    def __call__(self, volts: Float[Array, "..."]) -> Float[Array, "..."]:
        """The direction of a pulse."""
        size = jnp.abs(volts)
        up = (size >= self.set_V) & (size < self.reset_V)
        return up.astype(volts.dtype) - (size >= self.reset_V).astype(volts.dtype)


class Bipolar(eqx.Module):
    r"""The sign decides, as in filamentary memory.

    $$d = \begin{cases} 1 & V \ge V_{set} \\ -1 & V \le -V_{reset} \\
    0 & \text{otherwise} \end{cases}$$

    Args:
        set_V: $V_{set}$, from which on a positive voltage potentiates.
        reset_V: $V_{reset}$, from which on a negative voltage depresses; its magnitude.

    Raises:
        ValueError: a threshold that is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> Bipolar(1.0, 1.5)(jnp.array([-1.5, -1.2, 0.9, 2.0])).tolist()
        [-1.0, 0.0, 0.0, 1.0]
    """

    set_V: float
    reset_V: float

    def __init__(self, set_V: float, reset_V: float) -> None:
        positive("Bipolar", set_V=set_V, reset_V=reset_V)
        self.set_V, self.reset_V = float(set_V), float(reset_V)

    def __call__(self, volts: Float[Array, "..."]) -> Float[Array, "..."]:
        """The direction of a pulse."""
        return (volts >= self.set_V).astype(volts.dtype) - (volts <= -self.reset_V).astype(
            volts.dtype
        )
