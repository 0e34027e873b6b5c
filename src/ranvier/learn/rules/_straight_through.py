"""Learning from another form of the network: one with noise, of few bits, or on devices."""

from typing import Any

import jax
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Batch, Cell, Transform
from ranvier.learn._types import Rule


def straight_through(rule: Rule, form: Transform, *, noisy_run: bool = False) -> Rule:
    r"""A rule that takes its gradient at another form of the network, and hands it to the network.

    $$\nabla_\theta := \left. \frac{dE}{d\phi} \right|_{\phi = f(\theta, \xi)}$$

    For every batch the form is drawn anew. With noise on the weights this is noise-aware training;
    with weights of few bits, quantisation-aware training; with what devices would show, training
    with the hardware in the loop. Any rule can be taken, online ones too.

    Args:
        rule: `(model, batch, key) -> (loss, gradients)`.
        form: `(model, key=key) -> model`, which changes arrays and nothing else.
        noisy_run: whether the network that runs draws noise of its own, too (dropout, stochastic
            units); without it the key serves the form alone.

    Returns:
        A rule.

    Raises:
        ValueError: (when run) a form with other arrays than the network.

    Source: Bengio, Léonard, Courville, arXiv:1308.3432 (2013), "straight-through"; for noise:
    Joshi et al., Nat. Commun. 11 (2020).

    Example:
        >>> import equinox as eqx, jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> from ranvier.learn import rules
        >>> def halved(model, key=None):
        ...     return jax.tree.map(lambda a: a / 2 if eqx.is_array(a) else a, model)
        >>> net = rv.layer(1, rv.LeakyIntegrator(1, decay=0.0), key=jax.random.key(0))
        >>> batch = Batch(jnp.ones((1, 1, 1)), jnp.zeros((1, 1, 1)), jnp.ones((1, 1)))
        >>> rule = rules.straight_through(rv.bptt(rv.losses.squared_error), halved)
        >>> loss, _ = rule(net, batch, None)
        >>> full, _ = rv.bptt(rv.losses.squared_error)(net, batch, None)
        >>> round(float(full / loss))
        4
    """

    def through_form(
        model: Cell, batch: Batch, key: PRNGKeyArray | None = None
    ) -> tuple[Array, Any]:
        drawn, run = (None, None) if key is None else jr.split(key)
        changed = form(model, key=drawn)
        shapes = [jax.tree.map(jax.numpy.shape, one) for one in (model, changed)]
        if jax.tree.structure(model) != jax.tree.structure(changed) or shapes[0] != shapes[1]:
            raise ValueError(
                "straight_through: the form has other arrays than the network, so their gradients "
                "have no place in it. Change arrays alone; `hardware.as_read` gives what devices "
                "show."
            )
        return rule(changed, batch, run if noisy_run else None)

    return through_form
