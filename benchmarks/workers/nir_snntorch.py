"""snnTorch: `import_from_nir(graph)`; the time step of 0.1 ms is fixed in it.

The neurons of an imported network keep their own state (`init_hidden`), and `nirtorch` hands the
outputs of loops on in the state that the network returns.
"""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import snntorch as snn
import torch
from snntorch.export_nir import export_to_nir
from snntorch.import_nir import import_from_nir

from benchmarks.nir_plan import OWN_UNITS
from benchmarks.workers.nir_runs import Own, serve_nir
from benchmarks.workers.nir_torch import identity, with_state


def run(file: str, xs: np.ndarray, step: float, options: dict[str, Any]) -> np.ndarray:
    return with_state(import_from_nir(nir.read(file)), xs)


def own(make: Any) -> Own:
    @torch.no_grad()
    def build(xs: np.ndarray) -> tuple[np.ndarray, Any]:
        x = torch.from_numpy(xs)
        network = torch.nn.Sequential(identity(x.shape[-1]), make())
        ys = np.stack([network(now).numpy() for now in x])
        fresh = torch.nn.Sequential(identity(x.shape[-1]), make())
        return ys, export_to_nir(fresh, x[0], ignore_dims=[0])

    return build


def arrays(**numbers: float) -> dict[str, Any]:
    """Parameters as arrays: the export takes no scalars."""
    found = {name: torch.full((OWN_UNITS,), value) for name, value in numbers.items()}
    return {**found, "threshold": torch.ones(OWN_UNITS), "init_hidden": True}


OWN = {
    "Leaky()": own(lambda: snn.Leaky(beta=0.9, init_hidden=True)),
    "Leaky": own(lambda: snn.Leaky(**arrays(beta=0.9))),
    "Leaky, reset_delay=False": own(lambda: snn.Leaky(**arrays(beta=0.9), reset_delay=False)),
    "Leaky, zero": own(lambda: snn.Leaky(**arrays(beta=0.9), reset_mechanism="zero")),
    "Synaptic": own(lambda: snn.Synaptic(**arrays(alpha=0.8, beta=0.9))),
    "Synaptic, zero": own(
        lambda: snn.Synaptic(**arrays(alpha=0.8, beta=0.9), reset_mechanism="zero")
    ),
}

if __name__ == "__main__":
    serve_nir(run, OWN, ("snntorch", "nir", "nirtorch"))
