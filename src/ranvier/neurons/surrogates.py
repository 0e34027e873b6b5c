r"""Spike functions: a step forward, a pseudo-derivative backward, in both modes of autodiff.

Each is a `jax.custom_jvp`, so that reverse mode (backpropagation through time) and forward mode
(real-time recurrent learning, eligibilities) use the same definition. The step is strict: a
membrane exactly at threshold does not fire.
"""

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Spike = Callable[[Array], Array]
_Settings = ParamSpec("_Settings")


def _one_per_setting(make: Callable[_Settings, Spike]) -> Callable[_Settings, Spike]:
    """One function object per setting, however it is written: models compare and are named by it.

    Raises:
        ValueError: a setting that is not positive.
    """
    kept, signature = functools.cache(make), inspect.signature(make)

    @functools.wraps(make)
    def made(*args: _Settings.args, **kwargs: _Settings.kwargs) -> Spike:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        settings = {name: float(value) for name, value in bound.arguments.items()}
        for name, value in settings.items():
            if not 0 < value < float("inf"):
                raise ValueError(f"{made.__name__}: {name} is {value}, expected more than 0.")
        return kept(**settings)

    return made


def surrogate(pseudo_derivative: Callable[[Array], Array], name: str) -> Spike:
    r"""Make a spike function from its pseudo-derivative.

    $h(v) = 1\ \text{if}\ v > 0\ \text{else}\ 0, \qquad dh/dv := \text{pseudo_derivative}(v)$

    Args:
        pseudo_derivative: elementwise, of the distance $v$ to the threshold.
        name: how settings and checkpoints call it.

    Example:
        >>> import jax
        >>> hat = surrogate(lambda v: jnp.maximum(0.0, 1.0 - abs(v)), "hat")
        >>> float(hat(jnp.array(0.2))), round(float(jax.grad(hat)(0.2)), 6)
        (1.0, 0.8)
    """

    @jax.custom_jvp
    def spike(v: Float[Array, "..."]) -> Float[Array, "..."]:
        v = jnp.asarray(v)
        return (v > 0).astype(v.dtype)

    @spike.defjvp
    def _(primals, tangents):
        (v,), (dv,) = primals, tangents
        return spike(v), pseudo_derivative(v) * dv

    # Settings and checkpoints know a static function by these.
    vars(spike).update(__name__=name, __qualname__=name, __module__=__name__)
    return spike


@_one_per_setting
def tanh_derivative() -> Spike:
    r"""$dh/dv := 1 - \tanh^2 v$, the choice of the Spiking Neural Unit.

    Source: Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020).

    Example:
        >>> import jax
        >>> round(float(jax.grad(tanh_derivative())(1.0)), 5)
        0.41997
    """
    return surrogate(lambda v: 1 - jnp.tanh(v) ** 2, "tanh_derivative()")


@_one_per_setting
def sigmoid_derivative(slope: float = 4.0) -> Spike:
    r"""$dh/dv := k\,\sigma(kv)\,(1 - \sigma(kv))$.

    Args:
        slope: $k$, in units of one over the membrane's.

    Source: Zenke, Vogels, Neural Comput. 33 (2021), section on surrogate shapes.

    Example:
        >>> import jax
        >>> float(jax.grad(sigmoid_derivative(4.0))(0.0))
        1.0
    """

    def derivative(v):
        # 1 - sigmoid(v) would lose its digits above the threshold, and only there.
        return slope * jax.nn.sigmoid(slope * v) * jax.nn.sigmoid(-slope * v)

    return surrogate(derivative, f"sigmoid_derivative({slope})")


@_one_per_setting
def fast_sigmoid(slope: float = 10.0) -> Spike:
    r"""$dh/dv := (1 + k|v|)^{-2}$, the SuperSpike surrogate.

    Args:
        slope: $k$, in units of one over the membrane's.

    Source: Zenke, Ganguli, Neural Comput. 30 (2018).

    Example:
        >>> import jax
        >>> float(jax.grad(fast_sigmoid(10.0))(0.1))
        0.25
    """
    return surrogate(lambda v: 1 / (1 + slope * jnp.abs(v)) ** 2, f"fast_sigmoid({slope})")


@_one_per_setting
def arctan(slope: float = 2.0) -> Spike:
    r"""$dh/dv := \dfrac{k/2}{1 + (\pi k v / 2)^2}$.

    Args:
        slope: $k$, in units of one over the membrane's.

    Source: Fang et al., ICCV 2021 (parametric LIF).

    Example:
        >>> import jax
        >>> float(jax.grad(arctan(2.0))(0.0))
        1.0
    """
    return surrogate(lambda v: slope / 2 / (1 + (jnp.pi * slope * v / 2) ** 2), f"arctan({slope})")


