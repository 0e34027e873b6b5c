"""Learning signals that reach every hidden layer directly, along fixed random connections."""

import math
from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.learn.signals._instant import Instant, Signal

Draw = Callable[[PRNGKeyArray, tuple[int, int]], Array]
"""`(key, (answers, units)) -> feedback`."""


def he_uniform(key: PRNGKeyArray, shape: tuple[int, int]) -> Array:
    r"""Feedback $B \sim U(-a, a)$ with $a = \sqrt{6 / n_{answers}}$.

    Args:
        key: draws it.
        shape: `(answers, units)`.

    Source: He, Zhang, Ren, Sun, ICCV 2015, of connections from the answers to the units. The code
    published with DRTP counts the units instead: `he_uniform_by_units`.

    Example:
        >>> bool(jnp.abs(he_uniform(jr.key(0), (6, 50))).max() < 1)
        True
    """
    bound = math.sqrt(6 / shape[0])
    return jr.uniform(key, shape, minval=-bound, maxval=bound)


def he_uniform_by_units(key: PRNGKeyArray, shape: tuple[int, int]) -> Array:
    r"""Feedback $B \sim U(-a, a)$ with $a = \sqrt{6 / n_{units}}$: the wider a layer, the weaker.

    Of a convolution, every place of every channel is a unit.

    Args:
        key: draws it.
        shape: `(answers, units)`.

    Source: Frenkel, Lefebvre, Bol, Front. Neurosci. 15 (2021), its published code, where the fan
    of a matrix `[answers, units]` is its second axis.

    Example:
        >>> bool(jnp.abs(he_uniform_by_units(jr.key(0), (10, 600))).max() <= 0.1)
        True
    """
    bound = math.sqrt(6 / shape[1])
    return jr.uniform(key, shape, minval=-bound, maxval=bound)


def gaussian(key: PRNGKeyArray, shape: tuple[int, int]) -> Array:
    r"""Feedback $B \sim N(0, 1)$, as for e-prop's evidence accumulation.

    Args:
        key: draws it.
        shape: `(answers, units)`.

    Source: Bellec et al., Nat. Commun. 11 (2020), methods.

    Example:
        >>> gaussian(jr.key(0), (2, 50)).shape
        (2, 50)
    """
    return jr.normal(key, shape)


def all_ones(key: PRNGKeyArray, shape: tuple[int, int]) -> Array:
    r"""Feedback $B = 1$: every unit hears the sum of the errors, as from one diffuse third factor.

    Args:
        key: not looked at.
        shape: `(answers, units)`.

    Source: Zenke, Ganguli, Neural Comput. 30 (2018), "uniform feedback".

    Example:
        >>> bool((all_ones(jr.key(0), (2, 50)) == 1).all())
        True
    """
    return jnp.ones(shape)


def feedback_matrix(key: PRNGKeyArray, number: int, shape: tuple[int, int], draw: Draw) -> Array:
    """The feedback of hidden layer `number`, counted from 0, as every signal here draws it.

    Args:
        key: that of the signal.
        number: which layer.
        shape: `(answers, units)`.
        draw: its distribution.

    Example:
        >>> feedback_matrix(jr.key(0), 0, (2, 50), gaussian).shape
        (2, 50)
    """
    return draw(jr.fold_in(key, number), shape)


def feedback(
    now: Instant, key: PRNGKeyArray, draw: Draw, answers: int
) -> Iterator[Callable[[Array], Array]]:
    """Per hidden layer, what carries `[..., answers]` to its units: the same at every step."""
    for number, (layer, state) in enumerate(zip(now.chain.layers, now.states[:-1], strict=False)):
        units = math.prod(layer.neuron.shape)  # pyright: ignore[reportAttributeAccessIssue]
        matrix = feedback_matrix(key, number, (answers, units), draw).astype(state.y.dtype)
        yield lambda sent, b=matrix, like=state.y: (sent @ b).reshape(like.shape)


