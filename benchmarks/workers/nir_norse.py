"""Norse: `norse.torch.from_nir(graph, dt=step)`, and `reset_method` where the file is known."""

from __future__ import annotations

from typing import Any

import nir
import norse.torch as norse
import numpy as np
import torch
from norse.torch.functional.iaf import IAFParameters
from norse.torch.functional.lif import LIFParameters
from norse.torch.functional.lif_box import LIFBoxParameters
from norse.torch.functional.reset import reset_subtract

from benchmarks.nir_plan import OWN_UNITS
from benchmarks.workers.nir_runs import Own, serve_nir
from benchmarks.workers.nir_torch import identity, with_state


def run(file: str, xs: np.ndarray, step: float, options: dict[str, Any]) -> np.ndarray:
    reset = {"reset_method": reset_subtract} if options.get("reset") == "subtract" else {}
    network = norse.from_nir(nir.read(file), ignore_warnings=True, dt=step, **reset)
    if options.get("flattens"):
        # Its Flatten takes the batch in, so that examples go through one by one.
        return np.stack([with_state(network, example) for example in xs.swapaxes(0, 1)], 1)
    return with_state(network, xs)


def own(make: Any, **export: Any) -> Own:
    @torch.no_grad()
    def build(xs: np.ndarray) -> tuple[np.ndarray, Any]:
        x = torch.from_numpy(xs)
        network = norse.SequentialState(identity(x.shape[-1]), make())
        return with_state(network, xs), norse.to_nir(network, x[0, 0], **export)

    return build


def per_unit(cell: Any, parameters: Any) -> Any:
    """The default neuron, its parameters as arrays: NIR files take no scalars."""
    fixed = parameters()
    arrays = {
        name: value.expand(OWN_UNITS).clone()
        for name, value in fixed._asdict().items()
        if name in ("tau_mem_inv", "tau_syn_inv", "v_leak", "v_th")
    }
    return lambda: cell(parameters(**arrays))


BOX = per_unit(norse.LIFBoxCell, LIFBoxParameters)
OWN = {
    "LIFBoxCell()": own(norse.LIFBoxCell),
    "LIFBoxCell": own(BOX),
    "LIFBoxCell, to_nir(dt=1)": own(BOX, dt=1.0),
    "LIFCell, to_nir(dt=1)": own(per_unit(norse.LIFCell, LIFParameters), dt=1.0),
    "IAFCell": own(per_unit(norse.IAFCell, IAFParameters)),
}

if __name__ == "__main__":
    serve_nir(run, OWN, ("norse", "nir", "nirtorch"))
