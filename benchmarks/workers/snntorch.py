"""snnTorch with `Leaky` neurons, `RLeaky` where they feed back, stepped in a Python loop.

Conventions: reset to zero by the last spike (detached by the library), fast-sigmoid surrogate of
slope 25. Each dense layer runs over all of time at once, which is faster than the library's
tutorials, where it stands inside the loop. The feedback of `RLeaky` has a bias, which learns.
"""

from __future__ import annotations

from typing import Any

import snntorch
import torch
from snntorch import surrogate

from benchmarks.workers.torch_tasks import serve_torch
from benchmarks.workloads import DECAY, SURROGATE_SLOPE, THRESHOLD


def spiking(loop: torch.nn.Linear | None) -> torch.nn.Module:
    settings = {
        "beta": DECAY,
        "threshold": THRESHOLD,
        "spike_grad": surrogate.fast_sigmoid(slope=SURROGATE_SLOPE),
        "reset_mechanism": "zero",
    }
    if loop is None:
        return snntorch.Leaky(**settings)
    neuron = snntorch.RLeaky(linear_features=loop.out_features, **settings)
    with torch.no_grad():
        neuron.recurrent.weight.copy_(loop.weight)
        neuron.recurrent.bias.zero_()
    return neuron


class Network(torch.nn.Module):
    def __init__(self, layers: list[Any], loops: list[Any]) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)
        self.neurons = torch.nn.ModuleList(spiking(loop) for loop in loops)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer, neuron in zip(self.layers[:-1], self.neurons, strict=True):
            currents = layer(x)
            membrane = spike = torch.zeros_like(currents[0])
            spikes = []
            for current in currents.unbind(0):
                if isinstance(neuron, snntorch.RLeaky):
                    spike, membrane = neuron(current, spike, membrane)
                else:
                    spike, membrane = neuron(current, membrane)
                spikes.append(spike)
            x = torch.stack(spikes)
        return self.layers[-1](x)

    def initial_state(self) -> list[torch.Tensor]:
        return [torch.zeros(1, layer.out_features) for layer in self.layers[:-1]]

    def step(self, state: Any, x: torch.Tensor) -> Any:
        new = []
        for layer, neuron, membrane in zip(self.layers[:-1], self.neurons, state, strict=True):
            x, membrane = neuron(layer(x), membrane)
            new.append(membrane)
        return new, self.layers[-1](x)


if __name__ == "__main__":
    serve_torch(Network, ("snntorch",))
