"""What stands around an array: converters, noise of amplifiers, the resistance of wires."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive


class Converter(eqx.Module):
    r"""A converter of few bits: clip, then round to the nearest of equally spaced levels.

    $$q(x) = \Delta \operatorname{round}\Big(\frac{\operatorname{clip}(x, -b, b)}{\Delta}\Big),
    \qquad \Delta = \frac{2b}{2^n - 2}$$

    Zero is a level; the two codes left over are those beside the ends. The derivative is that of
    the clipping alone (straight through).

    Args:
        bits: $n$, at least 2.
        bound: $b$.

    Raises:
        ValueError: fewer than two bits, or a bound that is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> Converter(2, bound=1.0)(jnp.array([0.4, 0.6, 3.0])).tolist()
        [0.0, 1.0, 1.0]
    """

    bits: int = eqx.field(static=True)
    bound: float

    def __init__(self, bits: int, *, bound: float) -> None:
        positive("Converter", bound=bound)
        if bits < 2:
            raise ValueError(f"Converter: got {bits} bits, expected at least 2.")
        self.bits, self.bound = int(bits), float(bound)

    @property
    def step(self) -> float:
        """Distance of neighbouring levels."""
        return 2 * self.bound / (2**self.bits - 2)

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """What leaves the converter."""
        clipped = jnp.clip(x, -self.bound, self.bound)
        rounded = self.step * jnp.round(clipped / self.step)
        return clipped + jax.lax.stop_gradient(rounded - clipped)

    def saturated(self, x: Float[Array, "..."]) -> Float[Array, ""]:
        """Which share of `x` lies outside the range."""
        return (jnp.abs(x) > self.bound).mean()


def as_it_comes(x: Float[Array, "... rows"]) -> Float[Array, "... 1"]:
    """Inputs are not scaled: the range of the converter is that of the input.

    Example:
        >>> import jax.numpy as jnp
        >>> as_it_comes(jnp.array([0.5, 0.25]))
        Array([1.], dtype=float32)
    """
    return jnp.ones_like(x[..., :1])


def absolute_maximum(x: Float[Array, "... rows"]) -> Float[Array, "... 1"]:
    """Noise management: every vector is scaled by its largest magnitude, and back afterwards.

    Example:
        >>> import jax.numpy as jnp
        >>> absolute_maximum(jnp.array([0.5, -2.0]))
        Array([2.], dtype=float32)
    """
    largest = jnp.abs(x).max(axis=-1, keepdims=True)
    return jnp.where(largest > 0, largest, 1.0)


class IRDrop(eqx.Module):
    r"""Wires with a resistance: far from the driver, less of the voltage arrives.

    $$y_i \to y_i - \kappa\, c_i \sum_j w_{ij} x_j \left(1 - (1 - j/n)^2\right), \qquad
    c_i = 0.05 a_i^3 - 0.2 a_i^2 + 0.5 a_i, \qquad
    a_i = \frac{n}{\gamma} \sum_j |w_{ij}| |x_j|, \qquad \gamma = \frac{1}{R\, g_{max}}$$

    an approximation of the steady state, with $w$ within -1 and 1 and $n$ rows.

    Args:
        strength: $\kappa$; 1 is the drop of the wires given.
        segment_ohm: $R$, of the wire between two cells.
        maximum_uS: $g_{max}$.

    Raises:
        ValueError: a resistance or a conductance that is not positive.

    Source: Rasch et al., AICAS 2021; constants of IBM's analog hardware acceleration kit.

    Example:
        >>> import jax.numpy as jnp
        >>> drop = IRDrop()
        >>> bool(drop(jnp.ones((1, 512)), jnp.ones((1, 512)))[0, 0] > 0)
        True
    """

    strength: float
    segment_ohm: float
    maximum_uS: float

    def __init__(
        self, strength: float = 1.0, *, segment_ohm: float = 0.35, maximum_uS: float = 5.0
    ) -> None:
        positive("IRDrop", segment_ohm=segment_ohm, maximum_uS=maximum_uS)
        self.strength = float(strength)
        self.segment_ohm = float(segment_ohm)
        self.maximum_uS = float(maximum_uS)

    def __call__(
        self, w: Float[Array, "out rows"], x: Float[Array, "... rows"]
    ) -> Float[Array, "... out"]:
        """What is missing of every output."""
        n = w.shape[1]
        gamma = 1 / (self.segment_ohm * self.maximum_uS * 1e-6)
        a = n / gamma * (jnp.abs(x) @ jnp.abs(w).T)
        c = 0.05 * a**3 - 0.2 * a**2 + 0.5 * a
        far = 1 - (1 - jnp.arange(n, dtype=w.dtype) / n) ** 2
        return self.strength * c * ((x * far) @ w.T)


class Periphery(eqx.Module):
    r"""Everything between digital numbers and an array of weights within -1 and 1.

    $$y = s\; \text{ADC}\Big(W\, \text{DAC}(x / s) - \text{drop} + \sigma_w \lVert x \rVert \xi_1
    + \sigma_c \sqrt{\textstyle\sum_j |w_{ij}| x_j^2}\; \xi_2 + \sigma_y\, \xi_3\Big)$$

    A fresh error of every weight in every reading has the same distribution as one error of the
    output with the width $\sigma_w \lVert x \rVert$; where the width of a weight's error is that
    of its root, with the width that follows $\sigma_c$.

    Args:
        dac: of the inputs; `None` is exact.
        adc: of the outputs; `None` is exact.
        input_scale: $s$ of every vector, `absolute_maximum` or `as_it_comes`.
        output_noise: $\sigma_y$, in units of the largest weight times an input of 1.
        weight_noise: $\sigma_w$, of every weight in every reading, in units of the largest weight.
        current_noise: $\sigma_c$, the same of the largest weight; of others by the root of $|w|$.
        wires: their drop of voltage; `None` is none.
        largest_rows: inputs of a tile at most.

    Raises:
        ValueError: a negative noise, or tiles without rows.

    Example:
        >>> Periphery().exact
        True
    """

    dac: Converter | None
    adc: Converter | None
    input_scale: Callable[[Array], Array] = eqx.field(static=True)
    output_noise: float
    weight_noise: float
    current_noise: float
    wires: IRDrop | None
    largest_rows: int = eqx.field(static=True)

    def __init__(
        self,
        *,
        dac: Converter | None = None,
        adc: Converter | None = None,
        input_scale: Callable[[Array], Array] = as_it_comes,
        output_noise: float = 0.0,
        weight_noise: float = 0.0,
        current_noise: float = 0.0,
        wires: IRDrop | None = None,
        largest_rows: int = 512,
    ) -> None:
        positive("Periphery", largest_rows=largest_rows)
        if min(output_noise, weight_noise, current_noise) < 0:
            raise ValueError(
                f"Periphery: output_noise is {output_noise}, weight_noise {weight_noise} and "
                f"current_noise {current_noise}, expected at least 0."
            )
        self.dac, self.adc, self.wires = dac, adc, wires
        self.input_scale = input_scale
        self.output_noise = float(output_noise)
        self.weight_noise = float(weight_noise)
        self.current_noise = float(current_noise)
        self.largest_rows = int(largest_rows)

    @property
    def noisy(self) -> bool:
        """Whether readings of the same weights differ."""
        return bool(self.output_noise or self.weight_noise or self.current_noise)

    @property
    def exact(self) -> bool:
        """Whether nothing but the array's weights matters."""
        parts = (self.dac, self.adc, self.wires)
        return not self.noisy and all(part is None for part in parts)

    def product(
        self,
        w: Float[Array, "out rows"],
        x: Float[Array, "... rows"],
        *,
        spread: Float[Array, "out rows"] | None = None,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "... out"]:
        """One tile's product.

        Args:
            w: within -1 and 1.
            x: what arrives.
            spread: of every weight in every reading, on top of `weight_noise`.
            key: draws noise; `None` is noiseless.
        """
        y, scale = self.analog(w, x, spread=spread, key=key)
        return scale * (y if self.adc is None else self.adc(y))

    def alone(
        self, w: Float[Array, "out rows"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "rows out"]:
        """What every row gives for an input of 1 while the others are silent.

        Args:
            w: within -1 and 1.
            key: draws noise; `None` is noiseless.
        """
        eye = jnp.eye(w.shape[1], dtype=w.dtype)
        if self.wires is not None:
            return self.product(w, eye, key=key)
        # A product with one-hot vectors picks: no need to multiply by all the zeros.
        scale = self.input_scale(eye)
        x = 1 / scale if self.dac is None else self.dac(1 / scale)
        y = x * w.T
        if key is not None and self.noisy:
            y = y + self._noise(y, x**2, x * jnp.abs(y), key)
        return scale * (y if self.adc is None else self.adc(y))

    def analog(
        self, w: Array, x: Array, *, spread: Any = None, key: PRNGKeyArray | None = None
    ) -> tuple[Array, Array]:
        """What reaches the converter of the outputs, and the scale of every vector."""
        scale = self.input_scale(x)
        x = x / scale
        x = x if self.dac is None else self.dac(x)
        y = x @ w.T
        if self.wires is not None:
            y = y - self.wires(w, x)
        if key is None or (spread is None and not self.noisy):
            return y, scale
        power = (x**2).sum(axis=-1, keepdims=True)
        current = x**2 @ jnp.abs(w).T if self.current_noise else 0.0
        drawn = 0.0 if spread is None else x**2 @ (spread**2).T
        return y + self._noise(y, power, current, key, drawn), scale

    def _noise(self, y: Array, power: Any, current: Any, key: Any, more: Any = 0.0) -> Array:
        """The errors of a product, by the squares of its inputs, times 1 and times |w|."""
        variance = self.output_noise**2 + more
        if self.weight_noise:
            variance = variance + self.weight_noise**2 * power
        if self.current_noise:
            variance = variance + self.current_noise**2 * current
        return jnp.sqrt(variance) * jr.normal(key, y.shape, y.dtype)


def inference_8_bit() -> Periphery:
    """The periphery of the published hardware-aware training of large networks.

    8-bit converters with ranges of 1 and 10, output noise 0.04, noise of weights that grows with
    their current (0.0175), wires, inputs as they come, tiles of 512 rows.

    Source: Rasch et al., Nat. Commun. 14 (2023); constants of IBM's analog hardware acceleration
    kit.

    Example:
        >>> inference_8_bit().adc.bound
        10.0
    """
    return Periphery(
        dac=Converter(8, bound=1.0),
        adc=Converter(8, bound=10.0),
        output_noise=0.04,
        current_noise=0.0175,
        wires=IRDrop(),
    )


def standard() -> Periphery:
    """The default periphery of IBM's analog hardware acceleration kit.

    7-bit inputs scaled by their largest magnitude, 9-bit outputs with a range of 12, output noise
    0.06, tiles of 512 rows. The kit can also repeat a product with smaller inputs until no output
    is clipped ("bound management"); this does not: `saturation` says whether any is.

    Source: Rasch et al., AICAS 2021.

    Example:
        >>> standard().dac.bits
        7
    """
    return Periphery(
        dac=Converter(7, bound=1.0),
        adc=Converter(9, bound=12.0),
        input_scale=absolute_maximum,
        output_noise=0.06,
    )
