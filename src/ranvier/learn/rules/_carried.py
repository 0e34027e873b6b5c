"""Backpropagation through time where each batch goes on from the one before."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Batch, Cell, at_rest
from ranvier.learn._asked import asked
from ranvier.learn._types import Gradients
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.nets import run


class CarriedBPTT(eqx.Module):
    r"""Backpropagation through time within a batch; the next batch goes on from its last state.

    $$z^{0}_{n+1} = z^{T}_{n}, \qquad \frac{\partial z^{0}_{n+1}}{\partial \theta} \to 0$$

    for batch $n$ of an epoch, which begins at rest. What `truncated_bptt` does within a sequence,
    with an update after every window: texts and other streams that are too long for one sequence
    are learned so. Example $b$ of a batch is the continuation of example $b$ of the last one.

    Args:
        loss: one number per step, from output and target.
        average: how steps are put together.

    Source: Williams, Peng, Neural Comput. 2 (1990); for language, Mikolov et al., Interspeech
    (2010); Zaremba, Sutskever, Vinyals, arXiv:1409.2329 (2014), section 4.1.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> net = rv.chain(4, rv.SNU.soft(3), rv.Readout(2), key=jax.random.key(0))
        >>> rule = CarriedBPTT(rv.losses.squared_error)
        >>> batch = Batch(jnp.ones((5, 1, 4)), jnp.zeros((5, 1, 2)), jnp.ones((5, 1)))
        >>> value, gradients, state = rule(net, batch, None, rule.start(net, batch))
        >>> later, _, _ = rule(net, batch, None, state)
        >>> bool(value == later)
        False
    """

    loss: Loss
    average: Average = per_step

    def start(self, model: Cell, batch: Batch) -> Any:
        """The state before the first batch: rest.

        Args:
            model: any cell.
            batch: the first one, for its number of examples.
        """
        return at_rest(model, batch.x)

    def __call__(
        self, model: Cell, batch: Batch, key: PRNGKeyArray | None, before: Any
    ) -> tuple[Array, Gradients, Any]:
        """Loss and gradients of one batch, and the state behind it.

        Args:
            model: any cell.
            batch: the continuation of the one before.
            key: draws noise; `None` means noiseless.
            before: the state that the batch before ended in.
        """

        @eqx.filter_value_and_grad(has_aux=True)
        def total(model: Cell) -> Any:
            after, ys = run(model, batch.x, state=before, key=key)
            nats = self.loss(ys, asked(batch.target, batch.mask)) * batch.mask
            return nats.sum() * self.average(batch.mask), after

        (value, after), gradients = total(model)
        return value, gradients, after
