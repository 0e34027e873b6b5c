"""Synaptic operations of a network and of a layer, counted from what happened in them."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.core import Synapse
from ranvier.metrics._activity import Operations, synaptic_operations
from ranvier.metrics._fan_out import fan_out, weights_of
from ranvier.nets import Layer, Observed, connections, entering
from ranvier.synapses import Embedding


class SynapticOperations(NamedTuple):
    """Synaptic operations per example, over all of its steps.

    Attributes:
        effective_macs: multiply and add, where the activity is neither zero nor a spike and the
            weight is not zero.
        effective_acs: add alone, where the activity is a spike, 1 or -1, and the weight is not
            zero.
        dense: all connections in all steps, whatever is zero.

    Example:
        >>> found = SynapticOperations(effective_macs=0.0, effective_acs=30.0, dense=400.0)
        >>> found.effective_acs / found.dense
        0.075
    """

    effective_macs: float
    effective_acs: float
    dense: float


def operations_per_example(observed: Observed) -> SynapticOperations:
    r"""Count the synaptic operations of a run, exactly.

    $$\mathrm{AC} + \mathrm{MAC} = \frac{1}{B} \sum_{t,b} \sum_{(j,i)}
        [x_{t,b,j} \ne 0] \, [w_{ji} \ne 0]$$

    over all connections that exist: a unit at the edge of an image reaches fewer others than one
    in the middle. Operations by the activity 1 or -1 are accumulates (AC), others multiply and
    accumulate (MAC), one by one. Biases, pooling and neurons are not counted; see
    `neuron_operations` for the last. Of a `Sparse`, connections that it does not keep do not count
    as dense; an `Embedding` counts as a one-hot input. Of a `LearnedDelay`, each spike counts once
    per connection, in the step in which it is sent.

    Args:
        observed: what happened, as `observe` gives it.

    Source: Yik et al., Nat. Commun. 16 (2025), NeuroBench, "synaptic operations".

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.nets import Layer, observe
        >>> from ranvier.synapses import Dense
        >>> weight = jnp.array([[1.0, 0.0], [2.0, 3.0]])
        >>> layer = Layer(rv.LIF(2), {"dendrite": Dense(weight)})
        >>> operations_per_example(observe(layer, jnp.array([[1.0, 0.5], [0.0, 0.0]])))
        SynapticOperations(effective_macs=1.0, effective_acs=2.0, dense=8.0)
    """
    macs = acs = dense = 0
    for _, synapse, activity in observed.connections:
        sent = activity[observed.mask].reshape(observed.mask.sum(), -1)
        if isinstance(synapse, Embedding):
            reached = fan_out(synapse, effective=True)
            acs += int(reached[sent.astype(np.int64)].sum())
            dense += weights_of(synapse).size * len(sent)
            continue
        all_there, kept = fan_out(synapse, effective=False), fan_out(synapse, effective=True)
        spikes, active = (np.abs(sent) == 1).sum(0), (sent != 0).sum(0)
        acs += int(spikes @ kept)
        macs += int((active - spikes) @ kept)
        dense += int(all_there.sum()) * len(sent)
    return SynapticOperations(*(count / observed.examples for count in (macs, acs, dense)))


def layer_operations(layer: Layer, x: Any, y: Any, mask: ArrayLike) -> list[Operations]:
    """Count the operations of a layer's connections from its recorded input and output.

    One entry per synapse with weights between units: from the input, then from the last output.
    Weights of zero cost nothing by events.

    Args:
        layer: the layer.
        x: its input, `[T, B, *axes]`.
        y: its output, `[T, B, *units]`.
        mask: `[T, B]`, 1 where a step counts.

    Returns:
        Operations per step and example.

    Raises:
        TypeError: a synapse whose connections cannot be counted.
        ValueError: no valid step, or shapes that do not fit.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> layer = rv.layer(2, rv.SNU(3), key=jax.random.key(0))
        >>> layer_operations(layer, jnp.eye(2)[:, None], jnp.zeros((2, 1, 3)), jnp.ones((2, 1)))
        [Operations(dense=6.0, event=3.0)]
    """
    return [
        _per_step(synapse, np.asarray(activity), mask)
        for outer, entered, name in entering(layer, x, y, np.zeros_like(y[0]))
        for name, synapse, activity in connections(outer, entered, name)
    ]


def _per_step(synapse: Synapse, activity: NDArray, mask: ArrayLike) -> Operations:
    if isinstance(synapse, Embedding):
        kept = fan_out(synapse, effective=True)[activity[np.asarray(mask) > 0].astype(np.int64)]
        return Operations(float(weights_of(synapse).size), float(kept.mean()))
    rows = activity.reshape(*activity.shape[:2], -1)
    dense = synaptic_operations(rows, mask, fan_out(synapse, effective=False)).dense
    return Operations(
        dense, synaptic_operations(rows, mask, fan_out(synapse, effective=True)).event
    )
