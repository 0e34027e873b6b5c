"""Units of one layer that divide the level of their input among themselves."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.typing import ArrayLike

from ranvier.core import Synapse
from ranvier.synapses._numbers import numbers


class LevelTuning(Synapse):
    r"""Every unit needs a level of input; of those that have it, the one that needs most silences
    the others in the same step.

    $$I_i = \begin{cases} z_i & z_i \ge l_i \text{ and } l_i \ge l_j \text{ for all } j
    \text{ with } z_j \ge l_j \\ 0 & \text{otherwise} \end{cases}$$

    So units that hear the same prefer bands of it: each from its own level up to the next one.
    Whether a unit fires is not decided here. This is a connection because it compares the units of
    a layer, which the elementwise dynamics of a neuron cannot.

    Without parameters. Put it behind the weights of a layer, in a `Series`; what reaches a unit is
    then either strong enough for it or nothing. Units of equal levels do not silence each other.

    Args:
        levels: $l$, one number per unit.

    Raises:
        ValueError: levels that are not one number per unit.

    Source: interconnected neurons of one layer that come to prefer levels of input, as the abstract
    of Pantazi et al., Nanotechnology 27:355205 (2016), is recalled. How their circuit does it is
    not known here: this mechanism is ours.

    Example:
        >>> tuning = LevelTuning([1.0, 3.0])
        >>> tuning(jnp.array([[2.0, 2.0], [4.0, 4.0], [0.5, 0.5]])).tolist()
        [[2.0, 0.0], [0.0, 4.0], [0.0, 0.0]]
    """

    levels: tuple[float, ...] = eqx.field(static=True)

    def __init__(self, levels: ArrayLike) -> None:
        given = np.asarray(levels, float)
        if given.ndim != 1 or not given.size or np.isnan(given).any():
            raise ValueError(f"LevelTuning: levels are {levels}, expected one number per unit.")
        self.levels = tuple(given.tolist())

    @property
    def in_size(self) -> int:
        """Number of units."""
        return len(self.levels)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return (self.in_size,)

    def __call__(
        self, z: Float[Array, "... units"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """What every unit hears; noiseless."""
        z = numbers(z)
        levels = jnp.asarray(self.levels, z.dtype)
        reached = z >= levels
        highest = jnp.where(reached, levels, -jnp.inf).max(-1, keepdims=True)
        return jnp.where(reached & (levels >= highest), z, 0.0)
