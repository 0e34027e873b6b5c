"""Neurons whose reset derivatives do not see."""

import copy
from typing import Any, TypeVar

import jax

from ranvier.core import Neuron

Module = TypeVar("Module")


def detach_resets(module: Module) -> Module:
    r"""The same neurons, their resets constants to every derivative.

    $$\frac{\partial v_t}{\partial y_{t-1}} \to 0$$

    for each neuron that lets one choose (`IF`, `LIF`, `ALIF`, `CurrentLIF`), also within another
    one, a layer or a chain; all others stay as they are. No spike changes. It is what e-prop leaves
    out of its traces, and keeps gradients of sharp surrogates from vanishing or exploding through
    resets.

    Args:
        module: a neuron, or anything with neurons in it.

    Source: Bellec et al., Nat. Commun. 11 (2020), methods, "eligibility traces".

    Example:
        >>> from ranvier.neurons import LIF
        >>> detach_resets(LIF(3, reset="subtract")).detach_reset
        True
    """

    def resets(part: Any) -> bool:
        return isinstance(part, Neuron) and hasattr(part, "detach_reset")

    def detached(part: Any) -> Any:
        if not resets(part):
            return part
        other = copy.copy(part)
        object.__setattr__(other, "detach_reset", True)
        return other

    return jax.tree.map(detached, module, is_leaf=resets)
