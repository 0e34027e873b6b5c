"""Curves by which device statistics are fitted: numbers that are kept with a model, no closures."""

import itertools
from typing import Protocol

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float


class Curve(Protocol):
    """A fitted quantity over the relative conductance $r = g / g_{max}$.

    Example:
        >>> curve: Curve = Polynomial((0.5, 1.0))
        >>> float(curve(0.25))
        0.75
    """

    def __call__(self, r: Float[Array, "..."] | float) -> Float[Array, "..."]: ...


class Polynomial(eqx.Module):
    r"""$f(r) = \sum_k c_k r^k$.

    Args:
        coefficients: $c_0, c_1, \dots$; one number is a constant.

    Example:
        >>> float(Polynomial((1.0, 0.0, 2.0))(0.5))
        1.5
    """

    coefficients: tuple[float, ...]

    def __call__(self, r: Float[Array, "..."] | float) -> Float[Array, "..."]:
        """The curve at `r`."""
        r = jnp.asarray(r)
        total = jnp.zeros_like(r)
        for coefficient in reversed(self.coefficients):
            total = total * r + coefficient
        return total


class ClippedLogarithm(eqx.Module):
    r"""$f(r) = \min(\max(a \ln r + b, low), high)$, with $r$ of at least $10^{-7}$.

    Args:
        slope: $a$.
        intercept: $b$.
        low, high: between which the curve stays.

    Example:
        >>> round(float(ClippedLogarithm(-0.0155, 0.0244, 0.049, 0.1)(0.05)), 4)
        0.0708
    """

    slope: float
    intercept: float
    low: float
    high: float

    def __call__(self, r: Float[Array, "..."] | float) -> Float[Array, "..."]:
        """The curve at `r`."""
        fitted = self.slope * jnp.log(jnp.maximum(jnp.asarray(r), 1e-7)) + self.intercept
        return jnp.clip(fitted, self.low, self.high)


class ClippedPower(eqx.Module):
    r"""$f(r) = \min\big(a / \max(r^{p}, 10^{-3}), high\big)$.

    Args:
        scale: $a$.
        power: $p$, not negative.
        high: the curve stays below.

    Example:
        >>> round(float(ClippedPower(0.0088, 0.65, 0.2)(1.0)), 4)
        0.0088
    """

    scale: float
    power: float
    high: float

    def __call__(self, r: Float[Array, "..."] | float) -> Float[Array, "..."]:
        """The curve at `r`."""
        # A power has no derivative at 0, where the floor holds anyway; and as an exponential of a
        # logarithm it takes a quarter of the time.
        root = jnp.exp(self.power * jnp.log(jnp.maximum(jnp.asarray(r), 1e-12)))
        return jnp.minimum(self.scale / jnp.maximum(root, 1e-3), self.high)


class Piecewise(eqx.Module):
    r"""One curve for $r < r_1$, another from there on.

    Args:
        edge: $r_1$.
        below, above: the curves.

    Example:
        >>> step = Piecewise(0.5, Polynomial((1.0,)), Polynomial((2.0,)))
        >>> float(step(0.4)), float(step(0.5))
        (1.0, 2.0)
    """

    edge: float
    below: Curve
    above: Curve

    def __call__(self, r: Float[Array, "..."] | float) -> Float[Array, "..."]:
        """The curve at `r`."""
        r = jnp.asarray(r)
        return jnp.where(r < self.edge, self.below(r), self.above(r))


class Tabulated(eqx.Module):
    """Measured points, joined by straight lines; constant beyond the outer ones.

    Args:
        at: $r$ of the points, rising.
        values: there.

    Raises:
        ValueError: points that do not rise, or another number of values.

    Example:
        >>> float(Tabulated((0.0, 1.0), (1.0, 3.0))(0.25))
        1.5
    """

    at: tuple[float, ...]
    values: tuple[float, ...]

    def __init__(self, at: tuple[float, ...], values: tuple[float, ...]) -> None:
        rising = all(a < b for a, b in itertools.pairwise(at))
        if not at or len(at) != len(values) or not rising:
            raise ValueError(
                f"Tabulated: got points {at} and {len(values)} values; expected at least one, "
                "rising, and one value for each."
            )
        self.at = tuple(float(point) for point in at)
        self.values = tuple(float(value) for value in values)

    def __call__(self, r: Float[Array, "..."] | float) -> Float[Array, "..."]:
        """The curve at `r`."""
        r = jnp.asarray(r, float) if jnp.ndim(r) == 0 else jnp.asarray(r)
        kind = r.dtype
        return jnp.interp(r, jnp.asarray(self.at, kind), jnp.asarray(self.values, kind))
