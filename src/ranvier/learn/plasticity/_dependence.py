"""How the size of a change depends on the weight that is changed."""

from typing import Protocol

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import positive


class Dependence(Protocol):
    """Factors of potentiation and of depression over the weight.

    Example:
        >>> dependence: Dependence = Additive()
    """

    def up(self, weight: Float[Array, "..."]) -> Float[Array, "..."]:
        """By what potentiation is multiplied."""
        ...

    def down(self, weight: Float[Array, "..."]) -> Float[Array, "..."]:
        """By what depression is multiplied."""
        ...


class Additive(eqx.Module):
    r"""Changes do not depend on the weight: $f_+ = f_- = 1$; bounds are those of the memory.

    Source: Song, Miller, Abbott, Nat. Neurosci. 3 (2000).

    Example:
        >>> import jax.numpy as jnp
        >>> Additive().up(jnp.array([0.25])).tolist()
        [1.0]
    """

    def up(self, weight: Float[Array, "..."]) -> Float[Array, "..."]:
        """One."""
        return jnp.ones_like(weight)

    def down(self, weight: Float[Array, "..."]) -> Float[Array, "..."]:
        """One."""
        return jnp.ones_like(weight)


class Multiplicative(eqx.Module):
    r"""Potentiation shrinks towards the largest weight, depression towards zero.

    $$f_+(w) = w_{max} \left(1 - \frac{w}{w_{max}}\right)^{\mu_+}, \qquad
    f_-(w) = w_{max} \left(\frac{w}{w_{max}}\right)^{\mu_-}$$

    Exponents of one are purely multiplicative, of zero purely additive.

    Args:
        maximum: $w_{max}$.
        up_exponent: $\mu_+$.
        down_exponent: $\mu_-$.

    Raises:
        ValueError: a largest weight that is not positive, or a negative exponent.

    Source: Gütig, Aharonov, Rotter, Sompolinsky, J. Neurosci. 23 (2003), with one exponent for
    both; the reference is from memory.

    Example:
        >>> import jax.numpy as jnp
        >>> rule = Multiplicative(2.0)
        >>> rule.up(jnp.array([0.5])).tolist(), rule.down(jnp.array([0.5])).tolist()
        ([1.5], [0.5])
    """

    maximum: float
    up_exponent: float
    down_exponent: float

    def __init__(
        self, maximum: float = 1.0, *, up_exponent: float = 1.0, down_exponent: float = 1.0
    ) -> None:
        positive("Multiplicative", maximum=maximum)
        if not up_exponent >= 0 or not down_exponent >= 0:
            raise ValueError(
                f"Multiplicative: the exponents are {up_exponent} and {down_exponent}, expected 0 "
                "or more."
            )
        self.maximum = float(maximum)
        self.up_exponent, self.down_exponent = float(up_exponent), float(down_exponent)

    def up(self, weight: Float[Array, "..."]) -> Float[Array, "..."]:
        """What is left of the way to the largest weight."""
        return self.maximum * self._share(self.maximum - weight) ** self.up_exponent

    def down(self, weight: Float[Array, "..."]) -> Float[Array, "..."]:
        """What is left of the way to zero."""
        return self.maximum * self._share(weight) ** self.down_exponent

    def _share(self, weight: Array) -> Array:
        """Of the largest weight; rounding may carry a weight past a bound."""
        return jnp.clip(weight / self.maximum, 0.0, 1.0)
