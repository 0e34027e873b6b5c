"""Connections that fall silent at random for a whole sequence while a network learns."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse, precision
from ranvier.synapses._dropout import Silencing


class VariationalDropoutState(NamedTuple):
    """Who is heard in this sequence.

    Attributes:
        factor: $m / (1 - p)$ per presynaptic unit, `[..., *in_shape]`; -1 until it is drawn.
        synapse: the memory of the connections, `None` if they have none.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> VariationalDropout(Dense(jnp.ones((1, 4))), 0.5).init((2,)).factor.shape
        (2, 4)
    """

    factor: Float[Array, "..."]
    synapse: Any


class VariationalDropout(Silencing):
    r"""Silence presynaptic units for a whole sequence: $I_t = W\,(m \odot z_t) / (1 - p)$.

    $m_j \sim B(1 - p)$ is drawn in the first step, once per example, and kept. A unit that
    integrates over time averages the fresh masks of `Dropout` away; this one it cannot. Without a
    key the connections are whole, so that a network is trained with dropout and judged without it.

    Args:
        synapse: the connections.
        rate: $p$, the probability that a presynaptic unit is not heard.

    Raises:
        ValueError: a rate outside 0 (included) to 1 (excluded).

    Source: Gal, Ghahramani, NIPS 2016, section 4.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> synapse = VariationalDropout(Dense(jnp.ones((1, 4))), 0.5)
        >>> keys = jax.random.split(jax.random.key(0), 3)
        >>> synapse.over_time(synapse.init(), jnp.ones((3, 4)), keys=keys)[1][:, 0]
        Array([4., 4., 4.], dtype=float32)
    """

    def __init__(self, synapse: Synapse, rate: float) -> None:
        # Stated once more: a type checker would make one from the fields.
        super().__init__(synapse, rate)

    def init(self, batch: tuple[int, ...] = ()) -> VariationalDropoutState:
        """No mask yet."""
        factor = -jnp.ones((*batch, *self.in_shape), precision(self.synapse))
        return VariationalDropoutState(factor, self.synapse.init(batch))

    def _draw(self, memory: VariationalDropoutState, key: PRNGKeyArray) -> VariationalDropoutState:
        """The memory with a mask: the one it has, or else a new one."""
        heard = jr.bernoulli(key, 1 - self.rate, memory.factor.shape)
        fresh = heard.astype(memory.factor.dtype) / (1 - self.rate)
        return memory._replace(factor=jnp.where(memory.factor < 0, fresh, memory.factor))

    def advance(
        self,
        memory: VariationalDropoutState,
        z: Float[Array, "... fan_in"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[VariationalDropoutState, Float[Array, "... fan_out"]]:
        """One step; the first with a key draws the mask."""
        if key is None:
            inner, current = self.synapse.advance(memory.synapse, z)
            return memory._replace(synapse=inner), current
        mask_key, inner_key = jr.split(key)
        memory = self._draw(memory, mask_key)
        heard = z * memory.factor.astype(z.dtype)
        inner, current = self.synapse.advance(memory.synapse, heard, key=inner_key)
        return memory._replace(synapse=inner), current

    def over_time(
        self,
        memory: VariationalDropoutState,
        zs: Float[Array, "time ... fan_in"],
        *,
        keys: Array | None = None,
    ) -> tuple[VariationalDropoutState, Float[Array, "time ... fan_out"]]:
        """Many steps with one mask."""
        if keys is None:
            inner, currents = self.synapse.over_time(memory.synapse, zs)
            return memory._replace(synapse=inner), currents
        mask_keys, inner_keys = jax.vmap(jr.split, out_axes=1)(keys)
        memory = self._draw(memory, mask_keys[0])
        heard = zs * memory.factor.astype(zs.dtype)
        inner, currents = self.synapse.over_time(memory.synapse, heard, keys=inner_keys)
        return memory._replace(synapse=inner), currents
