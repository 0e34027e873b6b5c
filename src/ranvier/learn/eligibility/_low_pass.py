"""The filter behind traces: what a readout goes on to make of a spike."""

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import Kinetics

LowPass = float | Array | Kinetics
"""The decay of a leaky readout, one number for all of its units, or the kinetics of a filter."""


class _Decay(Kinetics):
    r"""A leaky readout: $s_t = \kappa\, s_{t-1} + a_t$."""

    factor: float | Array

    def init(self, like: Array) -> Array:
        return jnp.zeros_like(like)

    def step(self, state: Array, arriving: Array) -> Array:
        return self.factor * state + arriving

    def current(self, state: Array, v: Array | None) -> Array:
        return state


def course_of(low_pass: LowPass) -> Kinetics | None:
    """The filter as kinetics; none where nothing is kept.

    Raises:
        TypeError: kinetics that read a membrane potential, or whose constants differ from unit to
            unit.
    """
    if not isinstance(low_pass, Kinetics):
        nothing = isinstance(low_pass, float | int) and low_pass == 0
        return None if nothing else _Decay(low_pass)
    if low_pass.needs_voltage:
        raise TypeError(
            f"low_pass is {type(low_pass).__name__}, which reads a membrane potential; a trace has "
            "none. Take kinetics that give a current by themselves, or use `bptt`."
        )
    axes = [jnp.shape(leaf) for leaf in jax.tree.leaves(low_pass) if jnp.ndim(leaf)]
    if axes:
        raise TypeError(
            f"low_pass: the constants of {type(low_pass).__name__} have shape {axes[0]}; traces "
            "can follow one for all units. Give it numbers, or use `bptt`."
        )
    return low_pass
