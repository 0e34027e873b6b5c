"""Moments of learning forward in time: what online rules and never-ending learners share."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import Cell
from ranvier.learn._asked import asked
from ranvier.learn.eligibility import Eligibility, local
from ranvier.learn.losses import Loss
from ranvier.learn.signals import Instant, Signal
from ranvier.nets import Chain, Layer


class Moving(NamedTuple):
    """What goes on from one moment to the next, per layer.

    Attributes:
        states: of the layers.
        traces: of their eligibilities.
    """

    states: tuple[Any, ...]
    traces: tuple[Any, ...]


class Visit(NamedTuple):
    """A layer in every step of a stretch.

    Attributes:
        before: its states before every step.
        x: its input.
        y: its output.
    """

    before: Any
    x: Array
    y: Array


def as_chain(model: Cell) -> Chain:
    """The model as a chain of layers.

    Raises:
        TypeError: a cell that is not a layer.
    """
    chain = model if isinstance(model, Chain) else Chain((model,))
    for number, layer in enumerate(chain.layers, start=1):
        if not isinstance(layer, Layer):
            raise TypeError(
                f"cell {number} is a {type(layer).__name__}; online rules know layers. "
                "Use `bptt` or `rtrl`."
            )
    return chain


def per_layer(given: Eligibility | Sequence[Eligibility] | None, chain: Chain) -> list[Eligibility]:
    """One eligibility per layer.

    Raises:
        ValueError: not as many as layers.
    """
    given = given or local()
    layers = chain.layers
    temporal = [given] * len(layers) if isinstance(given, Eligibility) else list(given)
    if len(temporal) != len(layers):
        raise ValueError(
            f"online: got {len(temporal)} eligibilities for {len(layers)} layers; give one "
            "for all, or one each."
        )
    return temporal


def at_start(chain: Chain, temporal: list[Eligibility], examples: tuple[int, ...]) -> Moving:
    """Layers at rest, and traces of nothing."""
    layers: Any = chain.layers
    traces = (e.init(layer, examples) for e, layer in zip(temporal, layers, strict=True))
    return Moving(chain.init(examples), tuple(traces))


def pass_moment(
    chain: Chain,
    temporal: list[Eligibility],
    signal: Signal,
    loss: Loss,
    moving: Moving,
    x: Array,
    target: Array,
    share: Array,
    keys: list[Any],
) -> tuple[Moving, Array, tuple[Any, ...]]:
    """Take one step and credit it.

    Args:
        chain: layers in order.
        temporal: one eligibility per layer.
        signal: the spatial half.
        loss: of this step.
        moving: before the step.
        x, target: of the step.
        share: what this step of each example counts; 0 where it has no target.
        keys: one per layer.

    Returns:
        What goes on, the loss, and the gradients per layer.
    """
    layers: Any = chain.layers
    value, worths = _judged(chain, signal, loss, moving.states, x, target, share, keys)
    states, traces, found = [], [], []
    for rule_of, layer, trace, state, worth, key in zip(
        temporal, layers, moving.traces, moving.states, worths, keys, strict=True
    ):
        trace, state, gradient = rule_of.advance(layer, trace, state, x, worth, key)
        x = state.y
        states.append(state)
        traces.append(trace)
        found.append(gradient)
    return Moving(tuple(states), tuple(traces)), jnp.asarray(value), tuple(found)


def pass_stretch(
    chain: Chain,
    temporal: list[Eligibility],
    signal: Signal,
    loss: Loss,
    moving: Moving,
    x: Array,
    target: Array,
    share: Array,
    keys: list[Any],
) -> tuple[Moving, Array, tuple[Any, ...]]:
    """Take many steps and credit them together: what `pass_moment` does one by one.

    Args:
        chain, temporal, signal, loss, moving: as of `pass_moment`.
        x, target, share: of every step.
        keys: one per layer, of every step.
    """
    layers: Any = chain.layers
    visits, ends = [], []
    for layer, start, layer_keys in zip(layers, moving.states, keys, strict=True):
        end, seen = visit(layer, start, visits[-1].y if visits else x, layer_keys)
        visits.append(seen)
        ends.append(end)

    def moment(*of_step: Any) -> tuple[Array, list[Array]]:
        return _judged(chain, signal, loss, *of_step)

    states = tuple(seen.before for seen in visits)
    values, worths = jax.vmap(moment)(states, x, target, share, keys)
    moved = [
        rule_of.along(layer, trace, seen.before, seen.x, worth, layer_keys)
        for rule_of, layer, trace, seen, worth, layer_keys in zip(
            temporal, layers, moving.traces, visits, worths, keys, strict=True
        )
    ]
    traces, found = zip(*moved, strict=True)
    return Moving(tuple(ends), traces), values.sum(), found


def visit(layer: Layer, start: Any, x: Array, keys: Any) -> tuple[Any, Visit]:
    """Take many steps with one layer: its last state, and what there was in each.

    Args:
        layer: the layer.
        start: its state before the first step.
        x: its input, `[steps, ..., width]`.
        keys: one per step, or `None`.
    """
    end, after = layer.history(start, x, keys=keys)
    before = jax.tree.map(lambda s, a: jnp.concatenate([s[None], a[:-1]]), start, after)
    return end, Visit(before, x, after.y)


def _judged(
    chain: Chain,
    signal: Signal,
    loss: Loss,
    states: tuple[Any, ...],
    x: Array,
    target: Array,
    share: Array,
    keys: list[Any],
) -> tuple[Array, list[Array]]:
    """The loss of one moment, and what each layer's output is worth in it."""
    target = asked(target, share)

    def error(y: Array) -> Array:
        return (loss(y, target) * share).sum()

    return signal(Instant(chain, states, x, target, error, share, keys))
