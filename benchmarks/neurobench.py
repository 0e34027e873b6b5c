"""Costs of networks beside NeuroBench's harness and a count by loops.

``python -m benchmarks.neurobench`` writes ``docs/results/neurobench.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np
import typer
from jaxtyping import Array
from rich.console import Console
from rich.table import Table

import ranvier as rv
from benchmarks import neurobench_exact
from benchmarks.neurobench_plan import DECAY, THRESHOLD, Case, Convolution, Recurrent, cases
from benchmarks.neurobench_table import TABLES, headings, rows
from benchmarks.peers import Implementation, prepare
from benchmarks.session import Session, settings
from ranvier import metrics, synapses
from ranvier.core import Neuron, atomic_path
from ranvier.nets import Chain, Layer, observe
from ranvier.neurons import OutputState

THEIRS = Implementation("NeuroBench", "neurobench", "neurobench")
DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results" / "neurobench.json"


class Tanh(Neuron):
    """A simple recurrent unit without a bias, as torch has it."""

    ports = ("dendrite",)
    memoryless = True
    shape: tuple[int, ...]

    def init(self, batch: tuple[int, ...] = ()) -> OutputState:
        return OutputState(jnp.zeros((*batch, *self.shape)))

    def step(self, state: OutputState, dendrite: Array, *, key: Any = None) -> OutputState:
        return OutputState(jnp.tanh(dendrite))


def network(case: Case) -> Chain:
    """The network in ranvier."""
    layers, before = [], case.shown.shape[2:]
    for number, layer in enumerate(case.layers, start=1):
        weight = jnp.asarray(layer.weight)
        back = {}
        if isinstance(layer, Convolution):
            laid = {k: getattr(layer, k) for k in ("stride", "padding", "dilation", "groups")}
            synapse: Any = synapses.Convolution(weight, layer.space, **laid)
        elif len(before) > 1:
            synapse = synapses.Series(synapses.Flatten(before), synapses.Dense(weight))
        else:
            synapse = synapses.Dense(weight)
        if isinstance(layer, Recurrent):
            back = {"dendrite": synapses.Dense(jnp.asarray(layer.back))}
        unit = _neuron(case, synapse.shape)
        layers.append(Layer(unit, {"dendrite": synapse}, back, name=f"layer {number}"))
        before = synapse.shape
    return Chain(layers)


def _neuron(case: Case, shape: tuple[int, ...]) -> Neuron:
    if case.neuron != "lif":
        return Tanh(shape)
    # Euler's step with a time constant of 1 / (1 - decay) steps has that decay exactly.
    constant = 1 / (1 - DECAY)
    return rv.LIF(
        shape,
        tau_membrane_ms=constant,
        resistance=constant,
        threshold=THRESHOLD,
        discretisation="euler",
        reset=case.reset,
        reset_time="at_spike" if case.reset == "zero" else "next_update",
    )


def ours(case: Case) -> dict[str, Any]:
    """The metrics as ranvier counts them."""
    model = network(case)
    observed = observe(model, jnp.asarray(case.shown))
    operations = metrics.operations_per_example(observed)
    updates = metrics.neuron_operations(observed)
    return {
        "footprint": metrics.footprint(model).parameters,
        "connection sparsity": metrics.connection_sparsity(model),
        "activation sparsity": metrics.activation_sparsity(observed),
        "membrane updates": sum(metrics.membrane_updates(observed).values()),
        "effective MACs": operations.effective_macs,
        "effective ACs": operations.effective_acs,
        "dense": operations.dense,
        "effective neuron operations": updates.effective,
        "dense neuron operations": updates.dense,
        "outputs": observed.neurons[-1].outputs.tolist(),
    }


def compared(case: Case, session: Session) -> dict[str, Any]:
    """All three counts of one case, once it is sure that they are of the same network."""
    theirs = session.ask(command="prepare", workload={"case": case.name}, warm_up=0)["record"]
    if theirs.pop("digest") != case.digest():
        raise RuntimeError(f"{case.name}: the two sides built different arrays.")
    found = {"harness": theirs, "ranvier": ours(case), "exact": neurobench_exact.count(case)}
    outputs = {side: np.array(numbers.pop("outputs")) for side, numbers in found.items()}
    for side, given in outputs.items():
        gap = np.abs(given - outputs["exact"]).max()
        if gap > (0 if case.neuron == "lif" else 1e-6):
            raise RuntimeError(f"{case.name}: {side} gives other outputs, by up to {gap}.")
    return {"case": case.name, "errors": theirs.pop("errors"), **found}


def main(
    record: Annotated[Path, typer.Option(help="Write every number as JSON.")] = DEFAULT,
) -> None:
    """Count the costs of every planned network three times, and print them side by side."""
    console = Console()
    with console.status("environment of NeuroBench"):
        prepare(THEIRS)
    with Session(THEIRS, settings(threads=1)) as session:
        packages = session.ask(command="describe")["packages"]
        found = [compared(case, session) for case in cases().values()]
    result = {"packages": packages, "cases": found}
    with atomic_path(record) as temporary:
        temporary.write_text(json.dumps(result, indent=1) + "\n")
    for title, measures in TABLES.items():
        table = Table(title=title)
        for heading in headings(measures):
            table.add_column(heading)
        for row in rows(result, measures):
            table.add_row(*row)
        console.print(table)


if __name__ == "__main__":
    typer.run(main)
