"""What both workers of the online rules count alike."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np


def program(compiled: Any) -> int:
    """Bytes that a program needs by XLA's own account: arguments, results and all between."""
    found = compiled.memory_analysis()
    return (
        found.argument_size_in_bytes
        + found.output_size_in_bytes
        + found.temp_size_in_bytes
        - found.alias_size_in_bytes
    )


def carried_bytes(tree: Any) -> int:
    """Bytes of all arrays of a tree."""
    return sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(tree))
