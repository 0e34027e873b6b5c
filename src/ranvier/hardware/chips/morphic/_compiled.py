"""The machine as Numba compiles it, where it is installed; the same bits as without."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from ranvier.hardware.chips.morphic import _machine, _rows
from ranvier.hardware.chips.odin import _arithmetic, _compiled, _lif
from ranvier.hardware.chips.odin._work import note

# In the order in which functions call each other, under the names by which they do.
_PARTS: dict[str, Callable[..., Any]] = {
    "pick": _arithmetic.pick,
    "calcium_leak": _arithmetic.calcium_leak,
    "learning_flags": _arithmetic.learning_flags,
    "lif_update": _lif.lif_update,
    "update": _rows.update_one_by_one,
    "learn": _rows.learn_one_by_one,
    "note": note,
    **{
        name: getattr(_machine, name)
        for name in ("push", "drive", "deliver", "take_entry", "take_round", "take_input", "serve")
    },
}


@cache
def compiled() -> Callable[..., int]:
    """The machine, compiled at the first call and kept on disk.

    Raises:
        ImportError: Numba is not installed; the extra that brings it is named.
    """
    finish = _compiled.by_numba("MorphIC", Path(__file__).parent, inline=True)
    return _compiled.linked(_PARTS, finish)
