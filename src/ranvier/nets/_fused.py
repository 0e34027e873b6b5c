"""The time loop of a neuron as one GPU kernel, made from the neuron's own step."""

import functools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import core
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.interpreters import partial_eval as pe
from jaxtyping import Array

from ranvier.core import Neuron, dependence, flat_step
from ranvier.nets._time_loops import Loop, Plan, Pull, Push, Walk

# One element per thread leaves it the most registers.
_BLOCK, _WARPS = 128, 4
# Kernels count elements in 32 bits.
_MOST = 2**31 - 1


def fused(
    neuron: Neuron,
    state: Any,
    currents: dict[str, Array],
    *,
    keep_every: int = 8,
    interpret: bool = False,
) -> Any:
    r"""Run a neuron over time without noise, as one CUDA kernel that holds its state in registers.

    The kernel is traced from the neuron's `step`; its derivatives, in both modes, are two more
    kernels in which `step` is differentiated. Forwards and backwards, each unit and step moves
    $3c + 2 + 2k / K$ numbers through memory, for $c$ currents, one output that is used, $k$ state
    variables that the step reads and $K$ steps between kept states. $K = 1$ stores all states;
    with larger $K$ they are computed again, in registers. Second derivatives, and platforms
    other than CUDA, take a plain scan.

    Args:
        neuron: any elementwise neuron whose step Triton can compile.
        state: where it starts, `[..., *units]`.
        currents: port to current, `[T, ..., *units]`.
        keep_every: $K$.
        interpret: run the kernels in JAX's interpreter: slow, on any machine.

    Returns:
        Its states, `[T, ..., *units]` each.

    Raises:
        ValueError: no step between kept states, or a neuron, state or currents that the kernel
            cannot take, for the reason that `obstacle` gives.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import LeakyIntegrator
        >>> unit = LeakyIntegrator(1, decay=0.5)
        >>> fused(unit, unit.init(), {"dendrite": jnp.ones((3, 1))}, interpret=True).y[:, 0]
        Array([1.  , 1.5 , 1.75], dtype=float32)
    """
    if keep_every < 1:
        raise ValueError(f"keep_every is {keep_every}, expected at least one step.")
    reason = obstacle(neuron, state, currents)
    if reason is not None:
        raise ValueError(
            f"cannot fuse the time loop of a {type(neuron).__name__}: {reason} Use `scanned`."
        )
    return walk(neuron, state, currents, keep_every=keep_every, interpret=interpret)


def walk(
    neuron: Neuron,
    state: Any,
    currents: dict[str, Array],
    *,
    keep_every: int = 8,
    interpret: bool = False,
) -> Any:
    """`fused` for what has no `obstacle`."""
    operands, plan = _prepare(neuron, state, currents)
    plan = replace(plan, every=keep_every, interpret=interpret)
    leaves, structure = jax.tree.flatten(state)
    states = loop_p.bind(*operands, loop=Walk(plan, tuple(range(len(leaves)))))
    return jax.tree.unflatten(structure, states)


def obstacle(neuron: Neuron, state: Any, currents: dict[str, Array]) -> str | None:
    """Why a neuron cannot run in one kernel, or `None` if it can.

    All three kernels are lowered for CUDA as a trial, for one element and step; that needs no GPU.

    Args:
        neuron: any neuron.
        state: where it starts, `[..., *units]`.
        currents: port to current, `[T, ..., *units]`.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import SNU
        >>> unit = SNU(1)
        >>> obstacle(unit, unit.init(), {"dendrite": jnp.ones((3, 1))}) is None
        True
        >>> obstacle(unit, unit.init(), {"dendrite": jnp.ones((3, 1), int)})
        "it holds or gets ['int32'], expected floating point."
    """
    arrays = [a for a in jax.tree.leaves((neuron, state, currents)) if eqx.is_array(a)]
    if other := {str(a.dtype) for a in arrays if not jnp.issubdtype(a.dtype, jnp.floating)}:
        return f"it holds or gets {sorted(other)}, expected floating point."
    steps = {c.shape[:1] for c in currents.values()}
    if len(steps) != 1 or steps == {()}:
        return f"its currents have time axes {sorted(steps)}, expected one length."
    try:
        operands, plan = _prepare(neuron, state, currents)
        shape = _elements(plan.operands, operands)
        if any(jnp.shape(s) != shape for s in plan.split(operands)[1]):
            return f"currents or parameters make a state of {shape} of one of another shape."
        if not 0 < math.prod(shape) * plan.steps <= _MOST:
            return f"{plan.steps} steps of {shape} are none, or more than {_MOST} numbers."
        one = replace(plan, steps=1)
        outputs, everything = tuple(range(plan.counts[1])), tuple(range(sum(plan.counts)))
        for loop in (
            Walk(one, outputs, keeps=True),
            Push(one, outputs, everything),
            Pull(one, outputs, everything),
        ):
            given = [jax.ShapeDtypeStruct(_shape(t, (1,)), dtype) for t, dtype in loop.operands]
            bind = functools.partial(loop_p.bind, loop=loop)
            jax.jit(bind).trace(*given).lower(lowering_platforms=("cuda",))
    except Exception as error:  # Whatever a compiler may say about a step.
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return None


