"""Connections whose cost is that of the spikes, not of the units."""

import math
from importlib.util import find_spec

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.synapses._around import Around
from ranvier.synapses._convolution import Convolution
from ranvier.synapses._dense import Dense
from ranvier.synapses._event_products import forward_product


class EventDriven(Around):
    r"""Weights, computed from events: $I = \sum_{j:\, z_j \neq 0} z_j W_{\cdot j}$.

    The same current as that of the connections inside, in another order of summation, and the same
    derivatives. On a CPU, the cost of the product and of the weights' gradient is that of the
    activity that is not zero; where more than a given part of it is, and on other devices, the
    dense product or convolution is taken. The gradient of the activity, if it is asked for, always
    is dense.

    Args:
        synapse: dense connections, or a convolution without groups.
        densest: share of non-zero activity up to which events are followed; 1 always does.

    Raises:
        TypeError: connections that are neither.
        ValueError: a share outside 0..1, or a convolution in groups.
        ImportError: Numba, which compiles the product, is not installed.

    Example:
        >>> import jax.numpy as jnp
        >>> synapse = EventDriven(Dense(jnp.array([[1.0, 2.0], [3.0, 4.0]])))
        >>> synapse(jnp.array([0.0, 1.0]))
        Array([2., 4.], dtype=float32)
    """

    synapse: Dense | Convolution
    densest: float = eqx.field(static=True)

    def __init__(self, synapse: Dense | Convolution, densest: float = 0.15) -> None:
        if not isinstance(synapse, Dense | Convolution):
            raise TypeError(
                f"EventDriven: the connections are {type(synapse).__name__}, expected Dense or "
                "Convolution."
            )
        if isinstance(synapse, Convolution) and synapse.groups > 1:
            raise ValueError(
                f"EventDriven: the convolution has {synapse.groups} groups, expected one. "
                "Leave it as it is."
            )
        if not 0 <= densest <= 1:
            raise ValueError(f"EventDriven: densest is {densest}, expected 0 to 1.")
        if find_spec("numba") is None:
            raise ImportError(
                "EventDriven: Numba, which compiles the product, is not installed. "
                "Install ranvier[compiled]."
            )
        self.synapse = synapse
        self.densest = float(densest)

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... fan_out"]:
        """The current of every unit; noiseless."""
        weight = self.synapse.weight
        if z.dtype != weight.dtype or z.dtype not in (jnp.float32, jnp.float64):
            return self.synapse(z)
        leading = z.shape[: z.ndim - len(self.in_shape)]
        rows = z.reshape(math.prod(leading), self.in_size)
        if isinstance(self.synapse, Convolution):
            kernel, windows = weight.reshape(-1, weight.shape[-1]), self.synapse.windows
        else:
            kernel, windows = weight.T, None
        current = forward_product.bind(rows, kernel, windows=windows, densest=self.densest)
        return current.reshape(*leading, *self.shape)
