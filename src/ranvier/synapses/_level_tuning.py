"""Units of one layer that divide the level of their input among themselves."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.typing import ArrayLike

from ranvier.core import Synapse


class LevelTuning(Synapse):
    r"""Every unit hears a band of levels; of those that could hear, the one with the highest band
    silences the others in the same step.

    $$I_i = \begin{cases} z_i & l_i \le z_i < h_i \text{ and } l_i \ge l_j \text{ for all } j
    \text{ with } l_j \le z_j < h_j \\ 0 & \text{otherwise} \end{cases}$$

    Without parameters. Put it behind the weights of a layer, in a `Series`: what then reaches a
    unit is either strong enough for it or nothing. Units of equal $l$ do not silence each other.

    Args:
        low: $l$, one number per unit.
        high: $h$, one per unit; infinite if not given.

    Raises:
        ValueError: bands that are not one pair of rising numbers per unit.

    Source: interconnected neurons of one layer that come to prefer levels of input, as the abstract
    of Pantazi et al., Nanotechnology 27:355205 (2016), describes them. How their circuit does it is
    not known here: bands and precedence are a mechanism of ours.

    Example:
        >>> tuning = LevelTuning([1.0, 3.0], [5.0, 9.0])
        >>> tuning(jnp.array([[2.0, 2.0], [4.0, 4.0], [6.0, 2.0], [0.5, 0.5]])).tolist()
        [[2.0, 0.0], [0.0, 4.0], [0.0, 0.0], [0.0, 0.0]]
    """

    low: tuple[float, ...] = eqx.field(static=True)
    high: tuple[float, ...] = eqx.field(static=True)

    def __init__(self, low: ArrayLike, high: ArrayLike | None = None) -> None:
        below = np.asarray(low, float)
        shape = below.shape
        above = np.full(shape, np.inf) if high is None else np.asarray(high, float)
        if len(shape) != 1 or not shape[0] or above.shape != shape or not (below < above).all():
            raise ValueError(
                f"LevelTuning: bands from {low} to {high}, expected one pair of numbers per unit, "
                "the first below the second."
            )
        self.low, self.high = tuple(below.tolist()), tuple(above.tolist())

    @property
    def in_size(self) -> int:
        """Number of units."""
        return len(self.low)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return (self.in_size,)

    def __call__(
        self, z: Float[Array, "... units"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """What every unit hears; noiseless."""
        low, high = jnp.asarray(self.low, z.dtype), jnp.asarray(self.high, z.dtype)
        within = (z >= low) & (z < high)
        highest = jnp.where(within, low, -jnp.inf).max(-1, keepdims=True)
        return jnp.where(within & (low >= highest), z, 0.0)
