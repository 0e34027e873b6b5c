"""Real-time recurrent learning on the whole model: the oracle."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jax.flatten_util import ravel_pytree

from ranvier.core import at_rest
from ranvier.learn._asked import asked
from ranvier.learn._types import Rule
from ranvier.learn.losses import Average, Loss, per_step


def rtrl(loss: Loss, *, average: Average = per_step) -> Rule:
    r"""Real-time recurrent learning, deferred: the exact gradient, forward in time.

    $$M^t = J^t M^{t-1} + \frac{\partial z^t}{\partial\theta}, \qquad
    \frac{dE}{d\theta} = \sum_t \frac{dE^t}{dz^t} M^t$$

    where $z$ is the state of the whole model, any cell at all. It equals backpropagation through
    time and needs no per-neuron code; its memory is states times parameters (of the batch as one
    system), so it is the oracle that other rules are held against, for small models.

    Args:
        loss: one number per step, from output and target.
        average: how steps are put together.

    Returns:
        A rule, `(model, batch, key) -> (loss, gradients)`.

    Source: Williams, Zipser, Neural Comput. 1 (1989).

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> net = rv.chain(2, rv.recurrent(rv.GRU(3)), key=jax.random.key(0))
        >>> batch = Batch(jnp.ones((5, 1, 2)), jnp.zeros((5, 1, 3)), jnp.ones((5, 1)))
        >>> one, two = (r(rv.losses.squared_error)(net, batch, None) for r in (rtrl, rv.bptt))
        >>> bool(jnp.allclose(one[1].layers[0].neuron.bias_reset,
        ...                   two[1].layers[0].neuron.bias_reset, atol=1e-6))
        True
    """

    def rule(model, batch, key=None):
        parameters, static = eqx.partition(model, eqx.is_inexact_array)
        theta, as_parameters = ravel_pytree(parameters)
        start, as_state = ravel_pytree(at_rest(model, batch.x))
        scale = average(batch.mask)

        def step(theta, z, x, key):
            cell = eqx.combine(as_parameters(theta), static)
            state, y = cell(as_state(z), x, key=key)
            return ravel_pytree(state)[0], y

        def body(carry, at):
            z, influence, gradient, total = carry
            x, target, mask, key = at

            def both(theta, z):
                new, y = step(theta, z, x, key)
                return jnp.concatenate([new, y.ravel()]), (new, y)

            # Few states: forward mode. Many parameters: reverse mode.
            by_state = jax.jacfwd(lambda z: both(theta, z)[0])(z)
            by_theta, (z, y) = jax.jacrev(both, has_aux=True)(theta, z)
            moved = by_state @ influence + by_theta
            influence, response = moved[: z.size], moved[z.size :]
            counted = asked(target, mask)
            value, signal = jax.value_and_grad(lambda y: (loss(y, counted) * mask).sum() * scale)(y)
            return (z, influence, gradient + signal.ravel() @ response, total + value), None

        keys = None if key is None else jr.split(key, len(batch.x))
        nothing = jnp.zeros((start.size, theta.size), theta.dtype)
        carry = (start, nothing, jnp.zeros_like(theta), jnp.zeros((), theta.dtype))
        (_, _, gradient, total), _ = jax.lax.scan(
            body, carry, (batch.x, batch.target, batch.mask, keys)
        )
        return total, as_parameters(gradient)

    return rule
