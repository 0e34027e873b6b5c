"""Dense and convolutional products whose cost is that of the events, as JAX sees them.

Both are written as matrices, `[N, units]` by `[entries of the kernel, channels]`; without windows
the kernel is as large as the row of units.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import core
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array

from ranvier.synapses._convolution import convolve
from ranvier.synapses._windows import Windows, runs

forward_product = Primitive("event_driven_product")
outer_product = Primitive("event_driven_outer_product")


def _convolve(x: Array, kernel: Array, windows: Windows) -> Array:
    space = x.reshape(len(x), *windows.space, -1)
    weight = kernel.reshape(*windows.size, -1, kernel.shape[1])
    return convolve(space, weight, windows).reshape(len(x), -1)


def _forward_shape(x: Any, kernel: Any, windows: Windows | None) -> tuple[int, int]:
    return x.shape[0], kernel.shape[1] * (math.prod(windows.out_space) if windows else 1)


def _outer_shape(x: Any, g: Any, windows: Windows | None) -> tuple[int, int]:
    if windows is None:
        return x.shape[1], g.shape[1]
    channels = x.shape[1] // math.prod(windows.space)
    return channels * math.prod(windows.size), g.shape[1] // math.prod(windows.out_space)


def _dense_forward(x: Array, kernel: Array, windows: Windows | None) -> Array:
    return _convolve(x, kernel, windows) if windows else x @ kernel


def _dense_outer(x: Array, g: Array, windows: Windows | None) -> Array:
    if windows is None:
        return x.T @ g
    like = jax.ShapeDtypeStruct(_outer_shape(x, g, windows), g.dtype)
    return jax.linear_transpose(lambda kernel: _convolve(x, kernel, windows), like)(g)[0]


def _dense_back(g: Array, kernel: Array, windows: Windows | None) -> Array:
    if windows is None:
        return g @ kernel.T
    channels = len(kernel) // math.prod(windows.size)
    like = jax.ShapeDtypeStruct((len(g), channels * math.prod(windows.space)), g.dtype)
    return jax.linear_transpose(lambda x: _convolve(x, kernel, windows), like)(g)[0]


def _by_events(product: str, dense: Any, shape: Any) -> Any:
    """The product as it is lowered for a CPU: by events where they are few."""

    def lowered(x: Array, other: Array, *, windows: Windows | None, densest: float) -> Array:
        from ranvier.synapses._events_cpu import PRODUCTS
        from ranvier.synapses._xla_call import target

        called = product if windows is None else f"windows_{product}"
        body, pieces = PRODUCTS[called]
        name = target(f"events_{called}", body, x.dtype, pieces_per_thread=pieces)
        plan = np.zeros((1, 1), np.int32)
        if windows is not None:
            plan = runs(windows, x.shape[1] // math.prod(windows.space))
        call = jax.ffi.ffi_call(name, jax.ShapeDtypeStruct(shape(x, other, windows), x.dtype))
        if densest >= 1:
            return call(x, other, plan)
        events = jnp.count_nonzero(x)
        return jax.lax.cond(
            events <= densest * x.size,
            lambda x, other: call(x, other, plan),
            lambda x, other: dense(x, other, windows),
            x,
            other,
        )

    return lowered


def _define(primitive: Primitive, name: str, dense: Any, shape: Any) -> None:
    primitive.def_impl(jax.jit(primitive.bind, static_argnames=("windows", "densest")))

    def abstract(x: Any, other: Any, *, windows: Windows | None, densest: float) -> Any:
        return core.ShapedArray(shape(x, other, windows), x.dtype)

    def elsewhere(x: Array, other: Array, *, windows: Windows | None, densest: float) -> Array:
        return dense(x, other, windows)

    primitive.def_abstract_eval(abstract)
    mlir.register_lowering(primitive, mlir.lower_fun(elsewhere, multiple_results=False))
    on_cpu = mlir.lower_fun(_by_events(name, dense, shape), multiple_results=False)
    mlir.register_lowering(primitive, on_cpu, platform="cpu")

    def batched(arguments: Any, axes: Any, **settings: Any) -> Any:
        if axes[1] is None and name == "forward":
            x = jnp.moveaxis(arguments[0], axes[0], 0)
            rows = x.reshape(x.shape[0] * x.shape[1], x.shape[2])
            product = primitive.bind(rows, arguments[1], **settings)
            return product.reshape(*x.shape[:2], product.shape[1]), 0
        size = next(a.shape[i] for a, i in zip(arguments, axes, strict=True) if i is not None)
        x, other = (
            jnp.broadcast_to(a, (size, *a.shape)) if i is None else jnp.moveaxis(a, i, 0)
            for a, i in zip(arguments, axes, strict=True)
        )
        return jax.lax.map(lambda pair: primitive.bind(*pair, **settings), (x, other)), 0

    batching.primitive_batchers[primitive] = batched


_define(forward_product, "forward", _dense_forward, _forward_shape)
_define(outer_product, "outer", _dense_outer, _outer_shape)
# Both are linear in either argument; what the second is multiplied with stays sparse.
ad.defbilinear(
    forward_product,
    lambda g, x, kernel, *, windows, densest: _dense_back(g, kernel, windows),
    lambda g, x, kernel, **settings: outer_product.bind(x, g, **settings),
)
ad.defbilinear(
    outer_product,
    lambda g, x, other, *, windows, densest: _dense_back(other, g, windows),
    lambda g, x, other, **settings: forward_product.bind(x, g, **settings),
)
