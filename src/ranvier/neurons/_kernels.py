r"""The time course of a synaptic current, and what it does to a leaky membrane in one step."""

import abc
from typing import Any, NamedTuple

import equinox as eqx
from jaxtyping import Array, Float

from ranvier.core import positive
from ranvier.neurons._propagators import convolved, decay


class Kernel(eqx.Module):
    """A synaptic current that follows linear kinetics of its own.

    Example:
        See `ExponentialKernel` and `AlphaKernel`.
    """

    @abc.abstractmethod
    def init(self, zero: Float[Array, "..."]) -> Any:
        """No current, for units laid out as `zero`."""

    @abc.abstractmethod
    def add(self, current: Any, arriving: Float[Array, "..."]) -> Any:
        """The current after spikes of the weights `arriving`."""

    @abc.abstractmethod
    def propagate(
        self, current: Any, time_step_ms: float, tau_membrane_ms: float | Array
    ) -> tuple[Any, Array]:
        """The current one step later, and what it added to the membrane on the way."""


class ExponentialKernel(Kernel):
    r"""A current that jumps and decays: $i(t) = w\, e^{-t/\tau_s}$ after a spike of weight $w$.

    Into a membrane of time constant $\tau$, a step adds
    $\dfrac{\tau_s}{\tau - \tau_s}\left(e^{-\Delta t/\tau} - e^{-\Delta t/\tau_s}\right) i$, or its
    limit where $\tau_s$ nears $\tau$.

    Args:
        tau_ms: $\tau_s$; a float stays, an array `[*units]` learns.

    Raises:
        ValueError: a time constant that is not positive.

    Source: Rotter, Diesmann, Biol. Cybern. 81 (1999), section 3.1.

    Example:
        >>> import jax.numpy as jnp
        >>> kernel = ExponentialKernel(tau_ms=5.0)
        >>> current = kernel.add(kernel.init(jnp.zeros(1)), 1.0)
        >>> current, push = kernel.propagate(current, time_step_ms=1.0, tau_membrane_ms=20.0)
        >>> round(float(current[0]), 4), round(float(push[0]), 4)
        (0.8187, 0.0442)
    """

    tau_ms: float | Float[Array, "*units"]

    def __init__(self, tau_ms: float | Float[Array, "*units"]) -> None:
        positive("ExponentialKernel", tau_ms=tau_ms)
        self.tau_ms = tau_ms

    def init(self, zero: Float[Array, "..."]) -> Array:
        """No current."""
        return zero

    def add(self, current: Array, arriving: Float[Array, "..."]) -> Array:
        """The current jumps by the weights."""
        return current + arriving

    def propagate(
        self, current: Array, time_step_ms: float, tau_membrane_ms: float | Array
    ) -> tuple[Array, Array]:
        """The current one step later, and what it added to the membrane on the way."""
        a, b = time_step_ms / tau_membrane_ms, time_step_ms / self.tau_ms
        return decay(b) * current, a * convolved(a, b) * current


class AlphaCurrent(NamedTuple):
    """The current of an alpha kernel, `value`, and what is still to rise into it, `rising`.

    Each is `[..., *units]`.

    Example:
        >>> import jax.numpy as jnp
        >>> AlphaKernel(5.0).init(jnp.zeros(2))._fields
        ('value', 'rising')
    """

    value: Float[Array, "..."]
    rising: Float[Array, "..."]


class AlphaKernel(Kernel):
    r"""A current that rises and falls: $i(t) = w \dfrac{t}{\tau_s}\, e^{1 - t/\tau_s}$.

    It is $w$ at its peak, at $t = \tau_s$ after the spike; its area is $e\, w\, \tau_s$. Current
    and membrane are solved together, exactly: $\tau_s \frac{di}{dt} = -i + x$,
    $\tau_s \frac{dx}{dt} = -x$, where a spike adds $e\, w$ to $x$.

    Args:
        tau_ms: $\tau_s$; a float stays, an array `[*units]` learns.

    Raises:
        ValueError: a time constant that is not positive.

    Source: Rotter, Diesmann, Biol. Cybern. 81 (1999), section 3.2.

    Example:
        >>> import jax.numpy as jnp
        >>> kernel = AlphaKernel(tau_ms=5.0)
        >>> current = kernel.add(kernel.init(jnp.zeros(1)), 1.0)
        >>> current, _ = kernel.propagate(current, time_step_ms=5.0, tau_membrane_ms=20.0)
        >>> round(float(current.value[0]), 6)
        1.0
    """

    tau_ms: float | Float[Array, "*units"]

    def __init__(self, tau_ms: float | Float[Array, "*units"]) -> None:
        positive("AlphaKernel", tau_ms=tau_ms)
        self.tau_ms = tau_ms

    def init(self, zero: Float[Array, "..."]) -> AlphaCurrent:
        """No current, and none to come."""
        return AlphaCurrent(zero, zero)

    def add(self, current: AlphaCurrent, arriving: Float[Array, "..."]) -> AlphaCurrent:
        """The weights begin to rise."""
        return current._replace(rising=current.rising + decay(-1.0) * arriving)

    def propagate(
        self, current: AlphaCurrent, time_step_ms: float, tau_membrane_ms: float | Array
    ) -> tuple[AlphaCurrent, Array]:
        """The current one step later, and what it added to the membrane on the way."""
        a, b = time_step_ms / tau_membrane_ms, time_step_ms / self.tau_ms
        kept = decay(b)
        push = a * (convolved(a, b) * current.value + b * convolved(a, b, 1) * current.rising)
        value = kept * (current.value + b * current.rising)
        return AlphaCurrent(value, kept * current.rising), push
