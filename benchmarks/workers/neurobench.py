"""NeuroBench's harness on the planned networks, in torch and snnTorch.

Spiking layers are `Leaky` and `RLeaky` with a hidden state. The harness prints what it cannot
compute and reports zero; its words are kept.
"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import snntorch
import torch
from neurobench.benchmarks import Benchmark
from neurobench.metrics.static import ConnectionSparsity, Footprint
from neurobench.metrics.workload import (
    ActivationSparsity,
    MembraneUpdates,
    NeuronOperations,
    SynapticOperations,
)
from neurobench.models import SNNTorchModel, TorchModel
from torch.nn.utils import prune

from benchmarks.neurobench_plan import (
    DECAY,
    THRESHOLD,
    Case,
    Convolution,
    Dense,
    Recurrent,
    cases,
)
from benchmarks.workers.protocol import serve


def leaky(case: Case, **more: Any) -> dict[str, Any]:
    """Settings of a spiking layer with a hidden state."""
    return {
        "beta": DECAY,
        "threshold": THRESHOLD,
        "reset_mechanism": case.reset,
        "reset_delay": case.reset == "subtract",
        "init_hidden": True,
        **more,
    }


def spiking(case: Case) -> torch.nn.Sequential:
    parts: list[torch.nn.Module] = []
    flat = case.shown.ndim == 3
    for layer in case.layers:
        last = layer is case.layers[-1]
        if isinstance(layer, Convolution):
            parts += [_convolution(layer), snntorch.Leaky(**leaky(case))]
            continue
        if not flat:
            # Channels come first there, so that a row is laid out in another order.
            rows, columns = case.layers[0].out_space
            made = case.layers[0].weight.shape[-1]
            order = np.arange(rows * columns * made).reshape(rows, columns, made)
            layer = Dense(layer.weight[:, order.transpose(2, 0, 1).ravel()])
            parts.append(torch.nn.Flatten())
            flat = True
        parts.append(_linear(layer.weight, isinstance(layer, Dense) and layer.masked))
        if isinstance(layer, Recurrent):
            unit = snntorch.RLeaky(**leaky(case, linear_features=len(layer.weight), output=last))
            with torch.no_grad():
                unit.recurrent.weight.copy_(torch.from_numpy(layer.back))
                unit.recurrent.bias.zero_()
        else:
            unit = snntorch.Leaky(**leaky(case, output=last))
        parts.append(unit)
    return torch.nn.Sequential(*parts)


def _linear(weight: np.ndarray, masked: bool) -> torch.nn.Linear:
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight))
    if masked:
        prune.custom_from_mask(layer, "weight", torch.from_numpy(weight != 0))
    return layer


def _convolution(layer: Convolution) -> torch.nn.Conv2d:
    made = torch.nn.Conv2d(
        layer.weight.shape[2] * layer.groups,
        layer.weight.shape[3],
        layer.weight.shape[:2],
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=layer.groups,
        bias=False,
    )
    with torch.no_grad():
        made.weight.copy_(torch.from_numpy(layer.weight.transpose(3, 2, 0, 1).copy()))
    return made


class Simple(torch.nn.Module):
    """A simple recurrent unit, as a cell that is stepped or as torch's layer."""

    def __init__(self, layer: Recurrent, stepped: bool) -> None:
        super().__init__()
        sizes = layer.weight.shape[1], layer.weight.shape[0]
        if stepped:
            self.unit = torch.nn.RNNCell(*sizes, bias=False)
            names = "weight_ih", "weight_hh"
        else:
            self.unit = torch.nn.RNN(*sizes, bias=False, batch_first=True)
            names = "weight_ih_l0", "weight_hh_l0"
        with torch.no_grad():
            for name, values in zip(names, (layer.weight, layer.back), strict=True):
                getattr(self.unit, name).copy_(torch.from_numpy(values))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if isinstance(self.unit, torch.nn.RNN):
            return self.unit(x)[0]
        state = torch.zeros(len(x), self.unit.hidden_size)
        states = []
        for step in x.unbind(1):
            state = self.unit(step, state)
            states.append(state)
        return torch.stack(states, 1)


def build(asked: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Run the harness on one case."""
    case = cases()[asked["case"]]
    shown = np.moveaxis(case.shown, -1, 2) if case.shown.ndim > 3 else case.shown
    batch = torch.from_numpy(np.ascontiguousarray(np.swapaxes(shown, 0, 1)))
    data = torch.utils.data.TensorDataset(batch, torch.zeros(len(batch)))
    loader = torch.utils.data.DataLoader(data, batch_size=len(batch))
    if case.neuron == "lif":
        model = SNNTorchModel(spiking(case))
    else:
        model = TorchModel(Simple(case.layers[0], case.neuron == "rnn cell"))
    given: list[torch.Tensor] = []

    def keep(preds: torch.Tensor) -> torch.Tensor:
        given.append(preds)
        return preds

    static = [Footprint, ConnectionSparsity]
    workload = [ActivationSparsity, SynapticOperations, MembraneUpdates, NeuronOperations]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), torch.no_grad():
        found = Benchmark(model, loader, [], [keep], [static, workload]).run(quiet=False)
    errors = [line for line in said.getvalue().splitlines() if line.startswith("Error")]
    operations = found["SynapticOperations"]
    updates = found["NeuronOperations"]
    answer = {
        "digest": case.digest(),
        "outputs": given[0].swapaxes(0, 1).tolist(),
        "errors": errors,
        "footprint": found["Footprint"],
        "connection sparsity": found["ConnectionSparsity"],
        "activation sparsity": found["ActivationSparsity"],
        "membrane updates": found["MembraneUpdates"],
        **_split(operations, ("Effective_MACs", "Effective_ACs", "Dense"),
                 ("effective MACs", "effective ACs", "dense")),
        **_split(updates, ("Effective Neuron Ops", "Neuron Dense Ops"),
                 ("effective neuron operations", "dense neuron operations")),
    }  # fmt: skip
    return (lambda: None), answer


def _split(found: Any, theirs: tuple[str, ...], ours: tuple[str, ...]) -> dict[str, float]:
    """The parts of a metric; zero for each where the harness failed, as it reports itself."""
    failed = not isinstance(found, dict)
    return {name: 0.0 if failed else found[key] for key, name in zip(theirs, ours, strict=True)}


if __name__ == "__main__":
    torch.manual_seed(0)
    serve(build, ("neurobench", "snntorch", "torch"))
