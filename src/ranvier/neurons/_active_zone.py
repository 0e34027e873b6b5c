r"""Which part of a spike's charge has been released on the way through the active zone.

A gate $g \ge 0$ of the membrane, zero outside the zone and of integral one, releases charge at the
rate $g(v)\, \dot v$. What has been released up to $v$ is the integral $G(v)$ of the gate, given
here as a function of how far through the zone the membrane is.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

Release = Callable[[Array], Array]


def uniform_release(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$G = x$ within the zone: a gate that is open or shut, with steps in its derivatives.

    Args:
        x: how far through the zone, 0 to 1; what lies outside is taken as the nearer end.

    Example:
        >>> uniform_release(jnp.array([-1.0, 0.25, 2.0])).tolist()
        [0.0, 0.25, 1.0]
    """
    return jnp.clip(x, 0, 1)


def cosine_release(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""$G = x - \frac{\sin 2 \pi x}{2 \pi}$: a gate without steps, $g = 1 - \cos 2 \pi x$.

    Args:
        x: how far through the zone, 0 to 1; what lies outside is taken as the nearer end.

    Example:
        >>> [round(float(g), 4) for g in cosine_release(jnp.array([-1.0, 0.25, 2.0]))]
        [0.0, 0.0908, 1.0]
    """
    inside = jnp.clip(x, 0, 1)
    return inside - jnp.sin(2 * jnp.pi * inside) / (2 * jnp.pi)
