"""Norse with `LIFBoxCell`, its leaky integrate-and-fire neuron without a synaptic current.

Conventions: forward Euler, so the input is scaled by dt / tau = 0.1 (the weights are scaled by 10
to compensate), reset to zero within the step, SuperSpike surrogate with the library's alpha of
100. Norse's `LIF` carries a second state, the synaptic current, and is slower. There is no box
neuron with feedback; a dense layer on the last spikes is added to the current.
"""

from __future__ import annotations

from typing import Any

import torch
from norse.torch import LIFBoxCell, LIFBoxFeedForwardState, LIFBoxParameters

from benchmarks.workers.torch_tasks import serve_torch
from benchmarks.workloads import DECAY, THRESHOLD

DT = 1e-3
LEAK = 1 - DECAY


class Network(torch.nn.Module):
    def __init__(self, layers: list[Any], loops: list[Any]) -> None:
        super().__init__()
        parameters = LIFBoxParameters(
            tau_mem_inv=torch.as_tensor(LEAK / DT), v_th=torch.as_tensor(THRESHOLD)
        )
        with torch.no_grad():
            for scaled in (*layers[:-1], *loops):
                if scaled is not None:
                    scaled.weight.div_(LEAK)
        self.layers = torch.nn.ModuleList(layers)
        self.loops = torch.nn.ModuleList(loops)
        self.neurons = torch.nn.ModuleList(LIFBoxCell(parameters, dt=DT) for _ in loops)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer, loop, neuron in zip(self.layers[:-1], self.loops, self.neurons, strict=True):
            currents = layer(x)
            spike = torch.zeros_like(currents[0])
            state = LIFBoxFeedForwardState(v=spike)
            spikes = []
            for current in currents.unbind(0):
                arriving = current if loop is None else current + loop(spike)
                spike, state = neuron(arriving, state)
                spikes.append(spike)
            x = torch.stack(spikes)
        return self.layers[-1](x)

    def initial_state(self) -> list[LIFBoxFeedForwardState]:
        return [
            LIFBoxFeedForwardState(v=torch.zeros(1, layer.out_features))
            for layer in self.layers[:-1]
        ]

    def step(self, state: Any, x: torch.Tensor) -> Any:
        new = []
        for layer, neuron, membrane in zip(self.layers[:-1], self.neurons, state, strict=True):
            x, membrane = neuron(layer(x), membrane)
            new.append(membrane)
        return new, self.layers[-1](x)


if __name__ == "__main__":
    serve_torch(Network, ("norse",))