@_one_per_setting
def triangle(height: float = 0.3, width: float = 1.0) -> Spike:
    r"""$dh/dv := \gamma \max(0, 1 - |v| / w)$, the choice of e-prop.

    Args:
        height: $\gamma$ at the threshold.
        width: $w$, where it vanishes; the threshold itself in e-prop.

    Source: Bellec et al., Nat. Commun. 11 (2020), eq. 4.

    Example:
        >>> import jax
        >>> round(float(jax.grad(triangle())(0.0)), 6)
        0.3
    """
    return surrogate(
        lambda v: height * jnp.maximum(0.0, 1 - jnp.abs(v) / width), f"triangle({height}, {width})"
    )


@_one_per_setting
def gaussian(width: float = 0.5) -> Spike:
    r"""$dh/dv := \frac{1}{\sqrt{2\pi} w} e^{-v^2 / 2w^2}$.

    Args:
        width: $w$, standard deviation, in units of the membrane.

    Source: Yin, Corradi, Bohté, Nat. Mach. Intell. 3 (2021).

    Example:
        >>> import jax
        >>> round(float(jax.grad(gaussian(0.5))(0.0)), 4)
        0.7979
    """
    return surrogate(
        lambda v: jnp.exp(-((v / width) ** 2) / 2) / (width * (2 * jnp.pi) ** 0.5),
        f"gaussian({width})",
    )


@_one_per_setting
def exponential(height: float = 1.0, slope: float = 5.0) -> Spike:
    r"""$dh/dv := \gamma\, e^{-k|v|}$, the choice of SLAYER.

    Args:
        height: $\gamma$ at the threshold.
        slope: $k$, in units of one over the membrane's.

    Source: Shrestha, Orchard, NeurIPS 2018, section 3.3.

    Example:
        >>> import jax
        >>> round(float(jax.grad(exponential())(0.2)), 4)
        0.3679
    """
    return surrogate(
        lambda v: height * jnp.exp(-slope * jnp.abs(v)), f"exponential({height}, {slope})"
    )


@_one_per_setting
def multi_gaussian(width: float = 0.5, lobe: float = 0.15, spread: float = 6.0) -> Spike:
    r"""A Gaussian with negative lobes: $dh/dv := (1 + h)\,N(v; 0, w) - h\,N(v; \pm w, s w)$.

    $N(v; \mu, \sigma)$ is the normal density; both lobes, at $+w$ and $-w$, are taken away, so
    far from the threshold the slope is below zero.

    Args:
        width: $w$, standard deviation of the middle, in units of the membrane.
        lobe: $h$, weight of each lobe.
        spread: $s$, how much wider a lobe is.

    Source: Yin, Corradi, Bohté, Nat. Mach. Intell. 3 (2021), methods.

    Example:
        >>> import jax
        >>> slope = jax.grad(multi_gaussian())
        >>> round(float(slope(0.0)), 4), float(slope(2.0)) < 0
        (0.8782, True)
    """

    def normal(v, mean, deviation):
        return jnp.exp(-(((v - mean) / deviation) ** 2) / 2) / (deviation * (2 * jnp.pi) ** 0.5)

    def derivative(v):
        v = jnp.abs(v)  # even to the last bit
        lobes = normal(v, width, spread * width) + normal(v, -width, spread * width)
        return (1 + lobe) * normal(v, 0.0, width) - lobe * lobes

    return surrogate(derivative, f"multi_gaussian({width}, {lobe}, {spread})")


@_one_per_setting
def boxcar(width: float = 1.0) -> Spike:
    r"""$dh/dv := 1/w$ where $|v| < w/2$, else 0.

    Args:
        width: $w$, in units of the membrane.

    Source: Wu, Deng, Li, Zhu, Shi, Front. Neurosci. 12 (2018), eq. 24.

    Example:
        >>> import jax
        >>> float(jax.grad(boxcar(2.0))(0.9)), float(jax.grad(boxcar(2.0))(1.1))
        (0.5, 0.0)
    """
    return surrogate(lambda v: (jnp.abs(v) < width / 2) / width, f"boxcar({width})")


@_one_per_setting
def straight_through() -> Spike:
    r"""$dh/dv := 1$ everywhere.

    Source: Bengio, Léonard, Courville, arXiv:1308.3432 (2013).

    Example:
        >>> import jax
        >>> float(jax.grad(straight_through())(-3.0))
        1.0
    """
    return surrogate(jnp.ones_like, "straight_through()")
