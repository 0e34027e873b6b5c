"""The tasks of every PyTorch implementation: the same loss, optimiser and calls around each."""

from __future__ import annotations

import os
from typing import Any, Protocol

import torch

from benchmarks import workloads
from benchmarks.workers.protocol import Task, serve


class SpikingNetwork(Protocol):
    """What a PyTorch worker defines."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[T, B, *in]`` to ``[T, B, out]``, from a state of zero."""
        ...

    def initial_state(self) -> Any:
        """State of a stream of batch one."""
        ...

    def step(self, state: Any, x: torch.Tensor) -> tuple[Any, torch.Tensor]:
        """One time step, ``[1, in]`` to ``[1, out]``."""
        ...

    def parameters(self) -> Any: ...


def linear(weight: torch.Tensor) -> torch.nn.Linear:
    """A dense layer without bias that starts from the given ``[out, in]`` weights."""
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    with torch.no_grad():
        layer.weight.copy_(weight)
    return layer


class Convolution(torch.nn.Module):
    """A convolution without bias over the last three axes, whatever stands before them."""

    def __init__(self, weight: torch.Tensor, stride: int) -> None:
        super().__init__()
        channels, inputs, kernel, _ = weight.shape
        self.map = torch.nn.Conv2d(inputs, channels, kernel, stride, bias=False)
        with torch.no_grad():
            self.map.weight.copy_(weight)

    @property
    def weight(self) -> torch.Tensor:
        return self.map.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made = self.map(x.reshape(-1, *x.shape[-3:]))
        return made.reshape(*x.shape[:-3], *made.shape[1:])


def synapses(network: workloads.Network) -> list[Any]:
    """The connections into every layer, with the weights that all implementations start from."""
    given = [torch.from_numpy(w) for w in workloads.weights(network)]
    layers: list[Any] = []
    for weight, filters in zip(given, network.filters, strict=False):
        layers.append(Convolution(weight, filters.stride))
    dense = [linear(w) for w in given[len(layers) :]]
    if layers:
        dense[0] = torch.nn.Sequential(torch.nn.Flatten(-3), dense[0])
    return layers + dense


def feedback(network: workloads.Network) -> list[Any]:
    """The connection of every hidden layer to itself, `None` for those that have none."""
    loops = [linear(torch.from_numpy(w)) for w in workloads.feedback(network)]
    return loops or [None] * (len(network.sizes) - 2 + len(network.filters))


def serve_torch(make: Any, packages: tuple[str, ...]) -> None:
    """Serve a class whose instances are `SpikingNetwork`.

    It is built from the connections of every layer, the readout's last, and from those of every
    hidden layer to itself.
    """
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

    def build(asked: Any) -> tuple[Task, dict[str, Any]]:
        workload = workloads.find(asked)
        network = make(synapses(workload.network), feedback(workload.network))
        tasks = {
            "training": training,
            "inference": inference,
            "clip": inference,
            "stream": stream,
        }
        return tasks[workload.kind](network, workload)

    serve(build, ("torch", *packages))


def training(network: Any, workload: workloads.Workload) -> tuple[Task, dict[str, Any]]:
    shape = workload.network
    x = torch.from_numpy(workloads.inputs(shape, shape.batch))
    target = torch.from_numpy(workloads.targets(shape, shape.batch))

    def loss_of(y: torch.Tensor) -> torch.Tensor:
        if shape.loss == "classes":
            return torch.nn.functional.cross_entropy(y.mean(0), target)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(y, target, reduction="sum")
        return loss / (shape.steps * shape.batch)

    with torch.no_grad():
        y = network.forward(x)
        record = {"loss": float(loss_of(y)), "output": float(y.abs().mean())}
    # After the first run, in which layers that learn their shape from it are completed.
    optimiser = torch.optim.Adam(network.parameters(), lr=workloads.LEARNING_RATE, fused=True)

    def task() -> None:
        optimiser.zero_grad(set_to_none=True)
        loss_of(network.forward(x)).backward()
        optimiser.step()

    return task, record


def inference(network: Any, workload: workloads.Workload) -> tuple[Task, dict[str, Any]]:
    shape = workload.network
    x = torch.from_numpy(workloads.inputs(shape, 1 if workload.kind == "clip" else shape.batch))

    @torch.inference_mode()
    def task() -> None:
        network.forward(x).mean(0)

    with torch.inference_mode():
        return task, {"output": float(network.forward(x).abs().mean())}


def stream(network: Any, workload: workloads.Workload) -> tuple[Task, dict[str, Any]]:
    x = torch.from_numpy(workloads.inputs(workload.network, 1))

    @torch.inference_mode()
    def run() -> torch.Tensor:
        state = network.initial_state()
        outputs = []
        for t in range(workload.calls):
            state, y = network.step(state, x[t])
            outputs.append(y)
        return torch.stack(outputs)

    def task() -> None:
        run()

    return task, {"output": float(run().abs().mean())}
