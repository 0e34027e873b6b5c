"""Contrastive divergence for binary restricted Boltzmann machines."""

import jax
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.nets import Correlations, RestrictedBoltzmann


def contrastive_divergence(
    machine: RestrictedBoltzmann,
    visible: Float[Array, "examples visible"],
    *,
    key: PRNGKeyArray,
    sweeps: int = 1,
) -> Correlations:
    r"""The change of contrastive divergence, CD-$k$, as a descent direction.

    $$\Delta W = \langle v h \rangle_{data} - \langle v h \rangle_{k}$$

    with the mean after $k$ sweeps of Gibbs sampling that start from the data. What is given back
    is its negative, so that an optimiser that descends goes the right way.

    Args:
        machine: that learns.
        visible: examples, 0 or 1, `[examples, visible]`.
        key: draws the chains.
        sweeps: $k$.

    Source: Hinton, Neural Comput. 14 (2002).

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.nets import RestrictedBoltzmann
        >>> machine = RestrictedBoltzmann(jnp.zeros((2, 1)), jnp.zeros(2), jnp.zeros(1))
        >>> seen = jnp.tile(jnp.array([1.0, 0.0]), (1000, 1))
        >>> found = contrastive_divergence(machine, seen, key=jax.random.key(0))
        >>> found.visible_bias.round(1).tolist()
        [-0.5, 0.5]
    """
    dreamt = machine.gibbs(visible, sweeps, key=key)
    wanted, found = machine.correlations(visible), machine.correlations(dreamt)
    return jax.tree.map(lambda model, data: model - data, found, wanted)
