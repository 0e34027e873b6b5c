"""All-to-all connections whose cost is that of the spikes, not of the units."""

import math
from importlib.util import find_spec
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import core
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._dense import Dense

_forward = Primitive("event_driven_product")
_outer = Primitive("event_driven_outer_product")


def _dense_forward(x: Array, weight: Array, *, densest: float) -> Array:
    return x @ weight


def _dense_outer(x: Array, g: Array, *, densest: float) -> Array:
    return x.T @ g


def _by_events(product: str, dense: Any, shape: Any) -> Any:
    """The product as it is lowered for a CPU: by events where they are few."""

    def lowered(x: Array, other: Array, *, densest: float) -> Array:
        from ranvier.synapses._events_cpu import PRODUCTS
        from ranvier.synapses._xla_call import target

        body, pieces = PRODUCTS[product]
        name = target(f"events_{product}", body, x.dtype, pieces_per_thread=pieces)
        sparse = jax.ffi.ffi_call(name, jax.ShapeDtypeStruct(shape(x, other), x.dtype))
        if densest >= 1:
            return sparse(x, other)
        events = jnp.count_nonzero(x)
        return jax.lax.cond(
            events <= densest * x.size,
            sparse,
            lambda x, other: dense(x, other, densest=densest),
            x,
            other,
        )

    return lowered


def _define(primitive: Primitive, name: str, dense: Any, shape: Any) -> None:
    primitive.def_impl(jax.jit(primitive.bind, static_argnames="densest"))
    primitive.def_abstract_eval(lambda x, other, **_: core.ShapedArray(shape(x, other), x.dtype))
    mlir.register_lowering(primitive, mlir.lower_fun(dense, multiple_results=False))
    on_cpu = mlir.lower_fun(_by_events(name, dense, shape), multiple_results=False)
    mlir.register_lowering(primitive, on_cpu, platform="cpu")

    def batched(arguments: Any, axes: Any, *, densest: float) -> Any:
        if axes[1] is None and name == "forward":
            x = jnp.moveaxis(arguments[0], axes[0], 0)
            rows = x.reshape(x.shape[0] * x.shape[1], x.shape[2])
            product = primitive.bind(rows, arguments[1], densest=densest)
            return product.reshape(*x.shape[:2], product.shape[1]), 0
        size = next(a.shape[i] for a, i in zip(arguments, axes, strict=True) if i is not None)
        x, other = (
            jnp.broadcast_to(a, (size, *a.shape)) if i is None else jnp.moveaxis(a, i, 0)
            for a, i in zip(arguments, axes, strict=True)
        )
        return jax.lax.map(lambda pair: primitive.bind(*pair, densest=densest), (x, other)), 0

    batching.primitive_batchers[primitive] = batched


_define(_forward, "forward", _dense_forward, lambda x, w: (x.shape[0], w.shape[1]))
_define(_outer, "outer", _dense_outer, lambda x, g: (x.shape[1], g.shape[1]))
# Both are linear in either argument; what the second is multiplied with stays sparse.
ad.defbilinear(
    _forward,
    lambda g, x, weight, *, densest: g @ weight.T,
    lambda g, x, weight, *, densest: _outer.bind(x, g, densest=densest),
)
ad.defbilinear(
    _outer,
    lambda g, x, gradient, *, densest: gradient @ g.T,
    lambda g, x, gradient, *, densest: _forward.bind(x, g, densest=densest),
)


class EventDriven(Synapse):
    r"""All-to-all weights, computed from events: $I = \sum_{j:\, z_j \neq 0} z_j W_{\cdot j}$.

    The same current as that of the connections inside, in another order of summation, and the same
    derivatives. On a CPU, the cost of the product and of the weights' gradient is that of the
    activity that is not zero; where more than a given part of it is, and on other devices, the
    dense product is taken. The gradient of the activity, if it is asked for, is a dense product.

    Args:
        synapse: the dense connections.
        densest: share of non-zero activity up to which events are followed; 1 always does.

    Raises:
        TypeError: connections that are not `Dense`.
        ValueError: a share outside 0..1.
        ImportError: Numba, which compiles the product, is not installed.

    Example:
        >>> import jax.numpy as jnp
        >>> synapse = EventDriven(Dense(jnp.array([[1.0, 2.0], [3.0, 4.0]])))
        >>> synapse(jnp.array([0.0, 1.0]))
        Array([2., 4.], dtype=float32)
    """

    synapse: Dense
    densest: float = eqx.field(static=True)

    def __init__(self, synapse: Dense, densest: float = 0.15) -> None:
        if not isinstance(synapse, Dense):
            raise TypeError(
                f"EventDriven: the connections are {type(synapse).__name__}, expected Dense."
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

    @property
    def in_size(self) -> int:
        """Width of the presynaptic activity."""
        return self.synapse.in_size

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.synapse.shape

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... fan_out"]:
        """The current of every unit; noiseless."""
        weight = self.synapse.weight
        if z.dtype != weight.dtype or z.dtype not in (jnp.float32, jnp.float64):
            return self.synapse(z)
        rows = z.reshape(math.prod(z.shape[:-1]), self.in_size)
        current = _forward.bind(rows, weight.T, densest=self.densest)
        return current.reshape(*z.shape[:-1], *self.shape)
