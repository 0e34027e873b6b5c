"""Learning from what hardware did with a batch: its spikes forward, the network's slopes back."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Batch, Cell, scan_steps
from ranvier.learn._types import Rule
from ranvier.nets import Chain, Layer

Forward = Callable[[Any, Array], Sequence[Array]]


def in_the_loop(rule: Rule, forward: Forward) -> Rule:
    r"""A rule that takes the outputs of all layers from hardware, and its slopes from the network.

    $$y_t := y^{hw}_t, \qquad \frac{\partial y_t}{\partial \cdot} := \frac{\partial}{\partial
    \cdot}\, f(\text{state}_{t-1}, W y^{hw}_t)$$

    In every batch the hardware runs first. The network then goes through the same steps with the
    hardware's outputs in the place of its own, and so learns to do well with what the hardware
    does, whatever that is.

    Args:
        rule: `(model, batch, key) -> (loss, gradients)`, of a chain.
        forward: from a network and inputs `[T, B, *in_shape]` to the outputs of every layer,
            `[T, B, *units]`; a unit that fired twice in a step has 2.

    Returns:
        A rule.

    Raises:
        TypeError: (when run) a network that is no chain.
        ValueError: (when run) neurons that reset at their own spike, before they are told what the
            hardware did.

    Source: Schmitt et al., IJCNN 2017, "Neuromorphic hardware in the loop"; Cramer et al., PNAS
    119 (2022), for surrogate gradients.

    Example:
        The hardware here is the network itself with weights cut off at one half.

        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> from ranvier.learn import rules
        >>> def cut(model, xs):
        ...     held = jax.tree.map(lambda a: jnp.clip(a, -1, 0.5), model)
        ...     return [states.y for states in rv.record(held, xs)]
        >>> net = rv.chain(2, rv.SNU(3), rv.LeakyIntegrator(2), key=jax.random.key(0))
        >>> batch = Batch(jnp.ones((4, 1, 2)), jnp.zeros((4, 1, 2)), jnp.ones((4, 1)))
        >>> rule = rules.in_the_loop(rv.bptt(rv.losses.squared_error), cut)
        >>> loss, gradients = rule(net, batch, None)
        >>> gradients.layers[0].synapses["dendrite"].weight.shape
        (3, 2)
    """

    def looped(model: Cell, batch: Batch, key: PRNGKeyArray | None = None) -> tuple[Array, Any]:
        if not isinstance(model, Chain):
            raise TypeError(
                f"in_the_loop: the network is a {type(model).__name__}, expected a Chain, whose "
                "layers the hardware tells one by one."
            )
        shown = list(forward(model, batch.x))
        whole = jnp.concatenate(
            [part.reshape(*batch.x.shape[:2], -1) for part in (batch.x, *shown)], axis=-1
        )
        loss, gradients = rule(_Told(model), batch._replace(x=whole), key)
        return loss, gradients.chain

    return looped


class _Told(Cell):
    """A chain that is told, step by step, what its layers' outputs are."""

    chain: Any

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        for layer in chain.layers:
            if not isinstance(layer, Layer):
                raise TypeError(
                    f"in_the_loop: a part of the chain is a {type(layer).__name__}, expected a "
                    "Layer, whose output the hardware tells."
                )
            if layer.neuron.resets_at_spike:
                raise ValueError(
                    f"in_the_loop: {layer.name} resets at its own spike, expected "
                    "reset_time='next_carry': the same spikes, and a reset that can be told."
                )

    @property
    def _widths(self) -> list[int]:
        return [self.chain.in_size, *(math.prod(layer.neuron.shape) for layer in self.chain.layers)]

    @property
    def in_size(self) -> int:
        return sum(self._widths)

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        return self.chain.init(batch)

    def __call__(
        self, state: Any, x: Array, *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Array]:
        ends = [sum(self._widths[: n + 1]) for n in range(len(self._widths))]
        y = x[..., : ends[0]].reshape(*x.shape[:-1], *self.chain.in_shape)
        states = []
        parts = zip(self.chain.layers, state, self.chain.split(key), strict=True)
        for number, (layer, before, own_key) in enumerate(parts):
            after, y = layer(before, y, key=own_key)
            told = x[..., ends[number] : ends[number + 1]].reshape(y.shape)
            # A unit that fired twice in a step starts its next one from one reset.
            once = jnp.minimum(told, 1.0) if _spikes(layer) else told
            neuron = getattr(after, "neuron", after)
            kept = neuron._replace(y=_in_place_of(y, once))
            states.append(after._replace(neuron=kept) if neuron is not after else kept)
            y = _in_place_of(y, told)
        return tuple(states), y

    def over_time(self, state: Any, xs: Array, *, keys: Array | None = None) -> tuple[Any, Array]:
        return scan_steps(self, state, xs, keys=keys)


def _in_place_of(own: Array, told: Array) -> Array:
    return own + jax.lax.stop_gradient(told - own)


def _spikes(layer: Any) -> bool:
    return hasattr(layer.neuron, "h")
