"""The rate of a leaky integrate-and-fire neuron, with a slope that a gradient can follow."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Neuron, broken, positive, zeros
from ranvier.neurons._integrator import OutputState
from ranvier.neurons._parameters import Parameter
from ranvier.neurons._shape import as_shape

_MS_PER_S = 1000.0


class SoftLIF(Neuron):
    r"""Firing rate of a leaky integrate-and-fire neuron over its current, smoothed; memoryless.

    $$y = A\,r(I), \qquad r(I) = \frac{1}{t_{ref} + \tau \ln\left(1 + \dfrac{\theta}{\rho(I -
    \theta)}\right)}, \qquad \rho(x) = \gamma \ln(1 + e^{x/\gamma})$$

    A constant current above the threshold makes a neuron of time constant $\tau$ fire at this rate
    if $\rho$ is the rectification, whose slope at the threshold is infinite; $\gamma \to 0$ gives
    it back. With a key, noise of the deviation $\sigma$ is added to the rate, as filtered spikes
    would have it. The unit to train with;
    [`to_lif`][ranvier.convert.rate.to_lif] puts spiking neurons in its place.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$.
        refractory_ms: $t_{ref}$.
        threshold: $\theta$, of the current.
        smoothing: $\gamma$, in units of the current.
        amplitude_s: $A$, what a rate of 1 Hz is to the next layer.
        noise_hz: $\sigma$.

    Raises:
        ValueError: a number that is not above 0, or noise below 0.

    Source: Hunsberger, Eliasmith, arXiv:1611.05141 (2016), section 2.

    Example:
        >>> unit = SoftLIF(2, amplitude_s=1.0)
        >>> [round(float(y), 2) for y in unit.step(unit.init(), jnp.array([0.9, 2.0])).y]
        [5.49, 55.98]
    """

    ports = ("dendrite",)
    memoryless = True
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: Parameter
    refractory_ms: Parameter
    threshold: Parameter
    smoothing: Parameter
    amplitude_s: Parameter
    noise_hz: Parameter

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: Parameter = 20.0,
        refractory_ms: Parameter = 4.0,
        threshold: Parameter = 1.0,
        smoothing: Parameter = 0.02,
        amplitude_s: Parameter = 0.005,
        noise_hz: Parameter = 10.0,
    ) -> None:
        positive(
            "SoftLIF",
            tau_membrane_ms=tau_membrane_ms,
            refractory_ms=refractory_ms,
            threshold=threshold,
            smoothing=smoothing,
            amplitude_s=amplitude_s,
        )
        if found := broken(lambda noise_hz: noise_hz >= 0, noise_hz):
            raise ValueError(
                f"SoftLIF: noise_hz{found[0].at} is {found[0].value}, expected at least 0."
            )
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.refractory_ms = refractory_ms
        self.threshold = threshold
        self.smoothing = smoothing
        self.amplitude_s = amplitude_s
        self.noise_hz = noise_hz

    def rate_hz(self, current: Array) -> Array:
        """$r(I)$, without noise.

        Args:
            current: $I$, `[..., *units]`.
        """
        above = (current - self.threshold) / self.smoothing
        smooth = self.smoothing * jax.nn.softplus(above)
        # ln(1 + theta / rho), whose quotient would overflow far below the threshold.
        waiting = jnp.log(smooth + self.threshold) - jnp.log(self.smoothing) - _log_softplus(above)
        return _MS_PER_S / (self.refractory_ms + self.tau_membrane_ms * waiting)

    def init(self, batch: tuple[int, ...] = ()) -> OutputState:
        """Output at zero."""
        return OutputState(zeros(self, batch))

    def step(
        self, state: OutputState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> OutputState:
        """One step; see the class for the equation."""
        rate = self.rate_hz(jnp.zeros_like(state.y) + dendrite)
        if key is not None:
            rate = rate + self.noise_hz * jr.normal(key, rate.shape, rate.dtype)
        return OutputState(self.amplitude_s * rate)


def _log_softplus(x: Array) -> Array:
    """The logarithm of softplus, and its derivative, where softplus itself has no digits left."""
    low = x < -15
    return jnp.where(
        low, x - jnp.exp(jnp.minimum(x, 0.0)) / 2, jnp.log(jax.nn.softplus(jnp.where(low, 0.0, x)))
    )
