"""Weights of few bits."""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.convert._weights import on_weights


class Quantised(eqx.Module):
    r"""Weights on $2^n - 1$ evenly spaced levels around zero, one scale per synapse.

    $$w \to \Delta \operatorname{round}(w / \Delta), \qquad
    \Delta = \frac{\max |w|}{2^{n-1} - 1}$$

    Args:
        bits: $n$, at least 2; 2 bits are three levels.

    Raises:
        ValueError: fewer than two bits.

    Source: Jacob et al., CVPR 2018, their symmetric form.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> Quantised(2)(Dense(jnp.array([[1.0, 0.4, -0.7]]))).weight.tolist()
        [[1.0, 0.0, -1.0]]
    """

    bits: int = eqx.field(static=True)

    def __init__(self, bits: int) -> None:
        if bits < 2:
            raise ValueError(f"Quantised: got {bits} bits, expected at least 2; see Binary for 1.")
        self.bits = int(bits)

    def __call__(self, model: Any, *, key: PRNGKeyArray | None = None) -> Any:
        """The network with such weights; nothing is drawn."""

        def rounded(weight: Array, key: Any) -> Array:
            largest = jnp.abs(weight).max()
            step = jnp.where(largest > 0, largest, 1.0) / (2 ** (self.bits - 1) - 1)
            return step * jnp.round(weight / step)

        return on_weights(model, rounded)


class Binary(eqx.Module):
    r"""Weights of one bit, with a scale per output: XNOR-Net.

    $$w_{ij} \to \alpha_i \operatorname{sign}(w_{ij}), \qquad
    \alpha_i = \langle |w_{ij}| \rangle_j$$

    the scale with the least squared error. A weight of zero counts as positive.

    Args:
        scale: from weights to $\alpha$, that broadcasts over them; `mean_magnitude` if not given,
            or `by_fan_in`, which does not look at them.

    Source: Rastegari, Ordonez, Redmon, Farhadi, ECCV 2016, section 3.1.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> Binary()(Dense(jnp.array([[1.0, -0.5]]))).weight.tolist()
        [[0.75, -0.75]]
    """

    scale: Callable[[Array], Array] = eqx.field(static=True)

    def __init__(self, scale: Callable[[Array], Array] | None = None) -> None:
        self.scale = mean_magnitude if scale is None else scale

    def __call__(self, model: Any, *, key: PRNGKeyArray | None = None) -> Any:
        """The network with such weights; nothing is drawn."""

        def signs(weight: Array, key: Any) -> Array:
            one = jnp.where(weight >= 0, 1.0, -1.0).astype(weight.dtype)
            return self.scale(weight) * one

        return on_weights(model, signs)


def mean_magnitude(weight: Array) -> Array:
    """Per output, the mean magnitude of its weights.

    Args:
        weight: `[n_out, n_in]` or `[*kernel, fan_in, channels]`.

    Example:
        >>> import jax.numpy as jnp
        >>> mean_magnitude(jnp.array([[1.0, -0.5]])).tolist()
        [[0.75]]
    """
    return jnp.abs(weight).mean(_fan_in(weight), keepdims=True)


def by_fan_in(weight: Array) -> Array:
    r"""The same for all weights of an array: $1 / \sqrt{n}$ of the $n$ that reach an output.

    Args:
        weight: `[n_out, n_in]` or `[*kernel, fan_in, channels]`.

    Example:
        >>> import jax.numpy as jnp
        >>> float(by_fan_in(jnp.ones((3, 4))))
        0.5
    """
    count = math.prod(weight.shape[axis] for axis in _fan_in(weight))
    return jnp.asarray(count**-0.5, weight.dtype)


class Ternary(eqx.Module):
    r"""Weights of -1, 0 and 1, with a scale per output.

    $$w_{ij} \to \alpha_i \operatorname{sign}(w_{ij})\, [|w_{ij}| > \delta_i], \qquad
    \delta_i = 0.7\, \langle |w_{ij}| \rangle_j, \qquad
    \alpha_i = \langle |w_{ij}| \rangle_{|w_{ij}| > \delta_i}$$

    Source: Li, Zhang, Liu, arXiv:1605.04711 (2016), ternary weight networks.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> Ternary()(Dense(jnp.array([[1.0, -0.5, 0.1]]))).weight.tolist()
        [[0.75, -0.75, 0.0]]
    """

    def __call__(self, model: Any, *, key: PRNGKeyArray | None = None) -> Any:
        """The network with such weights; nothing is drawn."""

        def three(weight: Array, key: Any) -> Array:
            axes, size = _fan_in(weight), jnp.abs(weight)
            kept = size > 0.7 * size.mean(axes, keepdims=True)
            count = jnp.maximum(kept.sum(axes, keepdims=True), 1)
            scale = jnp.where(kept, size, 0.0).sum(axes, keepdims=True) / count
            return jnp.where(kept, scale * jnp.sign(weight), 0.0)

        return on_weights(model, three)


def _fan_in(weight: Array) -> tuple[int, ...]:
    """The axes of what reaches one output: dense weights have outputs first, kernels last."""
    return (1,) if weight.ndim == 2 else tuple(range(weight.ndim - 1))
