"""How far the errors that hidden layers are taught by point away from the true ones."""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ranvier.apps._credit import Credit
from ranvier.apps._static import LOSSES, Keys, Wanted, plain, rule
from ranvier.core import Batch
from ranvier.learn import Rule, bptt
from ranvier.learn.signals import Draw, feedback_matrix, he_uniform
from ranvier.nets import Chain
from ranvier.synapses import Dense, FeedbackAligned


@eqx.filter_jit
def _errors(learn: Rule, model: Chain, x: Array, target: Array) -> list[Array]:
    """The error at every hidden unit's input, for every example, `[B, *units]`.

    A bias is added to that input and to nothing else, so its gradient is the error.
    """

    def one(x: Array, target: Array) -> list[Array]:
        batch = Batch(x[None, None], target[None, None], jnp.ones((1, 1)))
        _, gradients = learn(model, batch, None)
        return [layer.neuron.bias for layer in gradients.layers[:-1]]

    return jax.vmap(one)(x, target)


def angle(one: Array, two: Array) -> float:
    """The angle between two arrays, degrees; 90 where one of them is nothing.

    Args:
        one, two: of one shape.

    Example:
        >>> round(angle(jnp.array([1.0, 0.0]), jnp.array([1.0, 1.0])), 6)
        45.0
    """
    first, second = (np.asarray(array, float).ravel() for array in (one, two))
    norms = float(np.linalg.norm(first) * np.linalg.norm(second))
    if norms == 0:
        return 90.0
    # Rounding may put the cosine of a thing with itself above one.
    return float(np.degrees(np.arccos(np.clip(first @ second / norms, -1, 1))))


class Watch:
    """The angles of one training.

    Args:
        settings, credit, seed: of the training.
        x: examples, `[B, *axes]`.
        target: what is to come out, `[B, outputs]`.
        draw: the distribution of direct feedback, before the gain.
    """

    def __init__(
        self,
        settings: Wanted,
        credit: Credit,
        seed: int,
        x: Array,
        target: Array,
        draw: Draw = he_uniform,
    ) -> None:
        self.key, self.draw = Keys.of(seed).feedback, draw
        self.credit = credit
        self.x, self.target = x, target
        self.rule, self.exact = rule(settings, credit, seed, draw), bptt(LOSSES[settings.loss])
        self.last: tuple[Any, dict[str, float]] = (None, {})

    def __call__(self, model: Any) -> dict[str, float]:
        """Names such as "error, layer 1" and "weights, layer 2" to angles in degrees."""
        if self.last[0] is not model:
            self.last = (model, {**self._errors(model), **self._weights(model)})
        return self.last[1]

    def _errors(self, model: Any) -> dict[str, float]:
        """Between the error that a hidden layer gets and the one that backpropagation gives."""
        taught = _errors(self.rule, model, self.x, self.target)
        true = _errors(self.exact, plain(model), self.x, self.target)
        return {
            f"error, layer {number}": angle(one, two)
            for number, (one, two) in enumerate(zip(taught, true, strict=True), start=1)
        }

    def _weights(self, model: Any) -> dict[str, float]:
        """Between fixed feedback and the weights in whose place it stands."""
        if self.credit.path not in ("fa", "dfa"):
            return {}
        connections = [layer.synapses["dendrite"] for layer in plain(model).layers]
        found = {}
        for number in range(1, len(connections)):
            # Convolutions, and connections behind them, are no product of matrices.
            above = [one.weight for one in connections[number:] if isinstance(one, Dense)]
            if len(above) < len(connections) - number:
                continue
            if self.credit.path == "fa":
                fixed = _feedback_of(model.layers[number]).weight
                angles = angle(above[0], fixed)
            else:
                product = functools.reduce(lambda below, weight: weight @ below, above)
                shape = (product.shape[0], product.shape[1])
                drawn = feedback_matrix(self.key, number - 1, shape, self.draw)
                angles = angle(product, drawn)
            found[f"weights, layer {number}"] = angles
        return found


def _feedback_of(layer: Any) -> Any:
    """The fixed weights of a layer's way back."""

    def aligned(node: Any) -> bool:
        return isinstance(node, FeedbackAligned)

    return next(filter(aligned, jax.tree.leaves(layer.synapses, is_leaf=aligned))).feedback
