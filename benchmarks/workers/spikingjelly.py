"""SpikingJelly in multi-step mode (`step_mode="m"`) with its torch backend.

Conventions: input not scaled by the decay, reset to zero within the step (detached), the
library's arctangent surrogate. Streaming uses single-step mode. A recurrent layer stands in the
library's `ElementWiseRecurrentContainer`, whose function here is the dense feedback; its
`LinearRecurrentContainer` would multiply the input a second time.
"""

from __future__ import annotations

from typing import Any

import torch
from spikingjelly.activation_based import functional, layer, neuron, surrogate

from benchmarks.workers.torch_tasks import serve_torch
from benchmarks.workloads import DECAY, THRESHOLD


class Added(torch.nn.Module):
    """What arrives, and what the last spikes send back."""

    def __init__(self, loop: torch.nn.Linear) -> None:
        super().__init__()
        self.loop = loop

    def forward(self, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return x + self.loop(y)


def spiking(loop: torch.nn.Linear | None) -> torch.nn.Module:
    unit = neuron.LIFNode(
        tau=1 / (1 - DECAY),
        decay_input=False,
        v_threshold=THRESHOLD,
        v_reset=0.0,
        surrogate_function=surrogate.ATan(),
        detach_reset=True,
        step_mode="m" if loop is None else "s",
    )
    if loop is None:
        return unit
    return layer.ElementWiseRecurrentContainer(unit, Added(loop), step_mode="m")


class Network(torch.nn.Module):
    def __init__(self, layers: list[Any], loops: list[Any]) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)
        self.neurons = torch.nn.ModuleList(spiking(loop) for loop in loops)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        functional.reset_net(self)
        for synapse, unit in zip(self.layers[:-1], self.neurons, strict=True):
            x = unit(synapse(x))
        return self.layers[-1](x)

    def initial_state(self) -> None:
        functional.set_step_mode(self, "s")
        functional.reset_net(self)

    def step(self, state: Any, x: torch.Tensor) -> Any:
        for synapse, unit in zip(self.layers[:-1], self.neurons, strict=True):
            x = unit(synapse(x))
        return state, self.layers[-1](x)


if __name__ == "__main__":
    serve_torch(Network, ("spikingjelly",))
