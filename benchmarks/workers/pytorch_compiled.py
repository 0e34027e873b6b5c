"""Plain PyTorch whose neuron is fused by `torch.compile`; the loop over time stays in Python.

Compiling the loop itself unrolls every time step and takes minutes, so the step is compiled.
Conventions are those of the plain PyTorch row; the surrogate enters as a detached difference.
"""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.workers.pytorch import Loop
from benchmarks.workers.torch_tasks import serve_torch
from benchmarks.workloads import DECAY, SURROGATE_SLOPE, THRESHOLD


def neuron(v: torch.Tensor, y: torch.Tensor, current: torch.Tensor) -> Any:
    v = DECAY * v * (1 - y.detach()) + current
    x = v - THRESHOLD
    soft = x / (1 + SURROGATE_SLOPE * x.abs())
    return v, (x > 0).to(x.dtype) + soft - soft.detach()


class CompiledLoop(Loop):
    def __init__(self, layers: list[Any], loops: list[Any]) -> None:
        super().__init__(layers, loops)
        self.neuron = torch.compile(neuron, dynamic=False)


if __name__ == "__main__":
    serve_torch(CompiledLoop, ())
