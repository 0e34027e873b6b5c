"""A spiking network made from a static one, with what is known of both."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.typing import ArrayLike

from ranvier.core import Neuron
from ranvier.encode import rate
from ranvier.nets import Graph
from ranvier.nets.ttfs import Pool, ReLUNetwork

Inputs = Literal["analogue", "poisson"]


class RateNetwork(NamedTuple):
    r"""A network of integrate-and-fire neurons whose rates stand for activities.

    The node of a neuron is called as the unit that it stands for. Its rate, in spikes per step,
    times its scale $\lambda$ is that unit's activity; the node `"logits"` adds up what reaches the
    output, so that the answer can be read at any step.

    Attributes:
        graph: the spiking network; it takes what `encode` gives.
        source: the network that it was made from.
        form: the same in normal form.
        scales: name of every unit and pool to $\lambda$, a number or one per channel or unit.
        units: name to the unit of the source, where it is not the plain rectified one.
        inputs: `"analogue"`: currents that stay; `"poisson"`: spikes by chance.
        input_range: least and largest input.

    Example:
        See `to_rates`.
    """

    graph: Graph
    source: Graph
    form: ReLUNetwork
    scales: dict[str, np.ndarray]
    units: Mapping[str, Neuron]
    inputs: Inputs
    input_range: tuple[Any, Any]

    def encode(
        self, u: ArrayLike, steps: int, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "time batch ..."]:
        """What the spiking network is shown.

        Args:
            u: inputs of the source network, `[B, *in_shape]`.
            steps: $T$.
            key: draws the spikes of `"poisson"`.

        Raises:
            ValueError: no steps, or spikes to draw without a key.
        """
        if steps < 1:
            raise ValueError(f"steps is {steps}, expected at least 1.")
        x = self.scaled(u)
        if self.inputs == "analogue":
            return jnp.broadcast_to(x, (steps, *x.shape))
        if key is None:
            raise ValueError("inputs are 'poisson': spikes are drawn by a key; give one.")
        return rate(x, steps, spikes=steps, key=key)

    def scaled(self, u: ArrayLike) -> Float[Array, "batch ..."]:
        """Inputs from 0 to 1.

        Args:
            u: inputs of the source network, `[B, *in_shape]`.
        """
        low, high = (np.asarray(end, np.float64) for end in self.input_range)
        return jnp.asarray((np.asarray(u, np.float64) - low) / (high - low))

    def logits(
        self, u: ArrayLike, steps: int, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "time batch classes"]:
        r"""The mean of what has reached the output until every step.

        Args:
            u: inputs of the source network, `[B, *in_shape]`.
            steps: $T$.
            key: draws the spikes of `"poisson"`.

        Returns:
            `[T, B, classes]`; the last step is the answer after all of them.
        """
        xs = self.encode(u, steps, key=key)
        return over_time(self.graph, xs)

    def activities(self, u: ArrayLike) -> dict[str, Array]:
        """Name to the activity of every unit and pool of the source network.

        Args:
            u: its inputs, `[B, *in_shape]`.
        """
        values = {"input": self.scaled(u)}
        for name, part in zip(self.form.names, self.form.parts, strict=True):
            if isinstance(part, Pool):
                values[name] = part(values[part.source])
                continue
            current, unit = part.current(values), self.units.get(name)
            values[name] = (
                jax.nn.relu(current)
                if unit is None
                else unit.step(unit.init(current.shape[:1]), current).y
            )
        return values


@eqx.filter_jit
def over_time(graph: Graph, xs: Array) -> Array:
    """The mean output until every step."""
    ys = graph.over_time(graph.init(xs.shape[1:2]), xs)[1]
    return ys / jnp.arange(1, len(ys) + 1, dtype=ys.dtype).reshape(-1, 1, *(1,) * (ys.ndim - 2))