def judged(now: Instant) -> tuple[Array, Array]:
    """The loss of this step, and the true error at the output, `[batch, answers]`."""
    y = now.x
    for layer, state, key in zip(now.chain.layers, now.states, now.keys, strict=True):
        _, y = layer(state, y, key=key)
    return jax.value_and_grad(now.error)(y)


def direct(key: PRNGKeyArray, draw: Draw = he_uniform) -> Signal:
    r"""Direct feedback alignment: $L_l^t = B_l^\top e^t$, the output's error to all layers at once.

    The output layer gets its true error. Called e-prop with random feedback where traces are
    e-prop's. The $B_l$ are drawn from the key, never learn, and are the same in every call.

    Args:
        key: draws the feedback; another key is another network.
        draw: its distribution.

    Source: Nøkland, NeurIPS 2016, eq. 3; Bellec et al., Nat. Commun. 11 (2020).

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, signal=direct(jr.key(1)))
    """

    def signal(now: Instant) -> tuple[Array, list[Array]]:
        value, error = judged(now)
        ways = feedback(now, key, draw, error.shape[-1])
        return value, [*(way(error) for way in ways), error]

    return signal


def error_sign(key: PRNGKeyArray, draw: Draw = he_uniform, *, scale: float = 1.0) -> Signal:
    r"""Direct feedback of the error's sign: $L_l^t = \eta\, B_l^\top\, \mathrm{sign}(e^t)$.

    Of each example it counts what the step counts in the loss: its share of the mean, 0 where
    masked.

    Args:
        key: draws the feedback.
        draw: its distribution.
        scale: $\eta$. The signal does not shrink with the error, so it wants small steps.

    Source: Frenkel, Lefebvre, Bol, Front. Neurosci. 15 (2021), "sDFA".

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, signal=error_sign(jr.key(1), scale=0.01))
    """

    def signal(now: Instant) -> tuple[Array, list[Array]]:
        value, error = judged(now)
        ways = feedback(now, key, draw, error.shape[-1])
        sent = scale * now.share[..., None] * jnp.sign(error)
        return value, [*(way(sent) for way in ways), error]

    return signal


def target_projection(key: PRNGKeyArray, draw: Draw = he_uniform, *, scale: float = 1.0) -> Signal:
    r"""Direct random target projection: $L_l^t = -\eta\, B_l^\top y^{*t}$.

    Hidden layers learn from the target alone, before the output is known: nothing is carried
    back, and no layer waits for another. The output layer gets its true error. With traces over
    time it is OSTTP. Of each example it counts what the step counts in the loss. For
    classification only: it needs a target of the output's width, and says nothing about how wrong
    the output is.

    Args:
        key: draws the feedback.
        draw: its distribution.
        scale: $\eta$. The signal does not shrink with the error, so it wants small steps.

    Raises:
        TypeError: a target that has not the output's width.

    Source: Frenkel, Lefebvre, Bol, Front. Neurosci. 15 (2021); Ortner, Pes, Gentinetta, Frenkel,
    Pantazi, AICAS 2023.

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.categorical, signal=target_projection(jr.key(1), scale=0.01))
    """

    def signal(now: Instant) -> tuple[Array, list[Array]]:
        value, error = judged(now)
        if now.target.shape != error.shape:
            raise TypeError(
                f"target_projection: got a target of shape {now.target.shape} for an output of "
                f"{error.shape}. Give it the output's width (one-hot), or take `direct`."
            )
        ways = feedback(now, key, draw, error.shape[-1])
        sent = -scale * now.share[..., None] * now.target.astype(error.dtype)
        return value, [*(way(sent) for way in ways), error]

    return signal


def shallow(now: Instant) -> tuple[Array, list[Array]]:
    r"""No signal to hidden layers, $L_l^t = 0$: the output layer learns alone, the baseline.

    Args:
        now: the step.

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, signal=shallow)
    """
    value, error = judged(now)
    return value, [*(jnp.zeros_like(state.y) for state in now.states[:-1]), error]
