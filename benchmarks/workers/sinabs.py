"""Sinabs with `LIF` layers, `LIFRecurrent` where they feed back, each over all of time.

Conventions: input not scaled by the decay (`norm_input=False`), one spike at most per step, reset
to zero within the step, the library's exponential surrogate. The time constant does not learn.
Sinabs wants the batch first, so the input is turned around beforehand.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from sinabs.activation import MembraneReset, SingleExponential, SingleSpike
from sinabs.layers import LIF, LIFRecurrent

from benchmarks.workers.torch_tasks import serve_torch
from benchmarks.workloads import DECAY, THRESHOLD


def spiking(loop: torch.nn.Linear | None) -> torch.nn.Module:
    settings = {
        "tau_mem": -1 / math.log(DECAY),
        "spike_threshold": torch.tensor(THRESHOLD),
        "spike_fn": SingleSpike,
        "reset_fn": MembraneReset(),
        "surrogate_grad_fn": SingleExponential(),
        "norm_input": False,
    }
    unit = LIF(**settings) if loop is None else LIFRecurrent(rec_connect=loop, **settings)
    unit.tau_mem.requires_grad_(False)
    return unit


class Network(torch.nn.Module):
    def __init__(self, layers: list[Any], loops: list[Any]) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)
        self.neurons = torch.nn.ModuleList(spiking(loop) for loop in loops)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.transpose(0, 1)
        for layer, neuron in zip(self.layers[:-1], self.neurons, strict=True):
            currents = layer(x)
            neuron.init_state_with_shape((len(currents), *currents.shape[2:]))
            x = neuron(currents)
        return self.layers[-1](x).transpose(0, 1)


if __name__ == "__main__":
    serve_torch(Network, ("sinabs",))
