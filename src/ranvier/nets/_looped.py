"""A neuron with a chosen time loop."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Around, Neuron


class Looped(Around):
    """A neuron together with the loop that takes it through time, in place of the runner's choice.

    The loop serves noiseless, feed-forward runs, as the runner's own; all else is the neuron's.

    Args:
        neuron: any elementwise neuron.
        loop: `(neuron, state, currents) -> states`: `scanned`, `fused`, or one's own; `currents`
            maps the ports that something reaches to `[T, ..., *units]`, as the states are.

    Example:
        A scan also where a GPU would run the fused loop:

        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.nets import scanned
        >>> unit = Looped(rv.SNU(3), scanned)
        >>> net = rv.chain(4, unit, rv.Readout(2), key=jax.random.key(0))
        >>> rv.run(net, jnp.ones((10, 5, 4)))[1].shape
        (10, 5, 2)
    """

    loop: Callable[[Neuron, Any, dict[str, Array]], Any] = eqx.field(static=True)

    @property
    def memoryless(self) -> bool:
        """As the neuron is."""
        return self.neuron.memoryless

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The neuron at rest."""
        return self.neuron.init(batch)

    def step(self, state: Any, *currents: Array, key: PRNGKeyArray | None = None) -> Any:
        """One step of the neuron."""
        return self.neuron.step(state, *currents, key=key)

    def states_over_time(self, state: Any, *currents: Float[Array, "time ..."] | float) -> Any:
        """All steps from `state`, by the loop."""
        reached = {
            port: jnp.asarray(current)
            for port, current in zip(self.ports, currents, strict=True)
            if jnp.ndim(current) > 0
        }
        return self.loop(self.neuron, state, reached)
