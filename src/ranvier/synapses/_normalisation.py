"""Currents brought to a common scale; each is a synapse that goes behind another in a `Series`."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._windows import shape_of, sizes


class LayerNormalisation(Synapse):
    r"""Currents of one example and step, with mean 0 and variance 1 over the units.

    $$y = \lambda_c\, \frac{I - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta_c$$

    with the mean $\mu$ and the variance $\sigma^2$ over the units.

    Nothing is remembered, no other example and no other step is seen, and training and inference
    do the same.

    Args:
        shape: axes of units of the current, the channels last.
        axes: how many of the last axes are taken together; all, if not given. With 1 each place
            is normalised over its channels.
        epsilon: $\epsilon$.

    Attributes:
        scale: $\lambda$, `[channels]`, learned.
        shift: $\beta$, `[channels]`, learned.

    Raises:
        ValueError: an axis that is not a positive whole number, more axes than there are, or an
            epsilon that is not positive.

    Source: Ba, Kiros, Hinton, arXiv 1607.06450 (2016), eq. 3.

    Example:
        >>> import jax.numpy as jnp
        >>> LayerNormalisation((2,))(jnp.array([1.0, 5.0])).round(3)
        Array([-1.,  1.], dtype=float32)
    """

    scale: Float[Array, " channels"]
    shift: Float[Array, " channels"]
    units: tuple[int, ...] = eqx.field(static=True)
    axes: int = eqx.field(static=True)
    epsilon: float

    def __init__(
        self, shape: tuple[int, ...], *, axes: int | None = None, epsilon: float = 1e-5
    ) -> None:
        self.units = shape_of("LayerNormalisation", shape, needs_channels=False)
        self.axes = len(self.units) if axes is None else axes
        (self.axes,) = sizes("LayerNormalisation", "axes", self.axes, 1)
        if self.axes > len(self.units):
            raise ValueError(
                f"LayerNormalisation: axes is {self.axes}, but the units have {len(self.units)}."
            )
        self.epsilon = _small("LayerNormalisation", epsilon)
        self.scale = jnp.ones(self.units[-1])
        self.shift = jnp.zeros(self.units[-1])

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the current before."""
        return self.units

    @property
    def in_size(self) -> int:
        """How many units there are."""
        return math.prod(self.units)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.units

    def __call__(
        self, z: Float[Array, "... channels"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... channels"]:
        """The current of every unit; noiseless."""
        z = z if jnp.issubdtype(z.dtype, jnp.inexact) else z.astype(self.scale.dtype)
        over = tuple(range(-self.axes, 0))
        mean = z.mean(over, keepdims=True)
        variance = z.var(over, keepdims=True)
        return self.scale * (z - mean) * jax.lax.rsqrt(variance + self.epsilon) + self.shift


class ThresholdNormalisation(Synapse):
    r"""Threshold-dependent batch normalisation (tdBN): currents on the scale of the threshold.

    $$y = \lambda_c\, \frac{\alpha\, v_{th}\, (I - \mu_c)}{\sqrt{\sigma^2_c + \epsilon}} + \beta_c$$

    The mean $\mu$ and the variance $\sigma^2$ of every channel over examples, steps and places are
    **kept, not computed from what happens to run together**: so an output follows from its own
    past alone, in training as in inference, and step by step as over all of time. They do not
    learn. `ranvier.nets.calibrate` measures them, layer by layer; before, they are 0 and 1.
    `ranvier.nets.ByBatch` is the published training, with the statistics of the batch at hand and
    derivatives through them.

    Args:
        shape: axes of units of the current, the channels last.
        threshold: $v_{th}$ of the neuron that follows.
        alpha: $\alpha$; 1 on one path, $1/\sqrt n$ where $n$ paths meet.
        epsilon: $\epsilon$.

    Attributes:
        scale: $\lambda$, `[channels]`, learned.
        shift: $\beta$, `[channels]`, learned.

    Raises:
        ValueError: an axis that is not a positive whole number, or a threshold, alpha or epsilon
            that is not positive.

    Source: Zheng, Wu, Deng, Hu, Li, AAAI 2021, eqs. 6-9.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = ThresholdNormalisation((2,), threshold=0.5)
        >>> currents = jnp.array([[1.0, 10.0], [3.0, 30.0]])
        >>> unit.measured(currents)(currents).round(3)
        Array([[-0.5, -0.5],
               [ 0.5,  0.5]], dtype=float32)
    """

    scale: Float[Array, " channels"]
    shift: Float[Array, " channels"]
    # Bit patterns: whatever is a number in an array would learn, be counted, and decay.
    kept_mean: Int[Array, " channels"]
    kept_variance: Int[Array, " channels"]
    units: tuple[int, ...] = eqx.field(static=True)
    threshold: float
    alpha: float
    epsilon: float

    def __init__(
        self,
        shape: tuple[int, ...],
        *,
        threshold: float = 1.0,
        alpha: float = 1.0,
        epsilon: float = 1e-5,
    ) -> None:
        owner = "ThresholdNormalisation"
        self.units = shape_of(owner, shape, needs_channels=False)
        self.scale = jnp.ones(self.units[-1])
        self.shift = jnp.zeros(self.units[-1])
        self.kept_mean = _as_bits(self.shift)
        self.kept_variance = _as_bits(self.scale)
        self.threshold = _small(owner, threshold, "threshold")
        self.alpha = _small(owner, alpha, "alpha")
        self.epsilon = _small(owner, epsilon)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the current before."""
        return self.units

    @property
    def in_size(self) -> int:
        """How many units there are."""
        return math.prod(self.units)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.units

    @property
    def mean(self) -> Float[Array, " channels"]:
        r"""$\mu$, as last measured."""
        return _as_numbers(self.kept_mean)

    @property
    def variance(self) -> Float[Array, " channels"]:
        r"""$\sigma^2$, as last measured."""
        return _as_numbers(self.kept_variance)

    def measured(
        self, currents: Float[Array, "... channels"], *, momentum: float = 0.0
    ) -> "ThresholdNormalisation":
        """The same, with the statistics of some currents.

        Args:
            currents: `[..., *shape]` with any leading axes.
            momentum: what remains of the statistics so far.
        """
        found = statistics(currents)
        kept = [
            momentum * old + (1 - momentum) * new
            for old, new in zip((self.mean, self.variance), found, strict=True)
        ]
        return eqx.tree_at(
            lambda unit: (unit.kept_mean, unit.kept_variance),
            self,
            tuple(_as_bits(a.astype(self.mean.dtype)) for a in kept),
        )

    def by(
        self,
        currents: Float[Array, "... channels"],
        mean: Float[Array, " channels"],
        variance: Float[Array, " channels"],
    ) -> Float[Array, "... channels"]:
        """The class's equation with any statistics."""
        gain = self.alpha * self.threshold * jax.lax.rsqrt(variance + self.epsilon)
        return self.scale * gain * (currents - mean) + self.shift

    def __call__(
        self, z: Float[Array, "... channels"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... channels"]:
        """The current of every unit, by the statistics kept; noiseless."""
        return self.by(z, self.mean, self.variance)


def statistics(currents: Float[Array, "... channels"]) -> tuple[Array, Array]:
    """Mean and variance of every channel, over everything else.

    Example:
        >>> import jax.numpy as jnp
        >>> statistics(jnp.array([[1.0], [3.0]]))
        (Array([2.], dtype=float32), Array([1.], dtype=float32))
    """
    over = tuple(range(currents.ndim - 1))
    return currents.mean(over), currents.var(over)


def _small(owner: str, value: Any, name: str = "epsilon") -> float:
    """A number, once it is more than zero."""
    if not value > 0:
        raise ValueError(f"{owner}: {name} is {value}, expected more than 0.")
    return float(value)


def _as_bits(numbers: Array) -> Array:
    """The bit patterns of an array, as whole numbers."""
    kind = jnp.int64 if numbers.dtype.itemsize == 8 else jnp.int32
    return jax.lax.bitcast_convert_type(jax.lax.stop_gradient(numbers), kind)


def _as_numbers(bits: Array) -> Array:
    """The array of which these are the bit patterns."""
    kind = jnp.float64 if bits.dtype.itemsize == 8 else jnp.float32
    return jax.lax.bitcast_convert_type(bits, kind)
