"""Escape noise: a threshold that is crossed with a probability."""

import copy
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Around, Neuron, positive

Escape = Callable[[Array], Array]


class LogisticEscape(eqx.Module):
    r"""Probability to fire in a step, $p = \sigma(x / w)$, at the distance $x$ to the threshold.

    Half at the threshold; the same as a threshold with logistic noise of scale $w$.

    Args:
        width: $w$, in units of the membrane; a float stays, an array `[*shape]` learns.

    Raises:
        ValueError: a width that is not positive.

    Source: Ackley, Hinton, Sejnowski, Cogn. Sci. 9 (1985), equation 5.

    Example:
        >>> import jax.numpy as jnp
        >>> LogisticEscape(0.1)(jnp.array([-1.0, 0.0, 1.0])).round(3)
        Array([0. , 0.5, 1. ], dtype=float32)
    """

    width: float | Float[Array, "*units"]

    def __init__(self, width: float | Float[Array, "*units"] = 0.1) -> None:
        positive("LogisticEscape", width=width)
        self.width = width

    def __call__(self, distance: Float[Array, "..."]) -> Float[Array, "..."]:
        """The probability to fire at this distance to the threshold."""
        return jax.nn.sigmoid(distance / self.width)


class ExponentialEscape(eqx.Module):
    r"""Probability to fire in a step at an exponential escape rate.

    $$\rho = \rho_0\, e^{x / \delta}, \qquad p = 1 - e^{-\rho\,\Delta t}$$

    at the distance $x$ to the threshold: spikes form a point process of hazard $\rho$, whatever
    the time step, as long as $x$ hardly moves within it.

    Args:
        width: $\delta$, in units of the membrane; a float stays, an array `[*shape]` learns.
        rate_at_threshold_per_ms: $\rho_0$; an array learns.
        time_step_ms: $\Delta t$.

    Raises:
        ValueError: a width, rate or time step that is not positive.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), equations 9.4 and 9.8;
        Jolivet, Rauch, Lüscher, Gerstner, J. Comput. Neurosci. 21 (2006).

    Example:
        >>> import jax.numpy as jnp
        >>> escape = ExponentialEscape(0.1, rate_at_threshold_per_ms=0.01)
        >>> escape(jnp.array([0.0, 1.0])).round(3)
        Array([0.01, 1.  ], dtype=float32)
    """

    width: float | Float[Array, "*units"]
    rate_at_threshold_per_ms: float | Float[Array, "*units"]
    time_step_ms: float

    def __init__(
        self,
        width: float | Float[Array, "*units"] = 0.1,
        *,
        rate_at_threshold_per_ms: float | Float[Array, "*units"] = 1.0,
        time_step_ms: float = 1.0,
    ) -> None:
        positive(
            "ExponentialEscape",
            width=width,
            rate_at_threshold_per_ms=rate_at_threshold_per_ms,
            time_step_ms=time_step_ms,
        )
        self.width = width
        self.rate_at_threshold_per_ms = rate_at_threshold_per_ms
        self.time_step_ms = float(time_step_ms)

    def __call__(self, distance: Float[Array, "..."]) -> Float[Array, "..."]:
        """The probability to fire at this distance to the threshold."""
        expected = self.rate_at_threshold_per_ms * self.time_step_ms
        log = math.log(expected) if isinstance(expected, float) else jnp.log(expected)
        # From e^30 spikes per step on, the probability is 1; more would overflow float32.
        return -jnp.expm1(-jnp.exp(jnp.minimum(distance / self.width + log, 30.0)))


def _with_spike(neuron: Neuron, h: Callable[[Array], Array]) -> Neuron:
    """The same neuron with another spike function, also where it is made from a neuron."""
    changed: Any = copy.copy(neuron)
    within = getattr(neuron, "neuron", None)
    if callable(getattr(neuron, "h", None)):
        object.__setattr__(changed, "h", h)
    elif isinstance(within, Neuron):
        object.__setattr__(changed, "neuron", _with_spike(within, h))
    else:
        raise TypeError(
            f"Stochastic: a {type(neuron).__name__} has no spike function `h`, so there is nothing "
            "to draw. Take a spiking neuron."
        )
    return changed


class Stochastic(Around):
    r"""A neuron that fires with a probability instead of at its threshold (escape noise).

    $$P(y_t = 1) = p(x_t), \qquad \frac{\partial y}{\partial x} := p'(x)$$

    where $x$ is the distance to the threshold that the neuron hands to its spike function $h$,
    and $p$ the escape. With a key, spikes are drawn, independently per unit and step; without
    one, the neuron fires where $x > 0$, strictly. The derivative is that of the probability in
    both cases, with respect to the escape's own parameters, too. All else (state, ports,
    discretisation, reset) is the neuron's.

    Args:
        neuron: any neuron with a spike function `h`, also within (`Refractory(LIF(...))`); the
            escape takes its place.
        escape: probability to fire as a function of the distance to the threshold,
            `LogisticEscape()` if not given, or `ExponentialEscape`.

    Raises:
        TypeError: a neuron without a spike function.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), chapter 9.

    Example:
        Half of a thousand units fire if their membranes are at the threshold.

        >>> import jax, jax.numpy as jnp
        >>> from ranvier.neurons import SNU
        >>> unit = Stochastic(SNU(1000), LogisticEscape(0.2))
        >>> state = unit.step(unit.init(), jnp.ones(1000), key=jax.random.key(0))
        >>> bool(abs(state.y.mean() - 0.5) < 0.05)
        True
    """

    escape: Escape

    def __init__(self, neuron: Neuron, escape: Escape | None = None) -> None:
        _with_spike(neuron, abs)
        self.neuron = neuron
        self.escape = LogisticEscape() if escape is None else escape

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The neuron at rest."""
        return self.neuron.init(batch)

    def step(self, state: Any, *currents: Array, key: PRNGKeyArray | None = None) -> Any:
        """One step; see the class for the equation."""
        draw, inner = (None, None) if key is None else jr.split(key)

        def fire(distance: Array) -> Array:
            p = self.escape(distance)
            at = distance > 0 if draw is None else jr.uniform(draw, p.shape, p.dtype) < p
            # The value is that of `at`, exactly; the derivative is that of the probability.
            return at.astype(p.dtype) + (p - jax.lax.stop_gradient(p))

        return _with_spike(self.neuron, fire).step(state, *currents, key=inner)
