"""Non-leaky integrate-and-fire with exponential currents: one spike each, in closed form."""

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ranvier.nets.single_spike._causal import BySorting, CausalSet


class MostafaLayer(eqx.Module):
    r"""Units that integrate exponential currents without a leak, and fire at most one spike.

    $$\dot V_j = \sum_{i:\, t_i \le t} \frac{w_{ji}}{\tau} e^{-(t - t_i) / \tau}, \qquad
    V_j(t_j) = 1$$

    Times are given as $z = e^{t / \tau}$, in which everything is linear but for who is heard:

    $$V_j(z) = \sum_{z_i \le z} w_{ji} \left(1 - \frac{z_i}{z}\right), \qquad
    z_j = \frac{\sum_{i \in C_j} w_{ji} z_i}{\sum_{i \in C_j} w_{ji} - 1}, \qquad
    C_j = \{i : z_i < z_j\}$$

    The unit is silent, $z_j = \infty$, if no such set has weights of more than one in all. Within
    a causal set $C_j$ the derivatives are exact, and they are zero outside:

    $$\frac{\partial z_j}{\partial w_{jp}} = \frac{z_p - z_j}{\sum_C w_{ji} - 1}, \qquad
    \frac{\partial z_j}{\partial z_p} = \frac{w_{jp}}{\sum_C w_{ji} - 1}$$

    They grow without bound where the weights of a set come down to one. A silent unit has no
    derivative. Discretisation: none. Step by step, the same unit is a
    `Refractory(Driven(IF(units), {"synapse": ("dendrite", Exponential(tau_ms))}))`: see
    [`clocked`][ranvier.nets.single_spike.clocked].

    Args:
        weight: $w$, `[units, inputs]`.
        causal: how the set is found.

    Raises:
        ValueError: a weight that is no matrix.

    Source: Mostafa, IEEE Trans. Neural Netw. Learn. Syst. 29 (2018), eqs. 1-8.

    Example:
        One input of weight 2: $2 (1 - 1 / z) = 1$ at $z = 2$. One of weight 1 never gets there.

        >>> layer = MostafaLayer(jnp.array([[2.0], [1.0]]))
        >>> layer(jnp.array([1.0])).tolist()
        [2.0, inf]
    """

    weight: Float[Array, "units inputs"]
    causal: CausalSet

    def __init__(
        self, weight: Float[Array, "units inputs"], *, causal: CausalSet | None = None
    ) -> None:
        if jnp.ndim(weight) != 2:
            raise ValueError(
                f"MostafaLayer: the weight has shape {jnp.shape(weight)}, expected [units, inputs]."
            )
        self.weight = weight
        self.causal = BySorting() if causal is None else causal

    @classmethod
    def random(
        cls,
        in_size: int,
        units: int,
        *,
        key: PRNGKeyArray,
        total: float = 4.0,
        causal: CausalSet | None = None,
    ) -> "MostafaLayer":
        r"""Draw the weights: $w \sim U(0, 2 s / n)$ of $n$ inputs, so that they add up to $s$.

        Args:
            in_size, units: widths before and after.
            key: draws the weights.
            total: $s$, more than one, or most units would be silent.
            causal: how the causal set is found.
        """
        weight = jr.uniform(key, (units, in_size), maxval=2 * total / in_size)
        return cls(weight, causal=causal)

    @property
    def in_size(self) -> int:
        """Width of what is heard."""
        return self.weight.shape[1]

    @property
    def units(self) -> int:
        """How many units there are."""
        return self.weight.shape[0]

    def __call__(self, z: Float[Array, "... inputs"]) -> Float[Array, "... units"]:
        r"""When each unit fires, as $e^{t / \tau}$; infinite where it does not."""
        sums = self.causal(self.weight, z)
        # Silent units divide by one on the way, so that no derivative is infinite.
        excess = jnp.where(sums.fires, sums.weights - 1, 1)
        return jnp.where(sums.fires, sums.weighted / excess, jnp.inf)

    def fired(self, z: Float[Array, "..."]) -> Array:
        """Which of these times, of inputs or of units, are real spikes."""
        return jnp.isfinite(z)

    def decide(
        self, before: Float[Array, "... inputs"], z: Float[Array, "... units"]
    ) -> Int[Array, "..."]:
        """The unit that fires first, the lower number of a tie; unit 0 if none does.

        Args:
            before: times of the inputs.
            z: times of these units.
        """
        return jnp.argmin(z, -1)
