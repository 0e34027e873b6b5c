"""Unit cells: how several devices hold one weight."""

from typing import Protocol

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import positive


class UnitCell(Protocol):
    """From a weight within -1 and 1 to devices within 0 and 1, and back.

    0 is the smallest and 1 the largest conductance of the device.

    Example:
        >>> cell: UnitCell = DifferentialPair()
        >>> cell.devices
        2
    """

    @property
    def devices(self) -> int:
        """How many devices hold one weight."""
        ...

    def targets(self, weight: Float[Array, "..."]) -> Float[Array, "devices ..."]:
        """What the devices shall take."""
        ...

    def weight(self, held: Float[Array, "devices ..."]) -> Float[Array, "..."]:
        """The weight that devices stand for."""
        ...

    def spread(self, widths: Float[Array, "devices ..."]) -> Float[Array, "..."]:
        """The standard deviation of the weight, from those of independent devices."""
        ...


class DifferentialPair(eqx.Module):
    r"""Two devices per weight, one of which is left at its smallest conductance: $w = G^+ - G^-$.

    $$G^+ = \max(w, 0), \qquad G^- = \max(-w, 0)$$

    Example:
        >>> import jax.numpy as jnp
        >>> DifferentialPair().targets(jnp.array([0.5, -0.25])).tolist()
        [[0.5, 0.0], [0.0, 0.25]]
    """

    @property
    def devices(self) -> int:
        """Two."""
        return 2

    def targets(self, weight: Float[Array, "..."]) -> Float[Array, "devices ..."]:
        """The positive part, and the negative."""
        return jnp.stack([jnp.maximum(weight, 0.0), jnp.maximum(-weight, 0.0)])

    def weight(self, held: Float[Array, "devices ..."]) -> Float[Array, "..."]:
        """The difference."""
        return held[0] - held[1]

    def spread(self, widths: Float[Array, "devices ..."]) -> Float[Array, "..."]:
        """Variances add up."""
        return jnp.sqrt((widths**2).sum(axis=0))


class MultiDevice(eqx.Module):
    r"""Several devices of equal weight per polarity: errors of devices average out.

    $$w = \frac{1}{n} \sum_{k=1}^{n} \left(G^+_k - G^-_k\right)$$

    Every device of a polarity is told the same.

    Args:
        per_polarity: $n$.

    Raises:
        ValueError: fewer than one device.

    Source: Boybat et al., Nat. Commun. 9 (2018), for several devices per synapse.

    Example:
        >>> import jax.numpy as jnp
        >>> MultiDevice(2).targets(jnp.array(0.5)).tolist()
        [0.5, 0.5, 0.0, 0.0]
    """

    per_polarity: int = eqx.field(static=True)

    def __init__(self, per_polarity: int = 2) -> None:
        positive("MultiDevice", per_polarity=per_polarity)
        self.per_polarity = int(per_polarity)

    @property
    def devices(self) -> int:
        """Twice as many as there are per polarity."""
        return 2 * self.per_polarity

    def targets(self, weight: Float[Array, "..."]) -> Float[Array, "devices ..."]:
        """The positive part, and the negative, each as often as there are devices for it."""
        parts = DifferentialPair().targets(weight)
        return jnp.repeat(parts, self.per_polarity, axis=0)

    def weight(self, held: Float[Array, "devices ..."]) -> Float[Array, "..."]:
        """The mean difference."""
        n = self.per_polarity
        return held[:n].mean(axis=0) - held[n:].mean(axis=0)

    def spread(self, widths: Float[Array, "devices ..."]) -> Float[Array, "..."]:
        """Variances add up, and are averaged."""
        return jnp.sqrt((widths**2).sum(axis=0)) / self.per_polarity


class BinaryPair(eqx.Module):
    r"""Two devices per sign (2T2R): a sense amplifier says which of them conducts more.

    $$w = \operatorname{sign}(G^+ - G^-)$$

    so that an error of a device counts only where it turns the comparison around.

    Args:
        low, high: what the two devices are told, between 0 and 1.

    Raises:
        ValueError: levels that are not apart.

    Source: Bocquet et al., IEDM 2018; Hirtzlin et al., Front. Neurosci. 13 (2020).

    Example:
        >>> import jax.numpy as jnp
        >>> cell = BinaryPair()
        >>> cell.weight(cell.targets(jnp.array([0.3, -0.2]))).tolist()
        [1.0, -1.0]
    """

    low: float
    high: float

    def __init__(self, low: float = 0.0, high: float = 1.0) -> None:
        if not 0 <= low < high <= 1:
            raise ValueError(
                f"BinaryPair: low is {low} and high {high}, expected 0 <= low < high <= 1."
            )
        self.low, self.high = float(low), float(high)

    @property
    def devices(self) -> int:
        """Two."""
        return 2

    def targets(self, weight: Float[Array, "..."]) -> Float[Array, "devices ..."]:
        """One device high and one low; a weight of zero counts as positive."""
        one = jnp.where(weight >= 0, self.high, self.low).astype(weight.dtype)
        return jnp.stack([one, self.high + self.low - one])

    def weight(self, held: Float[Array, "devices ..."]) -> Float[Array, "..."]:
        """What the comparison says, 1 or -1."""
        return jnp.where(held[0] >= held[1], 1.0, -1.0).astype(held.dtype)

    def spread(self, widths: Float[Array, "devices ..."]) -> Float[Array, "..."]:
        """Refused: noise turns a comparison around or it does not."""
        raise ValueError(
            "BinaryPair: a comparison has no standard deviation. Draw a reading with `drift(..., "
            "key=...)`, which holds, in place of noise at every reading."
        )
