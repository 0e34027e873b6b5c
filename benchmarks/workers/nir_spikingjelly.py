"""SpikingJelly: `import_from_nir(graph, dt=step)`; its state is passed from step to step."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import torch
from spikingjelly.activation_based import functional, layer, neuron
from spikingjelly.activation_based.nir_exchange import export_to_nir, import_from_nir

from benchmarks.workers.nir_runs import Own, serve_nir
from benchmarks.workers.nir_torch import with_state


def run(file: str, xs: np.ndarray, step: float, options: dict[str, Any]) -> np.ndarray:
    return with_state(import_from_nir(nir.read(file), dt=step), xs)


def own(make: Any) -> Own:
    @torch.no_grad()
    def build(xs: np.ndarray) -> tuple[np.ndarray, Any]:
        x = torch.from_numpy(xs)
        linear = layer.Linear(x.shape[-1], x.shape[-1], bias=False)
        linear.weight.data = torch.eye(x.shape[-1])
        network = torch.nn.Sequential(linear, make())
        ys = np.stack([network(now).numpy() for now in x])
        functional.reset_net(network)
        return ys, export_to_nir(network, x[0])

    return build


OWN = {
    "LIFNode": own(neuron.LIFNode),
    "LIFNode, decay_input=False": own(lambda: neuron.LIFNode(decay_input=False)),
    "IFNode": own(neuron.IFNode),
    "CUBALIFNode": own(neuron.CUBALIFNode),
}

if __name__ == "__main__":
    serve_nir(run, OWN, ("spikingjelly", "nir", "nirtorch"))
