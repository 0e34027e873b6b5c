"""S4NN: one example at a time, backpropagation of latencies with one spike per unit."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Batch, positive
from ranvier.learn.single_spike._counted import Counted
from ranvier.learn.single_spike._targets import relative_targets
from ranvier.nets.single_spike import Arrivals, S4NNLayer, arrivals, first_crossings
from ranvier.nets.single_spike._s4nn import AT_ONCE, in_turns


class S4NN(eqx.Module):
    r"""Backpropagation of latencies as S4NN does it: a step per example, of a fixed length.

    Errors of the outputs are $e_k = (T_k - t_k) / T$ with the
    [targets][ranvier.learn.single_spike.relative_targets] $T_k$. With $dt_j / dV_j = -1$ for
    whoever fires, from the last layer to the first:

    $$\delta \leftarrow \delta / \lVert \delta \rVert, \qquad
    w_{ji} \leftarrow (1 - \eta \lambda)\,(w_{ji} - \eta\, \delta_j\, [t_i < t_j]), \qquad
    \delta_i = \sum_j \delta_j\, w_{ji}\, [t_i < t_j]$$

    so that who fires too late hears more of what it has heard in time. The error is sent back
    along weights that have learned already. A batch is an epoch: its examples are taken one after
    another, in order, and those with a mask of 0 are only looked at.

    **Dead units.** A hidden unit that fired at too few of the examples of the last batch is drawn
    anew before the next one, if there is a key.

    **As a rule.** What it returns as gradients is what was taken off the weights in all, so the
    optimiser that goes with it is `optax.sgd(1.0)`, and the step $\eta$ is its own.

    Args:
        learning_rate: $\eta$.
        weight_decay: $\lambda$.
        margin: $\gamma$ of the targets, in steps.
        rarest: share of examples at which a hidden unit must fire.
        high: $b$ of the weights of a unit drawn anew, $w \sim U(0, b)$; one per hidden layer.

    Raises:
        TypeError: (when used) a model that is not `Counted`, or layers that are not of S4NN.
        ValueError: numbers out of range, or (when used) another number of `high` than of hidden
            layers.

    Source: Kheradpisheh, Masquelier, Int. J. Neural Syst. 30 (2020), section 2; norms, order of
        updates and dead units as in the authors' code.

    Example:
        >>> from ranvier.nets.single_spike import SingleSpikeNetwork
        >>> one, two = jr.split(jr.key(0))
        >>> model = Counted(SingleSpikeNetwork([
        ...     S4NNLayer.random(2, 5, key=one, high=200), S4NNLayer.random(5, 2, key=two, high=99),
        ... ]))
        >>> times = jnp.array([[[10, 90], [90, 10]]])
        >>> epoch = Batch(times, jnp.array([[0, 1]]), jnp.ones((1, 2)))
        >>> loss, taken = S4NN(margin=2, high=(200.0,))(model, epoch)
        >>> taken.network.layers[0].weight.shape
        (5, 2)
    """

    learning_rate: float
    weight_decay: float
    margin: int = eqx.field(static=True)
    rarest: float
    high: tuple[float, ...]

    def __init__(
        self,
        learning_rate: float = 0.2,
        *,
        weight_decay: float = 1e-6,
        margin: int = 3,
        rarest: float = 0.001,
        high: tuple[float, ...] = (5.0,),
    ) -> None:
        positive("S4NN", learning_rate=learning_rate, margin=margin)
        if not 0 <= learning_rate * weight_decay < 1:
            raise ValueError(
                f"S4NN: weight_decay is {weight_decay}, expected 0 or more, and less than one over "
                f"the learning rate {learning_rate}."
            )
        if not 0 <= rarest <= 1:
            raise ValueError(f"S4NN: rarest is {rarest}, expected a share, 0 to 1.")
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.margin = margin
        self.rarest = rarest
        self.high = tuple(high)

    def __call__(
        self, model: Any, batch: Batch, key: PRNGKeyArray | None = None
    ) -> tuple[Array, Any]:
        """One epoch: the mean of half the squared error, and what to take off the model."""
        layers = _layers(model)
        if len(self.high) != len(layers) - 1:
            raise ValueError(
                f"S4NN: high has {len(self.high)} numbers, but the network has "
                f"{len(layers) - 1} hidden layers. Give one for each."
            )
        rows = [layer.weight.T for layer in layers]
        if key is not None:
            rows = self._revived(rows, model.firing, key)
        rows, firing, loss = self._epoch(layers, tuple(rows), *(a[0] for a in batch))
        taken = [layer.weight - row.T for layer, row in zip(layers, rows, strict=True)]
        fewer = [old - new for old, new in zip(model.firing, firing, strict=True)]
        return loss, eqx.tree_at(
            lambda m: [
                *(layer.weight for layer in m.network.layers),
                *(m.firing[which] for which in range(len(firing))),
            ],
            eqx.filter(model, eqx.is_inexact_array),
            [*taken, *fewer],
        )

    def _revived(
        self, rows: list[Array], firing: tuple[Array, ...], key: PRNGKeyArray
    ) -> list[Array]:
        """Weights with those of dead units drawn anew."""
        hidden = [
            jnp.where(share < self.rarest, jr.uniform(one, row.shape, row.dtype, maxval=high), row)
            for row, share, high, one in zip(
                rows, firing, self.high, jr.split(key, len(self.high)), strict=False
            )
        ]
        return [*hidden, rows[-1]]

    def _epoch(
        self,
        layers: tuple[S4NNLayer, ...],
        rows: tuple[Array, ...],
        times: Array,
        labels: Array,
        mask: Array,
    ) -> tuple[tuple[Array, ...], list[Array], Array]:
        """Weights after all examples, shares at which hidden units fired, and the mean loss."""
        # All weights shrink by the same factor at every example. It is held apart, so that an
        # example touches the weights of its own spikes alone, and multiplied in at the end.
        log_kept = jnp.log1p(-self.learning_rate * self.weight_decay)

        def example(carry: Any, one: tuple[Array, Array, Array]) -> tuple[Any, None]:
            rows, learned, fired, loss = carry
            kept = jnp.exp(learned * log_kept)
            heard = [arrivals(one[0], layers[0].last)]
            found = []
            for row, layer in zip(rows, layers, strict=True):
                found.append(first_crossings(row, heard[-1], layer.threshold / kept, layer.last))
                heard.append(arrivals(found[-1], layer.last))
            counts = one[2].astype(loss.dtype)
            error = self._error(found[-1], one[1], layers[-1].last).astype(loss.dtype)
            rows = self._descended(rows, heard, found, error * counts, kept)
            fired = [
                share + (t < layer.last)
                for share, t, layer in zip(fired, found[:-1], layers, strict=False)
            ]
            return (rows, learned + counts, fired, loss + jnp.square(error).sum() / 2), None

        zero = jnp.zeros((), rows[0].dtype)
        start = (rows, zero, [jnp.zeros(row.shape[1], row.dtype) for row in rows[:-1]], zero)
        carry, _ = jax.lax.scan(example, start, (times, labels, mask))
        rows, learned, fired, loss = carry
        kept = jnp.exp(learned * log_kept)
        examples = len(times)
        return (
            tuple(row * kept for row in rows),
            [share / examples for share in fired],
            loss / examples,
        )

    def _error(self, times: Array, label: Array, last: int) -> Array:
        targets = relative_targets(times, label, last=last, margin=self.margin)
        return (targets - times) / jnp.asarray(last, float)

    def _descended(
        self,
        rows: tuple[Array, ...],
        heard: list[Arrivals],
        found: list[Array],
        error: Array,
        kept: Array,
    ) -> tuple[Array, ...]:
        """Weights after one example, without their decay, from the last layer to the first."""
        new = list(rows)
        delta = error
        for which in reversed(range(len(rows))):
            delta = _unit_length(delta)
            step = self.learning_rate * delta / kept
            new[which] = _descend(rows[which], heard[which], found[which], step)
            if which:
                heard_in_time = _in_time(found[which - 1][:, None], found[which])
                delta = jnp.where(heard_in_time, new[which], 0) @ delta
        return tuple(new)


def _layers(model: Any) -> tuple[S4NNLayer, ...]:
    if not isinstance(model, Counted):
        raise TypeError(f"S4NN: the model is {type(model).__name__}, expected Counted(network).")
    for number, layer in enumerate(model.network.layers):
        if not isinstance(layer, S4NNLayer):
            raise TypeError(f"S4NN: layer {number} is {type(layer).__name__}, expected S4NNLayer.")
    return model.network.layers


def _in_time(before: Array, after: Array) -> Array:
    """Which spikes come early enough to have a part in others."""
    return before < after


def _unit_length(delta: Array) -> Array:
    norm = jnp.linalg.norm(delta)
    return delta / jnp.where(norm > 0, norm, 1)


def _descend(rows: Array, heard: Arrivals, times: Array, step: Array) -> Array:
    """Take a step off the weights of what each unit has heard before it fired."""
    # Who takes no step has heard nothing.
    until = jnp.where(step != 0, times, -1)
    order, arrived = in_turns(heard, jnp.iinfo(times.dtype).max)

    def turn(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        at, rows = carry
        taken = jax.lax.dynamic_slice_in_dim(order, at, AT_ONCE)
        when = jax.lax.dynamic_slice_in_dim(arrived, at, AT_ONCE)
        for which in range(AT_ONCE):
            old = jax.lax.dynamic_index_in_dim(rows, taken[which], keepdims=False)
            new = old - jnp.where(_in_time(when[which], until), step, 0)
            rows = jax.lax.dynamic_update_index_in_dim(rows, new, taken[which], 0)
        return at + AT_ONCE, rows

    def more(carry: tuple[Array, Array]) -> Array:
        return (carry[0] < len(order)) & _in_time(arrived[carry[0]], until).any()

    return jax.lax.while_loop(more, turn, (jnp.zeros((), jnp.int32), rows))[1]
