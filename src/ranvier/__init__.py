"""ranvier: neuromorphic computing, from a neuron's equation to the chip that carries it.

The dozen nouns of a first session live here; everything else is one room further in
(`ranvier.neurons`, `ranvier.learn`, ...). Names are imported when first used, so that
`import ranvier` and the command line start at once.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ranvier.core import load as load
    from ranvier.core import save as save
    from ranvier.hardware import compensate as compensate
    from ranvier.hardware import drift as drift
    from ranvier.hardware import fault as fault
    from ranvier.hardware import program as program
    from ranvier.learn import bptt as bptt
    from ranvier.learn import fit as fit
    from ranvier.learn import online as online
    from ranvier.nets import chain as chain
    from ranvier.nets import layer as layer
    from ranvier.nets import record as record
    from ranvier.nets import recurrent as recurrent
    from ranvier.nets import run as run
    from ranvier.neurons import GRU as GRU
    from ranvier.neurons import LIF as LIF
    from ranvier.neurons import LSTM as LSTM
    from ranvier.neurons import RNN as RNN
    from ranvier.neurons import SNU as SNU
    from ranvier.neurons import LeakyIntegrator as LeakyIntegrator
    from ranvier.neurons import Readout as Readout
    from ranvier.neurons import ReLU as ReLU

_HOMES = {
    "ranvier.core": ("load", "save"),
    "ranvier.hardware": ("compensate", "drift", "fault", "program"),
    "ranvier.learn": ("bptt", "exact", "fit", "local", "losses", "online", "rtrl"),
    "ranvier.nets": ("chain", "layer", "record", "recurrent", "run"),
    "ranvier.neurons": ("GRU", "LIF", "LSTM", "RNN", "SNU", "LeakyIntegrator", "ReLU", "Readout"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ranvier' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
