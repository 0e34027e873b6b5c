"""ranvier: `read_nir(file, ...)` with what the file leaves out said, corrected if asked for."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import nir
import numpy as np

import ranvier as rv
from benchmarks.nir_own import correct
from benchmarks.workers.nir_runs import Own, serve_nir
from ranvier.convert.nir import read_nir, to_nir
from ranvier.nets import Layer
from ranvier.neurons import IF, LIF, Driven
from ranvier.synapses import Dense, LowPass


def run(file: str, xs: np.ndarray, step: float, options: dict[str, Any]) -> np.ndarray:
    if options.get("says_all"):
        model = read_nir(file).model
    else:
        meaning = {"time_unit": "s", "reset": "zero", **options}
        corrected = meaning.pop("corrected", ())
        source = nir.read(file, type_check=False) if corrected else file
        for name in corrected:
            correct(source, name, step)
        step_ms = 1.0 if meaning["time_unit"] == "steps" else 1e3 * step
        model = read_nir(source, time_step_ms=step_ms, **meaning).model
    x = jnp.asarray(np.moveaxis(xs, 2, -1) if xs.ndim == 5 else xs)
    return np.asarray(jax.jit(lambda x: rv.run(model, x, chunk=10)[1])(x))


def own(neuron: Any) -> Own:
    def build(xs: np.ndarray) -> tuple[np.ndarray, Any]:
        units = xs.shape[-1]
        layer = Layer(neuron(units), {"dendrite": Dense(jnp.eye(units))})
        return np.asarray(rv.run(layer, jnp.asarray(xs))[1]), to_nir(layer, time_step_ms=1.0)

    return build


OWN = {
    "LIF": own(LIF),
    "LIF, reset='subtract'": own(lambda units: LIF(units, reset="subtract")),
    "IF": own(IF),
    "LIF, Driven by a LowPass": own(
        lambda units: Driven(LIF(units), {"dendrite": ("dendrite", LowPass(5.0, time_step_ms=1.0))})
    ),
}

if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    serve_nir(run, OWN, ("ranvier", "nir", "jax"))
