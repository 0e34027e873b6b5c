"""Rules that differ in how errors reach a layer, and follow time exactly within each layer."""

from typing import Any

import equinox as eqx
import jax.random as jr
from jaxtyping import PRNGKeyArray

from ranvier.core import Cell, Synapse
from ranvier.learn._moment import as_chain
from ranvier.learn._types import Rule
from ranvier.learn.eligibility import looking_back
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.learn.rules._bptt import bptt
from ranvier.learn.rules._online import online
from ranvier.learn.signals import Draw, Signal, direct, he_uniform, indirect, target_projection
from ranvier.learn.signals import shallow as nothing
from ranvier.nets import Chain
from ranvier.synapses import Dense, FeedbackAligned, glorot_uniform


def feedback_alignment(
    loss: Loss,
    *,
    feedback: PRNGKeyArray | None = None,
    draw: Draw = glorot_uniform,
    average: Average = per_step,
) -> Rule:
    """Backpropagation through time whose errors go down from layer to layer by random weights.

    Within a layer, recurrent weights carry errors back through time as they are.

    Args:
        loss: one number per step.
        feedback: draws the weights of the way down.
        draw: their distribution, `(key, (units above, units below)) -> weights`; that of a new
            network's own weights if not given.
        average: how steps are put together.

    Raises:
        TypeError: a cell that is not a layer.

    Source: Lillicrap, Cownden, Tweed, Akerman, Nat. Commun. 7 (2016).

    Example:
        >>> import ranvier as rv
        >>> rule = feedback_alignment(rv.losses.categorical)
    """
    key = _drawn_by(feedback)

    def aligned(synapse: Synapse, key: PRNGKeyArray) -> Synapse:
        if not isinstance(synapse, Dense):
            return synapse
        above, below = synapse.weight.shape
        way = draw(key, (above, below)).astype(synapse.weight.dtype)
        return FeedbackAligned(synapse, Dense(way))

    def through(model: Cell) -> Chain:
        layers: list[Any] = list(as_chain(model).layers)
        for number, layer in enumerate(layers[1:], start=1):
            ports = layer.synapses
            keys = jr.split(jr.fold_in(key, number), len(ports))
            wrapped = {p: aligned(s, k) for (p, s), k in zip(ports.items(), keys, strict=True)}
            layers[number] = eqx.tree_at(lambda one: one.synapses, layer, wrapped)
        return Chain(layers)

    return bptt(loss, average=average, through=through)


def direct_feedback_alignment(
    loss: Loss,
    *,
    feedback: PRNGKeyArray | None = None,
    draw: Draw = he_uniform,
    average: Average = per_step,
) -> Rule:
    """Every hidden layer hears the output's error along random weights, and looks back on its own.

    Args:
        loss: one number per step.
        feedback: draws the weights.
        draw: their distribution.
        average: how steps are put together.

    Source: Nøkland, NeurIPS 2016.

    Example:
        >>> import ranvier as rv
        >>> rule = direct_feedback_alignment(rv.losses.categorical)
    """
    return _looking_back(loss, direct(_drawn_by(feedback), draw), average)


def indirect_feedback_alignment(
    loss: Loss,
    *,
    feedback: PRNGKeyArray | None = None,
    draw: Draw = he_uniform,
    average: Average = per_step,
) -> Rule:
    """The output's error enters the first layer along random weights, and travels forward.

    Args:
        loss: one number per step.
        feedback: draws the weights.
        draw: their distribution.
        average: how steps are put together.

    Source: Nøkland, NeurIPS 2016, eq. 4.

    Example:
        >>> import ranvier as rv
        >>> rule = indirect_feedback_alignment(rv.losses.categorical)
    """
    return _looking_back(loss, indirect(_drawn_by(feedback), draw), average)


def direct_random_target_projection(
    loss: Loss,
    *,
    feedback: PRNGKeyArray | None = None,
    draw: Draw = he_uniform,
    scale: float = 1.0,
    average: Average = per_step,
) -> Rule:
    """Every hidden layer hears the target along random weights, and looks back on its own.

    Args:
        loss: one number per step.
        feedback: draws the weights.
        draw: their distribution.
        scale: of the signal to hidden layers.
        average: how steps are put together.

    Source: Frenkel, Lefebvre, Bol, Front. Neurosci. 15 (2021).

    Example:
        >>> import ranvier as rv
        >>> rule = direct_random_target_projection(rv.losses.categorical)
    """
    signal = target_projection(_drawn_by(feedback), draw, scale=scale)
    return _looking_back(loss, signal, average)


def shallow(loss: Loss, *, average: Average = per_step) -> Rule:
    """The output layer learns alone: the baseline of every rule that feeds errors back.

    Args:
        loss: one number per step.
        average: how steps are put together.

    Example:
        >>> import ranvier as rv
        >>> rule = shallow(rv.losses.categorical)
    """
    return _looking_back(loss, nothing, average)


def _drawn_by(feedback: PRNGKeyArray | None) -> PRNGKeyArray:
    return jr.key(0) if feedback is None else feedback


def _looking_back(loss: Loss, signal: Signal, average: Average) -> Rule:
    """A signal, and all of time within each layer."""

    def rule(model, batch, key=None):
        learn = online(
            loss, eligibility=looking_back(), signal=signal, average=average, chunk=len(batch.x)
        )
        return learn(model, batch, key)

    return rule
