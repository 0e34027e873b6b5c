"""Static networks that learn still images, and the rule that trains each."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.apps._credit import Credit, controlled
from ranvier.core import Cell, Synapse
from ranvier.learn import Rule, at_once, bptt, losses, online, signals
from ranvier.nets import Chain, Layer
from ranvier.neurons import RNN, Readout
from ranvier.synapses import (
    Convolution,
    Dense,
    Dropout,
    FeedbackAligned,
    Flatten,
    Grapes,
    LocalGrapes,
    MaximumPooling,
    Modulation,
    SenderGrapes,
    Series,
    clipped_importance,
    he_uniform,
    node_importance,
)

CLASSES = 10
"""Of every data set of still images."""

LOSSES = {
    "bernoulli": losses.bernoulli,
    "categorical": losses.categorical,
    "squared": losses.squared_error,
}
_UNITS = {"tanh": jnp.tanh, "relu": jax.nn.relu}


class Wanted(Protocol):
    """What settings say of a static network; those of the experiments mean the same by it."""

    @property
    def channels(self) -> tuple[int, ...]: ...
    @property
    def kernel(self) -> int: ...
    @property
    def stride(self) -> int: ...
    @property
    def hidden(self) -> tuple[int, ...]: ...
    @property
    def unit(self) -> str: ...
    @property
    def loss(self) -> str: ...
    @property
    def gain(self) -> float: ...
    @property
    def scale(self) -> float: ...
    @property
    def dropout(self) -> float: ...


class Blocks(NamedTuple):
    """How convolutions take images, and how they are put together.

    Attributes:
        colours: channels of the images.
        padding: silent places around what a convolution sees.
        pool: places along each axis, the most active of which the next layer hears.
    """

    colours: int = 1
    padding: int = 0
    pool: int = 1


class Keys(NamedTuple):
    """What a seed draws.

    Attributes:
        weights: of the network.
        feedback: fixed connections for the error.
        control: deals importance out to other nodes.
    """

    weights: PRNGKeyArray
    feedback: PRNGKeyArray
    control: PRNGKeyArray

    @classmethod
    def of(cls, seed: int) -> "Keys":
        """The keys of a seed.

        Example:
            >>> len(Keys.of(0))
            3
        """
        return cls(*jr.split(jr.key(seed), 3))


def network(
    settings: Wanted,
    credit: Credit,
    side: int,
    seed: int,
    outputs: int = CLASSES,
    blocks: Blocks = Blocks(),  # noqa: B008
) -> Chain:
    """The network of one seed, its connections as the way of the error wants them.

    Args:
        settings: layers, unit, gain and dropout.
        credit: how errors reach hidden layers.
        side: rows and columns of the images.
        seed: draws weights and feedback; the weights are the same for every credit.
        outputs: units of the last layer.
        blocks: of the convolutions.

    Raises:
        ValueError: a convolution, or a pool, that leaves no place.

    Example:
        >>> from ranvier.apps.feedback import Settings
        >>> made = network(Settings(hidden=(20,)), Credit("bp"), 8, 0)
        >>> [layer.neuron.shape for layer in made.layers]
        [(20,), (10,)]
    """
    keys = Keys.of(seed)
    plain, feedback = (
        list(_drawn(settings, side, outputs, key, blocks)) for key in (keys.weights, keys.feedback)
    )
    shape = _axes(settings, side, blocks)
    layers: list[Cell] = []
    for number, (synapse, other) in enumerate(zip(plain, feedback, strict=True)):
        last = number == len(plain) - 1
        control = jr.fold_in(keys.control, number)
        connected = isinstance(synapse, Dense)
        synapse = _credited(synapse, credit, other if number else None, last=last, key=control)
        if number and connected and settings.dropout:
            synapse = Dropout(synapse, settings.dropout)
        if len(shape) > 1 and number and blocks.pool > 1:
            pool = MaximumPooling(shape, blocks.pool)
            flat = [Flatten(pool.shape)] if synapse.in_shape != pool.shape else []
            synapse = Series(pool, *flat, synapse)
        elif synapse.in_shape != shape:
            synapse = Series(Flatten(shape), synapse)
        shape = synapse.shape
        unit = Readout(shape) if last else RNN(shape, g=_UNITS[settings.unit])
        layers.append(Layer(unit, {"dendrite": synapse}, name=f"layer {number + 1}"))
    return Chain(layers)


def plain(model: Cell) -> Any:
    """The network without feedback, importance and dropout: what it computes when it is judged.

    Args:
        model: of any credit.
    """
    kinds = (Dropout, FeedbackAligned, Grapes, LocalGrapes, SenderGrapes)

    def bare(node: Any) -> Any:
        while isinstance(node, kinds):
            node = node.synapse
        return node

    return jax.tree.map(bare, model, is_leaf=lambda node: isinstance(node, kinds))


def _axes(settings: Wanted, side: int, blocks: Blocks) -> tuple[int, ...]:
    """Axes of the input: an image for convolutions, all pixels in one row without."""
    image = (side, side, blocks.colours)
    return image if settings.channels else (math.prod(image),)


def _drawn(
    settings: Wanted, side: int, outputs: int, key: PRNGKeyArray, blocks: Blocks
) -> Iterator[Synapse]:
    """Plain connections of every layer."""

    def init(key: PRNGKeyArray, shape: tuple[int, int]) -> Array:
        return settings.gain * he_uniform(key, shape)

    keys = iter(jr.split(key, len(settings.channels) + len(settings.hidden) + 1))
    shape = _axes(settings, side, blocks)
    for channels in settings.channels:
        convolution = Convolution.random(
            shape,
            channels,
            settings.kernel,
            stride=settings.stride,
            padding=blocks.padding,
            key=next(keys),
            init=init,
        )
        *space, channels = convolution.shape
        shape = (*(places // blocks.pool for places in space), channels)
        yield convolution
    before = math.prod(shape)
    for width in (*settings.hidden, outputs):
        yield Dense.random(before, width, key=next(keys), init=init)
        before = width


def _modulation(credit: Credit, key: PRNGKeyArray) -> Modulation:
    plain = clipped_importance if credit.path == "bp" else node_importance
    return controlled(plain, credit.control, key)


def _credited(
    synapse: Synapse,
    credit: Credit,
    feedback: Synapse | None,
    *,
    last: bool,
    key: PRNGKeyArray,
) -> Synapse:
    """Connections with importance and, but for those of the input, feedback."""
    if credit.path == "fa" and feedback is not None:
        synapse = FeedbackAligned(synapse, feedback)
    if not credit.form or last:
        return synapse
    modulation = _modulation(credit, key)
    if credit.path == "dfa":
        return SenderGrapes(synapse, modulation) if feedback is not None else synapse
    return {"grapes": Grapes, "local-grapes": LocalGrapes}[credit.form](synapse, modulation)


def rule(
    settings: Wanted, credit: Credit, seed: int, draw: signals.Draw = signals.he_uniform
) -> Rule:
    """The rule that trains the network of a credit.

    Args:
        settings: loss and scale.
        credit: how errors reach hidden layers.
        seed: draws the feedback.
        draw: the distribution of direct feedback, before the gain.

    Example:
        >>> from ranvier.apps.feedback import Settings
        >>> made = rule(Settings(), Credit("dfa"), 0)
    """
    loss, key = LOSSES[settings.loss], Keys.of(seed).feedback
    if credit.path in ("bp", "fa"):
        return bptt(loss)

    def drawn(key: PRNGKeyArray, shape: tuple[int, int]) -> Array:
        return settings.gain * draw(key, shape)

    direct = signals.direct(key, drawn)
    signal = {
        "dfa": signals.by_importance(direct) if credit.form else direct,
        "sdfa": signals.error_sign(key, drawn, scale=settings.scale),
        "drtp": signals.target_projection(key, drawn, scale=settings.scale),
        "ifa": signals.indirect(key, drawn),
        "shallow": signals.shallow,
    }[credit.path]
    return online(loss, eligibility=at_once(), signal=signal)
