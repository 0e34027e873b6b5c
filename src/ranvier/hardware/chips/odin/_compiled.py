"""The machine as Numba compiles it, where it is installed; the same bits as without."""

import hashlib
import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from ranvier.hardware.chips.odin import _arithmetic, _izhikevich, _lif, _machine, _update

# In the order in which they call each other.
_FUNCTIONS: tuple[tuple[ModuleType, str], ...] = (
    *((_arithmetic, n) for n in ("pick", "signed4", "nearer_zero")),
    *((_arithmetic, n) for n in ("calcium_leak", "learning_flags")),
    (_lif, "lif_update"),
    *((_izhikevich, n) for n in ("burst_increment", "membrane", "threshold")),
    (_izhikevich, "izhikevich_update"),
    (_update, "update_one_by_one"),
    *((_machine, n) for n in ("note", "slot_at", "push", "drive", "take_entry")),
    *((_machine, n) for n in ("take_input", "next_slot", "serve")),
)


# NumPy serves so many spikes in the time that loading what is compiled takes.
LEAST_EVENTS = 5_000
_events = 0


def worth_it(events: int) -> bool:
    """Whether Numba is there, and enough events have come since the start."""
    global _events
    _events += events
    return _events >= LEAST_EVENTS and _installed()


@cache
def _installed() -> bool:
    return importlib.util.find_spec("numba") is not None


@cache
def compiled() -> Callable[..., int]:
    """`_machine.serve` and all that it calls, compiled at the first call and kept on disk.

    Raises:
        ImportError: Numba is not installed; the extra that brings it is named.
    """
    try:
        import numba
    except ImportError as error:
        raise ImportError(
            "ODIN: compiled=True needs Numba. Install it with: pip install 'ranvier[compiled]', "
            "or give compiled=False: the bits are the same."
        ) from error
    made: dict[str, Any] = {}
    for module, name in _FUNCTIONS:
        function = getattr(module, name)
        # The function sees the compiled ones in place of those that it names.
        seen = FunctionType(function.__code__, {**function.__globals__, **made}, name)
        outermost = name == "serve"
        if outermost:
            # Numba looks for changes in one file alone; the name tells it of the others.
            seen.__qualname__ = f"{name}_{_digest()}"
        made[name] = numba.njit(nogil=True, cache=outermost)(seen)
        if module is _update:
            made["update"] = made[name]
    return made["serve"]


def _digest() -> str:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
