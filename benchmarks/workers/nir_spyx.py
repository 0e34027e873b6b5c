"""Spyx: `spyx.nir.from_nir(graph, input, dt=step)`, time first, channels last."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import nir
import numpy as np
from flax import nnx
from spyx import nn
from spyx.nir import from_nir, to_nir

from benchmarks.workers.nir_runs import Own, serve_nir


def run(file: str, xs: np.ndarray, step: float, options: dict[str, Any]) -> np.ndarray:
    x = jnp.asarray(np.moveaxis(xs, 2, -1) if xs.ndim == 5 else xs)
    return np.asarray(from_nir(nir.read(file), x, dt=step)[1])


def own(make: Any) -> Own:
    def build(xs: np.ndarray) -> tuple[np.ndarray, Any]:
        units, rngs = xs.shape[-1], nnx.Rngs(0)
        linear = nnx.Linear(units, units, use_bias=False, rngs=rngs)
        linear.kernel[...] = jnp.eye(units)
        network = nn.Sequential(linear, make((units,), rngs))
        ys, _ = nn.run(network, jnp.asarray(xs))
        shape = np.array([units])
        return np.asarray(ys), to_nir(network, {"input": shape}, {"output": shape}, dt=1)

    return build


OWN = {
    "LIF": own(lambda shape, rngs: nn.LIF(shape, beta=0.9, rngs=rngs)),
    "CuBaLIF": own(lambda shape, rngs: nn.CuBaLIF(shape, alpha=0.8, beta=0.9, rngs=rngs)),
    "IF": own(lambda shape, rngs: nn.IF(shape, rngs=rngs)),
}

if __name__ == "__main__":
    serve_nir(run, OWN, ("spyx", "nir", "jax"))
