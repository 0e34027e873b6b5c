"""Sinabs: `sinabs.nir.from_nir(graph, batch_size=...)`, which has no time step.

Its input is batch and time in one axis. Several spikes per step count as such.
"""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import sinabs.layers as layers
import torch
from sinabs.nir import from_nir, to_nir

from benchmarks.nir_plan import OWN_UNITS
from benchmarks.workers.nir_runs import Own, serve_nir
from benchmarks.workers.nir_torch import identity


@torch.no_grad()
def run(file: str, xs: np.ndarray, step: float, options: dict[str, Any]) -> np.ndarray:
    network = from_nir(nir.read(file), batch_size=xs.shape[1])
    x = torch.from_numpy(np.ascontiguousarray(xs.swapaxes(0, 1)))
    y, _ = network(x.flatten(0, 1))
    return y.unflatten(0, x.shape[:2]).numpy().swapaxes(0, 1)


def own(make: Any) -> Own:
    @torch.no_grad()
    def build(xs: np.ndarray) -> tuple[np.ndarray, Any]:
        x = torch.from_numpy(np.ascontiguousarray(xs.swapaxes(0, 1)))
        network = torch.nn.Sequential(identity(x.shape[-1]), make(x.shape[0]))
        ys = network(x.flatten(0, 1)).unflatten(0, x.shape[:2]).numpy().swapaxes(0, 1)
        return ys, to_nir(network, x.flatten(0, 1))

    return build


def arrays() -> dict[str, torch.Tensor]:
    """Parameters as arrays: NIR files take no scalars."""
    return {
        "tau_mem": torch.full((OWN_UNITS,), 20.0),
        "spike_threshold": torch.ones(OWN_UNITS),
    }


OWN = {
    "LIF()": own(lambda batch: layers.LIFSqueeze(tau_mem=20.0, batch_size=batch)),
    "LIF": own(lambda batch: layers.LIFSqueeze(**arrays(), batch_size=batch)),
    "LIF, norm_input=False": own(
        lambda batch: layers.LIFSqueeze(**arrays(), norm_input=False, batch_size=batch)
    ),
    "IAF": own(lambda batch: layers.IAFSqueeze(batch_size=batch)),
}

if __name__ == "__main__":
    serve_nir(run, OWN, ("sinabs", "nir", "nirtorch"))
