"""The restricted Boltzmann machine: its energy, its conditional and its exact distribution."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive

_MOST_ENUMERATED = 20


class Correlations(NamedTuple):
    r"""How often units are active, alone and in pairs: $\langle v h \rangle$ and its like.

    Attributes:
        weight: $\langle v_i h_j \rangle$, `[visible, hidden]`.
        visible_bias: $\langle v_i \rangle$, `[visible]`.
        hidden_bias: $\langle h_j \rangle$, `[hidden]`.

    Example:
        >>> import jax.numpy as jnp
        >>> machine = RestrictedBoltzmann(jnp.zeros((3, 2)), jnp.zeros(3), jnp.zeros(2))
        >>> machine.exact_correlations().weight.round(2).tolist()
        [[0.25, 0.25], [0.25, 0.25], [0.25, 0.25]]
    """

    weight: Float[Array, "visible hidden"]
    visible_bias: Float[Array, "visible"]
    hidden_bias: Float[Array, "hidden"]


class RestrictedBoltzmann(eqx.Module):
    r"""A restricted Boltzmann machine of binary units, 0 or 1.

    $$P(v, h) \propto e^{-E(v, h)}, \qquad E(v, h) = -v^T W h - b^T v - c^T h$$

    so that units of one side are independent of each other, given the other side:
    $P(h_j = 1 | v) = \sigma(c_j + \sum_i v_i W_{ij})$.

    Args:
        weight: $W$, `[visible, hidden]`.
        visible_bias: $b$, `[visible]`.
        hidden_bias: $c$, `[hidden]`.

    Raises:
        ValueError: biases that do not fit the weights.

    Source: Hinton, Neural Comput. 14 (2002), section 5; Smolensky, 1986.

    Example:
        >>> import jax.numpy as jnp
        >>> machine = RestrictedBoltzmann(jnp.ones((2, 1)), jnp.zeros(2), jnp.array([-2.0]))
        >>> machine.hidden_probability(jnp.array([1.0, 1.0])).tolist()
        [0.5]
    """

    weight: Float[Array, "visible hidden"]
    visible_bias: Float[Array, "visible"]
    hidden_bias: Float[Array, "hidden"]

    def __check_init__(self) -> None:
        biases = (*jnp.shape(self.visible_bias), *jnp.shape(self.hidden_bias))
        if jnp.shape(self.weight) != biases:
            raise ValueError(
                f"RestrictedBoltzmann: the weights have shape {jnp.shape(self.weight)}, the biases "
                f"{jnp.shape(self.visible_bias)} and {jnp.shape(self.hidden_bias)}; expected "
                "[visible, hidden], [visible] and [hidden]."
            )

    @classmethod
    def random(
        cls, visible: int, hidden: int, *, key: PRNGKeyArray, spread: float = 0.01
    ) -> "RestrictedBoltzmann":
        """Small normal weights, no biases.

        Args:
            visible, hidden: numbers of units.
            key: draws the weights.
            spread: standard deviation.

        Raises:
            ValueError: no units, or a spread that is not positive.

        Source: Hinton, "A practical guide to training restricted Boltzmann machines" (2010),
            section 8.
        """
        positive("RestrictedBoltzmann", visible=visible, hidden=hidden, spread=spread)
        weight = spread * jr.normal(key, (visible, hidden))
        return cls(weight, jnp.zeros(visible), jnp.zeros(hidden))

    def energy(
        self, visible: Float[Array, "... visible"], hidden: Float[Array, "... hidden"]
    ) -> Float[Array, "..."]:
        """$E(v, h)$; see the class."""
        coupled = ((visible @ self.weight) * hidden).sum(-1)
        return -coupled - visible @ self.visible_bias - hidden @ self.hidden_bias

    def hidden_probability(self, visible: Float[Array, "... visible"]) -> Float[Array, "..."]:
        """How likely every hidden unit is active, given the visible ones."""
        return jax.nn.sigmoid(visible @ self.weight + self.hidden_bias)

    def visible_probability(self, hidden: Float[Array, "... hidden"]) -> Float[Array, "..."]:
        """How likely every visible unit is active, given the hidden ones."""
        return jax.nn.sigmoid(hidden @ self.weight.T + self.visible_bias)

    def free_energy(self, visible: Float[Array, "... visible"]) -> Float[Array, "..."]:
        r"""$F(v) = -b^T v - \sum_j \ln(1 + e^{c_j + (v^T W)_j})$, with $P(v) \propto e^{-F(v)}$."""
        inputs = visible @ self.weight + self.hidden_bias
        return -visible @ self.visible_bias - jax.nn.softplus(inputs).sum(-1)

    def gibbs(
        self, visible: Float[Array, "... visible"], sweeps: int, *, key: PRNGKeyArray
    ) -> Float[Array, "... visible"]:
        """The visible units after so many sweeps of Gibbs sampling, hidden units first.

        Args:
            visible: where the chains start, `[..., visible]`.
            sweeps: one draws all hidden, then all visible units.
            key: draws them.
        """

        def sweep(visible: Array, key: PRNGKeyArray) -> tuple[Array, None]:
            up, down = jr.split(key)
            hidden = _drawn(self.hidden_probability(visible), up)
            return _drawn(self.visible_probability(hidden), down), None

        return jax.lax.scan(sweep, visible, jr.split(key, sweeps))[0]

    def correlations(self, visible: Float[Array, "... visible"]) -> Correlations:
        """Means over examples of visible units, with hidden units at their probabilities.

        Args:
            visible: examples, `[..., visible]`.
        """
        visible = visible.reshape(-1, visible.shape[-1])
        hidden = self.hidden_probability(visible)
        return Correlations(visible.T @ hidden / len(visible), visible.mean(0), hidden.mean(0))

    def exact_probabilities(self) -> tuple[Float[Array, "states visible"], Float[Array, "states"]]:
        """All visible states, and how likely each of them is, hidden units summed out.

        Raises:
            ValueError: more than 20 visible units, whose states are too many.
        """
        count = len(self.visible_bias)
        if count > _MOST_ENUMERATED:
            raise ValueError(
                f"RestrictedBoltzmann: {count} visible units have 2^{count} states, expected at "
                f"most {_MOST_ENUMERATED} units. Sample with `gibbs`."
            )
        states = (jnp.arange(2**count)[:, None] >> jnp.arange(count)) & 1
        states = states.astype(self.weight.dtype)
        return states, jax.nn.softmax(-self.free_energy(states))

    def exact_correlations(self) -> Correlations:
        """The means of the machine's own distribution, by enumeration.

        Raises:
            ValueError: as `exact_probabilities`.
        """
        states, chance = self.exact_probabilities()
        hidden = self.hidden_probability(states)
        weighed = chance[:, None] * states
        return Correlations(weighed.T @ hidden, weighed.sum(0), chance @ hidden)


def _drawn(chance: Array, key: PRNGKeyArray) -> Array:
    return (jr.uniform(key, chance.shape, chance.dtype) < chance).astype(chance.dtype)
