"""The floor: the matrix products of each workload and nothing else, and the machine's best rates.

Each product is written in the ways XLA may prefer differently; the fastest is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import floor, workloads
from benchmarks.workers.protocol import Task, serve

GEMM_SIZE = 2048
TRIAD_SIZE = 2**25

Product = Callable[[jax.Array, jax.Array], jax.Array]


def normal(rows: int, columns: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).standard_normal((rows, columns), np.float32))


def fastest(candidates: list[tuple[Product, jax.Array, jax.Array]]) -> Callable[[], jax.Array]:
    """The quickest of several ways to write one product, its operands bound."""
    timed = []
    for product, left, right in candidates:
        compiled = jax.jit(product)
        compiled(left, right).block_until_ready()
        seconds = []
        for _ in range(5):
            started = time.perf_counter()
            compiled(left, right).block_until_ready()
            seconds.append(time.perf_counter() - started)
        timed.append((min(seconds), len(timed), compiled, left, right))
    _, _, best, left, right = min(timed, key=lambda entry: entry[:2])
    return lambda: best(left, right)


def products_of(workload: workloads.Workload) -> list[Callable[[], jax.Array]]:
    shape = workload.network
    batch = shape.batch if workload.kind in ("training", "inference") else 1
    chosen = []
    for position, (rows, inner, columns) in enumerate(floor.products(shape, batch)):
        x, d, w = normal(rows, inner), normal(rows, columns), normal(columns, inner)
        chosen.append(fastest([(lambda x, w: x @ w.T, x, w), (lambda x, w: x @ w, x, w.T)]))
        if workload.kind == "training":
            chosen.append(fastest([(lambda x, d: d.T @ x, x, d), (lambda x, d: x.T @ d, x, d)]))
            if position > 0:
                chosen.append(fastest([(lambda d, w: d @ w, d, w), (lambda d, w: d @ w.T, d, w.T)]))
    for width in floor.loops(shape):
        start, w = normal(batch, width), normal(width, width) / width
        along = fastest([(step_by_step(shape.steps), start, w)])
        chosen.append(along)
        if workload.kind == "training":
            x = normal(shape.steps * batch, width)
            chosen += [
                along,
                fastest([(lambda x, d: d.T @ x, x, x + 1), (lambda x, d: x.T @ d, x, x + 1)]),
            ]
    return chosen


def step_by_step(steps: int) -> Product:
    """A feedback's products, each of which waits for the one before, every result kept."""

    def run(start: jax.Array, w: jax.Array) -> jax.Array:
        def body(y: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
            y = y @ w
            return y, y

        return jax.lax.scan(body, start, None, steps)[1]

    return run


def build(asked: Any) -> tuple[Task, dict[str, Any]]:
    if asked == "gemm":
        a, b = normal(GEMM_SIZE, GEMM_SIZE), normal(GEMM_SIZE, GEMM_SIZE)
        product = jax.jit(lambda a, b: a @ b)
        return (lambda: jax.block_until_ready(product(a, b))), {"operations": 2 * GEMM_SIZE**3}
    if asked == "triad":
        c = normal(TRIAD_SIZE // 4096, 4096)
        # In place: into a fresh array, page faults would be measured and not memory.
        add = jax.jit(lambda b, c: 0.5 * b + c, donate_argnums=0)
        held = [add(c + 0.0, c)]

        def triad() -> None:
            held[0] = add(held[0], c).block_until_ready()

        return triad, {"bytes": 3 * 4 * TRIAD_SIZE}
    workload = workloads.find(asked)
    work = products_of(workload)
    batch = workload.network.batch if workload.kind in ("training", "inference") else 1
    training = workload.kind == "training"

    def task() -> None:
        for product in work:
            product().block_until_ready()

    return task, {
        "operations": floor.operations(workload.network, batch, training=training),
        "bytes": floor.traffic(workload.network, batch, training=training),
    }


if __name__ == "__main__":
    serve(build, ("jax", "jaxlib"))
