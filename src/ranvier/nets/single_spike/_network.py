"""Layers of units that fire at most once, from spike times to a decision."""

from itertools import pairwise
from typing import Any, Protocol

from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Cell


class SingleSpikeLayer(Protocol):
    """What a layer of such a network knows; `S4NNLayer` and `MostafaLayer` are two.

    Example:
        See `SingleSpikeNetwork`.
    """

    weight: Any

    @property
    def in_size(self) -> int: ...
    @property
    def units(self) -> int: ...

    def __call__(self, times: Array) -> Array:
        """Spike times `[..., inputs]` to those of the units, `[..., units]`."""
        ...

    def fired(self, times: Array) -> Array:
        """Which of the times are real spikes."""
        ...

    def decide(self, before: Array, times: Array) -> Array:
        """Which unit is the answer, by the times of the inputs and of the units."""
        ...


class SingleSpikeNetwork(Cell):
    r"""Layers in order, from spike times to spike times; the answer is the first output to fire.

    $$t^{(l)} = f^{(l)}\left(t^{(l-1)}\right), \qquad
    \text{answer} = \operatorname{argmin}_k t^{(L)}_k$$

    Arrays of times have any leading axes and one axis of units; there is no axis of time. To the
    runners, rules and training loops of other cells, an example is one step: its input is
    `[1, examples, inputs]`, and nothing is carried from step to step.

    Args:
        layers: first to last.

    Raises:
        ValueError: no layer, or two that do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.nets.single_spike import MostafaLayer
        >>> net = SingleSpikeNetwork([
        ...     MostafaLayer(jnp.array([[2.0, 0.0], [0.0, 2.0]])),
        ...     MostafaLayer(jnp.array([[3.0, 0.0], [0.0, 3.0]])),
        ... ])
        >>> [z.tolist() for z in net.times(jnp.array([1.0, 4.0]))]
        [[2.0, 8.0], [3.0, 12.0]]
        >>> int(net.answers(jnp.array([4.0, 1.0])))
        1
    """

    layers: tuple[Any, ...]

    def __init__(self, layers: Any) -> None:
        self.layers = tuple(layers)

    def __check_init__(self) -> None:
        if not self.layers:
            raise ValueError("SingleSpikeNetwork: got no layer, expected at least one.")
        for number, (one, two) in enumerate(pairwise(self.layers)):
            if one.units != two.in_size:
                raise ValueError(
                    f"SingleSpikeNetwork: layer {number} has {one.units} units, but layer "
                    f"{number + 1} hears {two.in_size}. Make them equal."
                )

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return self.layers[0].in_size

    def times(self, times: Array) -> tuple[Array, ...]:
        """When the units of every layer fire, first to last.

        Args:
            times: of the input, `[..., inputs]`.
        """
        found = []
        for layer in self.layers:
            times = layer(times)
            found.append(times)
        return tuple(found)

    def answers(self, times: Array) -> Array:
        """Which output each example is taken for, `[...]`.

        Args:
            times: of the input, `[..., inputs]`.
        """
        *before, last = (times, *self.times(times))
        return self.layers[-1].decide(before[-1], last)

    def init(self, batch: tuple[int, ...] = ()) -> tuple[()]:
        """Nothing is carried."""
        return ()

    def __call__(
        self, state: tuple[()], x: Array, *, key: PRNGKeyArray | None = None
    ) -> tuple[tuple[()], Array]:
        """Times of the outputs."""
        return (), self.times(x)[-1]

    def over_time(
        self, state: tuple[()], xs: Array, *, keys: Array | None = None
    ) -> tuple[tuple[()], Array]:
        """Times of the outputs, of all examples at once."""
        return (), self.times(xs)[-1]
