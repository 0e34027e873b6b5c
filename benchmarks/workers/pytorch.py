"""Plain PyTorch without a library: dense layers over all of time, a Python loop per neuron.

Conventions: decay, then reset to zero by the last spike (detached), then input; fast-sigmoid
surrogate of slope 25; the same as ours.
"""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.workers.torch_tasks import serve_torch
from benchmarks.workloads import DECAY, SURROGATE_SLOPE, THRESHOLD


class Spike(torch.autograd.Function):
    """Heaviside step with the fast-sigmoid surrogate."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return gradient / (1 + SURROGATE_SLOPE * x.abs()) ** 2


def neuron(v: torch.Tensor, y: torch.Tensor, current: torch.Tensor) -> Any:
    v = DECAY * v * (1 - y.detach()) + current
    return v, Spike.apply(v - THRESHOLD)


class Loop(torch.nn.Module):
    def __init__(self, layers: list[Any], loops: list[Any]) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)
        self.loops = torch.nn.ModuleList(loops)
        self.neuron = neuron

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer, loop in zip(self.layers[:-1], self.loops, strict=True):
            currents = layer(x)
            v = y = torch.zeros_like(currents[0])
            spikes = []
            for current in currents.unbind(0):
                v, y = self.neuron(v, y, current if loop is None else current + loop(y))
                spikes.append(y)
            x = torch.stack(spikes)
        return self.layers[-1](x)

    def initial_state(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        zeros = [torch.zeros(1, layer.out_features) for layer in self.layers[:-1]]
        return [(zero, zero) for zero in zeros]

    def step(self, state: Any, x: torch.Tensor) -> Any:
        new = []
        for layer, (v, y) in zip(self.layers[:-1], state, strict=True):
            v, x = self.neuron(v, y, layer(x))
            new.append((v, x))
        return new, self.layers[-1](x)


if __name__ == "__main__":
    serve_torch(Loop, ())
