"""Weights of three values with a hidden real weight behind each."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.synapses._around import Around
from ranvier.synapses._convolution import Convolution
from ranvier.synapses._dense import Dense


class Trinary(Around):
    r"""Connections whose weights show as -1, 0 or 1, and learn behind that.

    $$I = W z, \qquad W_{ij} \in \{-1, 0, 1\}, \qquad
    \frac{\partial E}{\partial H_{ij}} := \frac{\partial E}{\partial W_{ij}}$$

    The hidden weights $H$ are those of the synapse within. What shows follows them where
    [`trinary_hysteresis`][ranvier.learn.trinary_hysteresis] stands last in the optimiser; without
    it, it stays. At the start each weight shows the nearest whole number.

    Args:
        synapse: with the hidden weights, within -1 and 1: dense or a convolution.

    Raises:
        TypeError: another synapse.

    Source: Esser et al., Proc. Natl. Acad. Sci. USA 113 (2016), "Training".

    Example:
        >>> synapse = Trinary(Dense(jnp.array([[0.7, 0.2, -0.6]])))
        >>> synapse(jnp.array([1.0, 2.0, 4.0]))
        Array([-3.], dtype=float32)
    """

    synapse: Dense | Convolution
    shown: Float[Array, "..."]

    def __init__(self, synapse: Dense | Convolution) -> None:
        if not isinstance(synapse, (Dense, Convolution)):
            raise TypeError(
                f"Trinary: got a {type(synapse).__name__}, expected Dense or Convolution, whose "
                "weights can be shown rounded."
            )
        self.synapse = synapse
        self.shown = jnp.clip(jnp.round(synapse.weight), -1, 1)

    @property
    def plain(self) -> Dense | Convolution:
        """The synapse with what shows as its weights."""
        return eqx.tree_at(lambda s: s.weight, self.synapse, self.shown)

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit; noiseless."""
        hidden = self.synapse.weight
        weight = hidden + jax.lax.stop_gradient(self.shown - hidden)
        return eqx.tree_at(lambda s: s.weight, self.synapse, weight)(z)
