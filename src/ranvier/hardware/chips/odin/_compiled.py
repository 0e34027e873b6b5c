"""The machine as Numba compiles it, where it is installed; the same bits as without."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from ranvier.hardware.chips._jit import installed
from ranvier.hardware.chips.odin import _arithmetic, _izhikevich, _lif, _machine, _update

# NumPy serves so many events in the time that loading what is compiled takes.
LEAST_EVENTS = 5_000
_events = 0

# What ODIN is made of, in the order in which functions call each other, under the names by which
# they do; a chip that differs puts others in their places.
_ODIN: dict[str, Callable[..., Any]] = {
    "pick": _arithmetic.pick,
    "signed4": _arithmetic.signed4,
    "nearer_zero": _arithmetic.nearer_zero,
    "calcium_leak": _arithmetic.calcium_leak,
    "learning_flags": _arithmetic.learning_flags,
    "lif_update": _lif.lif_update,
    "burst_increment": _izhikevich.burst_increment,
    "membrane": _izhikevich.membrane,
    "threshold": _izhikevich.threshold,
    "izhikevich_update": _izhikevich.izhikevich_update,
    "update": _update.update_one_by_one,
}
_MACHINE: tuple[str, ...] = (
    *("note", "monitor", "slot_at", "push", "drive", "take_entry", "drifts", "take_input"),
    *("next_slot", "serve"),
)


def worth_it(events: int) -> bool:
    """Whether Numba is there, and enough events have come since the start."""
    global _events
    _events += events
    return _events >= LEAST_EVENTS and installed()


def bound(parts: Mapping[str, Callable[..., Any]], finish: Callable[..., Any]) -> Any:
    """`_machine.serve` with parts in the places of the functions that it names.

    Args:
        parts: by name, each after those that it calls.
        finish: what becomes of each function: itself, or compiled.
    """
    rest = {name: getattr(_machine, name) for name in _MACHINE if name not in parts}
    return linked({**parts, **rest}, finish)


def linked(functions: Mapping[str, Callable[..., Any]], finish: Callable[..., Any]) -> Any:
    """The function called `serve`, which names the others by their keys.

    Args:
        functions: by name, each after those that it calls.
        finish: what becomes of each function: itself, or compiled.
    """
    made: dict[str, Any] = {}
    for name, function in functions.items():
        # The function sees what was made in place of what it names.
        seen = {**function.__globals__, **made}
        made[name] = finish(FunctionType(function.__code__, seen, name))
    return made["serve"]


@cache
def compiled() -> Callable[..., int]:
    """The machine of ODIN, compiled at the first call and kept on disk.

    Raises:
        ImportError: Numba is not installed; the extra that brings it is named.
    """
    return bound(_ODIN, by_numba("ODIN"))


def by_numba(owner: str, *folders: Path, inline: bool = False) -> Callable[[FunctionType], Any]:
    """What compiles the functions of a machine; `serve`, the outermost, is kept on disk.

    Args:
        owner: whose machine it is.
        folders: with sources of it beside those of ODIN.
        inline: whether functions are put where they are called; twice as fast where many small
            ones hand many arrays on.

    Raises:
        ImportError: Numba is not installed; the extra that brings it is named.
    """
    try:
        import numba
    except ImportError as error:
        raise ImportError(
            f"{owner}: compiled=True needs Numba. Install it with: pip install "
            "'ranvier[compiled]', or give compiled=False: the bits are the same."
        ) from error

    def finish(function: FunctionType) -> Any:
        outermost = function.__name__ == "serve"
        if outermost:
            # Numba looks for changes in one file alone; the name tells it of the others.
            function.__qualname__ = f"serve_{_digest(folders)}"
        where = "always" if inline and not outermost else "never"
        options = {"nogil": True, "cache": outermost, "error_model": "numpy", "inline": where}
        return numba.njit(**options)(function)

    return finish


def _digest(folders: tuple[Path, ...]) -> str:
    places = (Path(__file__).parent, *folders)
    files = [file for place in places for file in sorted(place.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
