"""Rockpool's torch backend: `LIFNeuronTorch`, or `LIFTorch` where it feeds back, over all of time.

Conventions: reset by subtraction, any number of spikes per step, the library's piecewise linear
surrogate; time constants, biases and thresholds are constants here. `LIFTorch` has a synaptic
current besides its membrane, here of a time constant so short that its decay is 0.01 (weights are
scaled up by 100 to compensate). Without feedback it would multiply its spikes with weights of zero
all the same; `LIFNeuronTorch` has neither.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from rockpool.nn.modules import LIFNeuronTorch, LIFTorch
from rockpool.parameters import Constant

from benchmarks.workers.torch_tasks import serve_torch
from benchmarks.workloads import DECAY, THRESHOLD

STEP_SECONDS = 1e-3
SYNAPTIC_DECAY = 0.01


def spiking(width: int, loop: torch.nn.Linear | None) -> torch.nn.Module:
    settings = {
        "tau_mem": Constant(-STEP_SECONDS / math.log(DECAY)),
        "threshold": Constant(THRESHOLD),
        "bias": Constant(0.0),
        "dt": STEP_SECONDS,
    }
    if loop is None:
        return LIFNeuronTorch((width,), **settings)
    return LIFTorch(
        (width, width),
        tau_syn=Constant(-STEP_SECONDS / math.log(SYNAPTIC_DECAY)),
        has_rec=True,
        # Rockpool multiplies from the left with the transpose.
        w_rec=loop.weight.detach().T / SYNAPTIC_DECAY,
        **settings,
    )


class Network(torch.nn.Module):
    def __init__(self, layers: list[Any], loops: list[Any]) -> None:
        super().__init__()
        with torch.no_grad():
            for layer, loop in zip(layers[:-1], loops, strict=True):
                if loop is not None:
                    layer.weight.div_(SYNAPTIC_DECAY)
        self.layers = torch.nn.ModuleList(layers)
        self.loops = loops
        self.neurons = torch.nn.ModuleList()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.transpose(0, 1)
        for position, (layer, loop) in enumerate(zip(self.layers[:-1], self.loops, strict=True)):
            currents = layer(x)
            flat = currents.flatten(2)
            if position == len(self.neurons):
                self.neurons.append(spiking(flat.shape[2], loop))
            neuron = self.neurons[position]
            neuron.reset_state()
            x = neuron(flat)[0].reshape(currents.shape)
        return self.layers[-1](x).transpose(0, 1)


if __name__ == "__main__":
    serve_torch(Network, ("rockpool",))
