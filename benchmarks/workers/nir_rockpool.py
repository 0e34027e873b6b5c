"""Rockpool: `from_nir(graph)`, which takes the time step from the file: tau / (1 + r)."""

from __future__ import annotations

import sys
from typing import Any

import nir
import numpy as np
import torch

# The stub of this package, which drives chips, installs more from its vendor when imported.
sys.modules["samna"] = None  # type: ignore[assignment]

from rockpool.nn.combinators import Sequential  # noqa: E402
from rockpool.nn.modules.torch import LIFNeuronTorch, LIFTorch, LinearTorch  # noqa: E402
from rockpool.nn.modules.torch.nir import from_nir, to_nir  # noqa: E402

from benchmarks.workers.nir_runs import Own, serve_nir  # noqa: E402


@torch.no_grad()
def run(file: str, xs: np.ndarray, step: float, options: dict[str, Any]) -> np.ndarray:
    x = torch.from_numpy(np.ascontiguousarray(xs.swapaxes(0, 1)))
    if options.get("loops"):
        return np.concatenate([one_by_one(file, example[None]) for example in x], axis=1)
    y, _ = from_nir(nir.read(file))(x)
    return y.numpy().swapaxes(0, 1)


def one_by_one(file: str, x: torch.Tensor) -> np.ndarray:
    """Step after step: a loop in a flat graph only works so, and states know no batch."""
    network, state, ys = from_nir(nir.read(file)), None, []
    for step in range(x.shape[1]):
        y, state = network(x[:, step : step + 1], state)
        ys.append(y[:, 0].numpy())
    return np.stack(ys)


def own(kind: Any) -> Own:
    @torch.no_grad()
    def build(xs: np.ndarray) -> tuple[np.ndarray, Any]:
        x = torch.from_numpy(np.ascontiguousarray(xs.swapaxes(0, 1)))
        units = x.shape[-1]
        weights = LinearTorch((units, units), weight=torch.eye(units), has_bias=False)
        network = Sequential(weights, kind(units))
        return network(x)[0].numpy().swapaxes(0, 1), to_nir(network)

    return build


OWN = {"LIFTorch": own(LIFTorch), "LIFNeuronTorch": own(LIFNeuronTorch)}

if __name__ == "__main__":
    serve_nir(run, OWN, ("rockpool", "nir", "nirtorch"))
