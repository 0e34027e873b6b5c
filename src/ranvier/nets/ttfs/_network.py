"""A network of neurons that spike at most once, computed from spike time to spike time."""

from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell
from ranvier.nets.ttfs._parts import INPUT, Pool, ReLUNetwork
from ranvier.nets.ttfs._transmission import Exact, Transmission


class SpikeTimeNetwork(Cell):
    r"""Integrate-and-fire neurons that spike once, in the window of their layer, or not at all.

    Times $t$ are counted from the beginning of a layer's window of length $B$, in units of the
    time constant; the earlier a spike, the more it says, and the end of the window says nothing:

    $$x_j = B_j - t_j, \qquad t_i = B - \frac{D_i + \sum_j J_{ij} x_j}{g_i}$$

    if that is less than $B$; else the neuron does not spike, $t_i = B$. This is where a membrane
    that rises by $J_{ij}$ per time from every spike on, and by $g_i$ per time from the beginning
    of the window on, meets the threshold $g_i B - D_i$. A spike that would come before its window
    comes at its beginning: a certificate tells where. Ways over several layers wait until the
    window before the neuron's own is over. The output does not spike; its potential is read where
    the last window ends.

    Args:
        network: $J$ and $D$ in the places of weights and biases.
        slopes: name to $g$, whose axes are the last ones of the units; not learned.
        windows: name of every part, and `"input"`, to $B$; not learned.
        current: what charges the membrane from the beginning of the window before, per time; it
            moves the threshold by as much, and so changes nothing but the way there.
        transmission: what happens to spikes on their way.

    Source: Stanojevic et al., Neural Networks 168 (2023), eqs. 3 to 7 ($g = \alpha + \sum J$);
    Nat. Commun. 15:6793 (2024), eqs. 4 to 8 ($g = 1$).

    Example:
        See `ranvier.convert.ttfs.to_spike_times`.
    """

    network: ReLUNetwork
    slopes: dict[str, Array]
    windows: dict[str, Array]
    current: float
    transmission: Transmission

    def __init__(
        self,
        network: ReLUNetwork,
        slopes: dict[str, Any],
        windows: dict[str, Any],
        *,
        current: float = 0.0,
        transmission: Transmission | None = None,
    ) -> None:
        self.network, self.slopes, self.windows = network, dict(slopes), dict(windows)
        self.current = current
        self.transmission = Exact() if transmission is None else transmission

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input."""
        return self.network.in_shape

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return self.network.in_size

    @property
    def begins(self) -> dict[str, float]:
        """Name of every part, `"input"` and `"output"`, to when its window begins.

        A window begins when the last of those that lead to it has ended.
        """
        begin, end = {INPUT: 0.0}, {INPUT: float(self.windows[INPUT])}
        for name, part in zip(self.network.names, self.network.parts, strict=True):
            if isinstance(part, Pool):
                begin[name], end[name] = begin[part.source], end[part.source]
            else:
                begin[name] = max(end[way.source] for way in part.ways)
                end[name] = begin[name] + float(self.windows[name])
        return begin | {"output": max(end[way.source] for way in self.network.output.ways)}

    @property
    def latency(self) -> float:
        """From the first possible spike of the input to the reading of the output."""
        return self.begins["output"]

    def times(self, x: Float[Array, "..."], *, key: PRNGKeyArray | None = None) -> dict[str, Array]:
        """Name to the spike times of every part, and `"input"`, each from its window's beginning.

        Args:
            x: input, `[..., *in_shape]`, from 0 to 1.
            key: draws what the transmission needs.
        """
        return self.observed(x, key=key)[0]

    def logits(
        self, x: Float[Array, "..."], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... classes"]:
        """The potential of the output where the last window ends.

        Args:
            x: input, `[..., *in_shape]`, from 0 to 1.
            key: draws what the transmission needs.
        """
        return self.observed(x, key=key)[2]

    def observed(
        self, x: Float[Array, "..."], *, key: PRNGKeyArray | None = None
    ) -> tuple[dict[str, Array], dict[str, Array], Array]:
        """The times of all parts, $D + J x$ of all units, and the logits.

        Where $D + J x$ is above $g B$, a spike would have come before its window.

        Args:
            x: input, `[..., *in_shape]`, from 0 to 1.
            key: draws what the transmission needs.
        """
        names = (INPUT, *self.network.names)
        split = [None] * len(names) if key is None else jr.split(key, len(names))
        keys = dict(zip(names, split, strict=True))
        windows = {name: jax.lax.stop_gradient(jnp.asarray(self.windows[name])) for name in names}

        def sent(name: str, times: Array) -> Array:
            return self.transmission(times, windows[name], key=keys[name])

        times = {INPUT: sent(INPUT, windows[INPUT] - x)}
        values = {INPUT: windows[INPUT] - times[INPUT]}
        potentials: dict[str, Array] = {}
        for name, part in zip(self.network.names, self.network.parts, strict=True):
            if isinstance(part, Pool):
                values[name] = part(values[part.source])
                times[name] = windows[name] - values[name]
                continue
            potentials[name] = part.current(values)
            slope = jax.lax.stop_gradient(jnp.asarray(self.slopes[name]))
            spikes = windows[name] - potentials[name] / slope
            within = jnp.maximum(spikes, 0)
            times[name] = sent(name, jnp.where(within < windows[name], within, windows[name]))
            values[name] = windows[name] - times[name]
        return times, potentials, self.network.output.current(values)

    def init(self, batch: tuple[int, ...] = ()) -> None:
        """It remembers nothing."""

    def __call__(
        self, state: None, x: Float[Array, "..."], *, key: PRNGKeyArray | None = None
    ) -> tuple[None, Array]:
        """One input: the logits."""
        return None, self.logits(x, key=key)

    def over_time(
        self, state: None, xs: Float[Array, "time ..."], *, keys: Array | None = None
    ) -> tuple[None, Array]:
        """Many inputs, each on its own."""
        if keys is None:
            return None, self.logits(xs)
        return None, jax.vmap(lambda x, key: self.logits(x, key=key))(xs, keys)
