"""Connections that fall silent at random while a network learns."""

from typing import Any

import jax
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._around import Around


class Silencing(Around):
    """Connections that fall silent with a probability: what all kinds of dropout share.

    Example:
        >>> issubclass(Dropout, Silencing)
        True
    """

    synapse: Synapse
    rate: float

    def __init__(self, synapse: Synapse, rate: float) -> None:
        if not 0 <= rate < 1:
            name = type(self).__name__
            raise ValueError(f"{name}: rate is {rate}, expected at least 0 and below 1.")
        self.synapse = synapse
        self.rate = float(rate)


class Dropout(Silencing):
    r"""Silence presynaptic units at random: $I = W\,(m \odot z) / (1 - p)$, $m_j \sim B(1 - p)$.

    A fresh mask is drawn for every example and step from the key. Without a key the connections
    are whole, so that a network is trained with dropout and judged without it.

    Args:
        synapse: the connections.
        rate: $p$, the probability that a presynaptic unit is not heard.

    Raises:
        ValueError: a rate outside 0 (included) to 1 (excluded).

    Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, JMLR 15 (2014).

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> synapse = Dropout(Dense(jnp.ones((1, 4))), 0.5)
        >>> synapse(jnp.ones(4)), synapse(jnp.ones(4), key=jax.random.key(0))
        (Array([4.], dtype=float32), Array([6.], dtype=float32))
    """

    def __init__(self, synapse: Synapse, rate: float) -> None:
        # Stated once more: a type checker would make one from the fields.
        super().__init__(synapse, rate)

    def _heard(self, z: Float[Array, "... fan_in"], key: PRNGKeyArray) -> Float[Array, "..."]:
        """The activity that gets through, made up for what does not."""
        return z * jr.bernoulli(key, 1 - self.rate, z.shape) / (1 - self.rate)

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The memory of the connections, if they have one."""
        return self.synapse.init(batch)

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... fan_out"]:
        """The current of every unit; whole where there is no key."""
        if key is None:
            return self.synapse(z)
        mask_key, inner_key = jr.split(key)
        return self.synapse(self._heard(z, mask_key), key=inner_key)

    def advance(
        self, memory: Any, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Float[Array, "... fan_out"]]:
        """One step of the connections, with what they hear."""
        if key is None:
            return self.synapse.advance(memory, z)
        mask_key, inner_key = jr.split(key)
        return self.synapse.advance(memory, self._heard(z, mask_key), key=inner_key)

    def over_time(
        self, memory: Any, zs: Float[Array, "time ... fan_in"], *, keys: Array | None = None
    ) -> tuple[Any, Float[Array, "time ... fan_out"]]:
        """Many steps of the connections, with what they hear."""
        if keys is None:
            return self.synapse.over_time(memory, zs)
        mask_keys, inner_keys = jax.vmap(jr.split, out_axes=1)(keys)
        return self.synapse.over_time(memory, jax.vmap(self._heard)(zs, mask_keys), keys=inner_keys)