def _prepare(neuron: Neuron, state: Any, currents: dict[str, Array]) -> tuple[list[Array], Plan]:
    """The operands, all with as many axes of elements, and the plan of their loop."""
    flat = flat_step(neuron, state, list(currents))
    counts = (*flat.counts, len(currents))
    timeless, timed = [*flat.parameters, *flat.state], list(currents.values())
    axes = max([*(jnp.ndim(a) for a in timeless), *(c.ndim - 1 for c in timed)])
    operands = [jnp.reshape(a, (1,) * (axes - jnp.ndim(a)) + jnp.shape(a)) for a in timeless]
    operands += [c.reshape(len(c), *(1,) * (axes + 1 - c.ndim), *c.shape[1:]) for c in timed]
    types = tuple(a.dtype for a in operands)
    depends = dependence(flat.step, [jax.ShapeDtypeStruct((), t) for t in types])
    reads = tuple(i for i, row in enumerate(depends[counts[0] : sum(counts[:2])]) if any(row))
    return operands, Plan(flat.step, types, counts, len(timed[0]), 1, reads, False)


def _shape(steps: int | None, elements: tuple[int, ...]) -> tuple[int, ...]:
    return elements if steps is None else (steps, *elements)


def _elements(timed: Sequence[Any], operands: Sequence[Any]) -> tuple[int, ...]:
    """The axes of elements, where those of the operands are broadcast against each other."""
    return np.broadcast_shapes(
        *(a.shape[t is not None :] for (t, _), a in zip(timed, operands, strict=True))
    )


def _kernel(*operands: Array, loop: Loop) -> list[Array]:
    """Run a loop in one kernel: a block of elements per program, all of time in each."""
    elements = _elements(loop.operands, operands)
    count = math.prod(elements)
    inputs = len(operands)

    def kernel(*refs: Any) -> None:
        index = pl.program_id(0) * _BLOCK + jnp.arange(_BLOCK, dtype=jnp.int32)
        inside = index < count

        def reader(ref: Any, own: tuple[int, ...]) -> Any:
            where = _address(index, own, elements)
            return lambda *time: triton.load(ref.at[(*time, where)], mask=inside, other=0)

        def writer(ref: Any) -> Any:
            return lambda value, *time: triton.store(ref.at[(*time, index)], value, mask=inside)

        read = [
            reader(ref, a.shape[t is not None :])
            for ref, a, (t, _) in zip(refs, operands, loop.operands, strict=False)
        ]
        loop.block(read, [writer(ref) for ref in refs[inputs:]])

    results = pl.pallas_call(
        kernel,
        [jax.ShapeDtypeStruct(_shape(t, (count,)), dtype) for t, dtype in loop.results],
        grid=(pl.cdiv(count, _BLOCK),),
        compiler_params=triton.CompilerParams(num_warps=_WARPS, num_stages=1),
        interpret=loop.plan.interpret,
        name=f"neuron_{type(loop).__name__.lower()}",
    )(*(a.reshape(_shape(t, (-1,))) for a, (t, _) in zip(operands, loop.operands, strict=True)))
    return [r.reshape(_shape(t, elements)) for r, (t, _) in zip(results, loop.results, strict=True)]


def _address(index: Array, own: tuple[int, ...], elements: tuple[int, ...]) -> Array:
    """Where elements find their number in an operand that has axes of length one."""
    if own == elements:
        return index
    where, inner, stride = jnp.zeros_like(index), 1, 1
    for length, whole in zip(reversed(own), reversed(elements), strict=True):
        if length != 1:
            where = where + index // inner % whole * stride
        inner, stride = inner * whole, stride * length
    return where


