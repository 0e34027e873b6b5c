"""e-prop: eligibility propagation, forward in time or, for the same gradient, backwards."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from ranvier.core import Cell, Kinetics, Synapse
from ranvier.learn._types import Rule
from ranvier.learn.eligibility import local
from ranvier.learn.losses import ActivityCost, Average, Loss, per_step
from ranvier.learn.rules._bptt import bptt
from ranvier.learn.rules._online import online
from ranvier.learn.signals import Draw, Signal, feedback_matrix, he_uniform, past_filter
from ranvier.learn.signals import exact as exact_signal
from ranvier.learn.signals._past_filter import filters
from ranvier.nets import Chain, Layer
from ranvier.neurons import Driven, LeakyIntegrator, Relay, detach_resets, kept
from ranvier.synapses import Dense, Detached, FeedbackAligned


def e_prop(
    loss: Loss, *, signal: Signal = exact_signal, average: Average = per_step, chunk: int = 1
) -> Rule:
    r"""e-prop: traces of each neuron's own state, times the output's error as it reaches it.

    $$\frac{dE}{dW_{ji}} = \sum_t L_j^t\, \bar e_{ji}^t, \qquad
    \bar e^t = \kappa\, \bar e^{t-1} + e^t$$

    with $e$ the trace of `local` in which the resets of integrate-and-fire neurons are constants
    (that of an SNU, a factor on its state, is not), and $\kappa$ the decay of a leaky readout, the
    last layer. Where that is a `nets.spike_filter`, its kinetics take the place of $\kappa$, and
    the error behind it reaches the layer below at once. What it drops: influence through other
    units of a layer, through resets, and through time in a higher layer that is not the readout.
    With the exact signal (and one hidden layer) it is symmetric e-prop; `signals.direct` gives
    random e-prop.

    Args:
        loss: one number per step, from output and target.
        signal: the spatial half.
        average: how steps are put together.
        chunk: as of `online`.

    Raises:
        TypeError: a cell that is not a layer, a layer that traces cannot follow, or a readout
            whose units decay differently.
        ValueError: a chunk below one step.

    Source: Bellec et al., Nat. Commun. 11 (2020), eqs. 1-4 and methods.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.learn import signals
        >>> random = e_prop(rv.losses.categorical, signal=signals.direct(jax.random.key(0)))
    """

    def rule(model, batch, key=None):
        layers = model.layers if isinstance(model, Chain) else (model,)
        course = filter_of(layers)
        low_pass = _readout_decay(layers) if course is None else course
        below = signal if course is None else past_filter(signal)
        eligibilities = [*[local(low_pass=low_pass)] * (len(layers) - 1), local()]
        learn = online(loss, eligibility=eligibilities, signal=below, average=average, chunk=chunk)
        return with_detached_resets(learn)(model, batch, key)

    return rule


def with_detached_resets(learn: Rule) -> Rule:
    """The same rule, of a model whose resets are constants to its derivatives.

    Args:
        learn: any rule.
    """

    def rule(model, batch, key=None):
        value, gradients = learn(detach_resets(model), batch, key)
        return value, as_in(model, gradients)

    return rule


def as_in(model: Any, gradients: Any) -> Any:
    """Gradients of a model with detached resets, in the structure of the model itself.

    The two differ in what derivatives see, not in their arrays.

    Args:
        model: as it was given.
        gradients: of the same arrays, in the same order.
    """
    structure = jax.tree.structure(eqx.filter(model, eqx.is_inexact_array))
    return jax.tree.unflatten(structure, jax.tree.leaves(gradients))


def e_prop_backwards(
    loss: Loss,
    *,
    feedback: PRNGKeyArray | None = None,
    draw: Draw = he_uniform,
    average: Average = per_step,
    activity: ActivityCost | None = None,
) -> Rule:
    r"""The gradient of `e_prop` for one hidden layer, by backpropagation with paths cut.

    $$\frac{\partial v^t}{\partial z^{t-1}}\Big|_{reset} \to 0, \qquad
    \frac{\partial I^t}{\partial z^{t-1}}\Big|_{recurrent} \to 0$$

    Whatever then is left runs through single neurons and the readout, which is what the traces
    follow. It needs the whole sequence, and costs no more than `bptt`: the way to train long
    simulations of what a chip will do forward in time.

    Args:
        loss: one number per step, from output and target.
        feedback: draws the matrix that carries the output's error to the hidden layer, as in
            `signals.direct`; the readout's own weights if not given.
        draw: its distribution.
        average: how steps are put together.
        activity: as of `bptt`.

    Raises:
        TypeError: a model that is not one hidden layer and a readout, each with dense weights.

    Source: Bellec et al., Nat. Commun. 11 (2020); the equality is tested here.

    Example:
        >>> import ranvier as rv
        >>> rule = e_prop_backwards(rv.losses.categorical, activity=rv.losses.rate_cost(1.0, 0.01))
    """

    def cut(model: Cell) -> Cell:
        hidden, readout = _two_layers(model)
        hidden = _with(hidden, "recurrent", Detached)
        if feedback is not None:
            # As `signals.direct` draws it for the first layer.
            ways = feedback_matrix(feedback, 0, (readout.neuron.shape[0], readout.in_size), draw)
            readout = _with(
                readout, "synapses", lambda synapse: FeedbackAligned(synapse, Dense(ways))
            )
        return detach_resets(Chain((hidden, readout)))

    return bptt(loss, average=average, activity=activity, through=cut)


def filter_of(layers: Any) -> Kinetics | None:
    """The kinetics of a last layer that filters the one below and does no more; none elsewhere."""
    last = layers[-1]
    unit = getattr(last, "neuron", None)
    if len(layers) == 1 or not isinstance(unit, Driven) or not isinstance(unit.neuron, Relay):
        return None
    return unit.kinetics[0] if filters(last) else None


def _readout_decay(layers: Any) -> Any:
    """What is left of a leaky readout after a step; 0 where the last layer is none."""
    neuron = getattr(layers[-1], "neuron", None)
    if len(layers) == 1 or not isinstance(neuron, LeakyIntegrator):
        return 0.0
    decay = kept(neuron.decay)
    if jnp.ndim(decay):
        raise TypeError(
            f"e_prop: the readout has decays of shape {jnp.shape(decay)}; traces can follow one "
            "for all of its units. Give it a number, or use `bptt`."
        )
    return decay


def _two_layers(model: Cell) -> tuple[Layer, Layer]:
    layers: Any = model.layers if isinstance(model, Chain) else ()
    if len(layers) == 2 and all(isinstance(layer, Layer) for layer in layers):
        dense = all(isinstance(synapse, Dense) for synapse in layers[1].synapses.values())
        if dense and not layers[1].recurrent:
            return layers
    raise TypeError(
        "e_prop_backwards: expected one hidden layer and a readout with dense weights; got a "
        f"{type(model).__name__} of {len(layers)}. Use `e_prop`."
    )


def _with(layer: Layer, group: str, wrap: Any) -> Layer:
    """The layer with one group of its synapses wrapped."""
    wrapped: dict[str, Synapse] = {p: wrap(s) for p, s in getattr(layer, group).items()}
    return eqx.tree_at(lambda one: getattr(one, group), layer, wrapped)
