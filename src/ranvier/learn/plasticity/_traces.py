"""What a side of a synapse remembers of its own spikes."""

import math
from typing import Protocol

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import positive


class Trace(Protocol):
    """A memory of spikes that fades.

    Example:
        >>> trace: Trace = AllToAll(20.0)
    """

    def faded(self, trace: Float[Array, "..."], time_step_ms: float) -> Float[Array, "..."]:
        """The trace one step later."""
        ...

    def marked(
        self, trace: Float[Array, "..."], spikes: Float[Array, "..."]
    ) -> Float[Array, "..."]:
        """The trace after spikes."""
        ...


class AllToAll(eqx.Module):
    r"""Every spike adds one, so that every pair of spikes counts.

    $$\frac{dx}{dt} = -\frac{x}{\tau}, \qquad x \leftarrow x + 1 \text{ at a spike}$$

    Args:
        tau_ms: $\tau$.

    Raises:
        ValueError: a time constant that is not positive.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 19.2.2.

    Example:
        >>> import jax.numpy as jnp
        >>> AllToAll(20.0).marked(jnp.array([0.5]), jnp.array([1.0])).tolist()
        [1.5]
    """

    tau_ms: float

    def __init__(self, tau_ms: float) -> None:
        positive("AllToAll", tau_ms=tau_ms)
        self.tau_ms = float(tau_ms)

    def faded(self, trace: Float[Array, "..."], time_step_ms: float) -> Float[Array, "..."]:
        """The trace one step later: exact."""
        return trace * math.exp(-time_step_ms / self.tau_ms)

    def marked(
        self, trace: Float[Array, "..."], spikes: Float[Array, "..."]
    ) -> Float[Array, "..."]:
        """One more where there is a spike."""
        return trace + spikes


class NearestNeighbour(eqx.Module):
    r"""Every spike sets the trace to one, so that only the last one counts.

    $$\frac{dx}{dt} = -\frac{x}{\tau}, \qquad x \leftarrow 1 \text{ at a spike}$$

    On both sides, this is the symmetric nearest-neighbour scheme.

    Args:
        tau_ms: $\tau$.

    Raises:
        ValueError: a time constant that is not positive.

    Source: Morrison, Diesmann, Gerstner, Biol. Cybern. 98 (2008), Fig. 7A; the reference is from
    memory.

    Example:
        >>> import jax.numpy as jnp
        >>> NearestNeighbour(20.0).marked(jnp.array([0.5, 0.5]), jnp.array([1.0, 0.0])).tolist()
        [1.0, 0.5]
    """

    tau_ms: float

    def __init__(self, tau_ms: float) -> None:
        positive("NearestNeighbour", tau_ms=tau_ms)
        self.tau_ms = float(tau_ms)

    def faded(self, trace: Float[Array, "..."], time_step_ms: float) -> Float[Array, "..."]:
        """The trace one step later: exact."""
        return trace * math.exp(-time_step_ms / self.tau_ms)

    def marked(
        self, trace: Float[Array, "..."], spikes: Float[Array, "..."]
    ) -> Float[Array, "..."]:
        """One where there is a spike."""
        return jnp.where(spikes > 0, 1.0, trace)