def _plain(*operands: Array, loop: Loop) -> list[Array]:
    """Run a loop in plain JAX."""
    elements = _elements(loop.operands, operands)
    flat = [
        jnp.broadcast_to(a, _shape(t, elements)).reshape(_shape(t, (-1,)))
        for a, (t, _) in zip(operands, loop.operands, strict=True)
    ]
    results = loop.plain(*flat)
    return [r.reshape(_shape(t, elements)) for r, (t, _) in zip(results, loop.results, strict=True)]


def _default(*operands: Array, loop: Loop) -> list[Array]:
    return (_kernel if loop.plan.interpret else _plain)(*operands, loop=loop)


loop_p = Primitive("neuron_time_loop")
loop_p.multiple_results = True
loop_p.def_impl(jax.jit(loop_p.bind, static_argnames="loop"))
mlir.register_lowering(loop_p, mlir.lower_fun(_default, multiple_results=True))
mlir.register_lowering(loop_p, mlir.lower_fun(_kernel, multiple_results=True), platform="cuda")


@loop_p.def_abstract_eval
def _(*operands: Any, loop: Loop) -> list[Any]:
    elements = _elements(loop.operands, operands)
    return [core.ShapedArray(_shape(t, elements), dtype) for t, dtype in loop.results]


def _batch(
    operands: Sequence[Array], axes: Sequence[int | None], *, loop: Loop
) -> tuple[list[Array], list[int]]:
    """A mapped axis is one more axis of elements, of length one where it is not mapped."""
    placed = [
        jnp.expand_dims(a, int(t is not None))
        if axis is None
        else jnp.moveaxis(a, axis, int(t is not None))
        for a, axis, (t, _) in zip(operands, axes, loop.operands, strict=True)
    ]
    return loop_p.bind(*placed, loop=loop), [int(t is not None) for t, _ in loop.results]


def _jvp(primals: Sequence[Any], tangents: Sequence[Any], *, loop: Loop) -> Any:
    """The walk has kernels for its derivative; the derivatives of those are plain JAX."""
    if not isinstance(loop, Walk) or loop.keeps:
        tangents = [ad.instantiate_zeros(t) for t in tangents]
        plain = functools.partial(_plain, loop=loop)
        return jax.jvp(plain, tuple(primals), tuple(tangents))
    moving = tuple(i for i, t in enumerate(tangents) if not isinstance(t, ad.Zero))
    results = loop_p.bind(*primals, loop=replace(loop, keeps=True))
    states, kept = results[: len(loop.outputs)], results[len(loop.outputs) :]
    push = Push(loop.plan, loop.outputs, moving)
    return states, loop_p.bind(*primals, *kept, *(tangents[i] for i in moving), loop=push)


def _transpose(cotangents: Sequence[Any], *operands: Any, loop: Push) -> list[Any]:
    count = len(loop.plan.operands) + len(loop.plan.kept)
    known, linear = operands[:count], operands[count:]
    given = [i for i, c in enumerate(cotangents) if not isinstance(c, ad.Zero)]
    pull = Pull(loop.plan, tuple(loop.outputs[i] for i in given), loop.moving)
    pulled = loop_p.bind(*known, *(cotangents[i] for i in given), loop=pull)
    return [None] * count + [_sum_to(a, o.aval) for a, o in zip(pulled, linear, strict=True)]


def _sum_to(array: Array, like: Any) -> Array:
    """The sum over the axes of elements that share a number."""
    shared = [i for i, n in enumerate(like.shape) if n == 1 and array.shape[i] != 1]
    return (array.sum(shared, keepdims=True) if shared else array).astype(like.dtype)


def _drop(used: list[bool], equation: Any) -> tuple[list[bool], Any]:
    """Results that nobody reads are not written."""
    if not any(used):
        return [False] * len(equation.invars), None
    loop = equation.params["loop"]
    always = len(loop.only([False] * len(used)).results)
    used = [u or i >= len(used) - always for i, u in enumerate(used)]
    kept = [v for v, u in zip(equation.outvars, used, strict=True) if u]
    return [True] * len(equation.invars), equation.replace(
        outvars=kept, params={"loop": loop.only(used)}
    )


batching.primitive_batchers[loop_p] = _batch
ad.primitive_jvps[loop_p] = _jvp
ad.primitive_transposes[loop_p] = _transpose
pe.dce_rules[loop_p] = _drop
