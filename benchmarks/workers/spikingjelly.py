"""SpikingJelly in multi-step mode (`step_mode="m"`) with its torch backend.

Conventions: input not scaled by the decay, reset to zero within the step (detached), the
library's arctangent surrogate. Streaming uses single-step mode.
"""

from __future__ import annotations

from typing import Any

import torch
from spikingjelly.activation_based import functional, neuron, surrogate

from benchmarks.workers.torch_tasks import linear, serve_torch
from benchmarks.workloads import DECAY, THRESHOLD


class Network(torch.nn.Module):
    def __init__(self, weights: list[torch.Tensor]) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(linear(w) for w in weights)
        self.neurons = torch.nn.ModuleList(
            neuron.LIFNode(
                tau=1 / (1 - DECAY),
                decay_input=False,
                v_threshold=THRESHOLD,
                v_reset=0.0,
                surrogate_function=surrogate.ATan(),
                detach_reset=True,
                step_mode="m",
            )
            for _ in weights[:-1]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        functional.reset_net(self)
        for layer, spiking in zip(self.layers[:-1], self.neurons, strict=True):
            x = spiking(layer(x))
        return self.layers[-1](x)

    def initial_state(self) -> None:
        functional.set_step_mode(self, "s")
        functional.reset_net(self)

    def step(self, state: Any, x: torch.Tensor) -> Any:
        for layer, spiking in zip(self.layers[:-1], self.neurons, strict=True):
            x = spiking(layer(x))
        return state, self.layers[-1](x)


if __name__ == "__main__":
    serve_torch(Network, ("spikingjelly",))
