"""Currents that depend on the membrane they flow into."""

import math
from typing import Any

import jax
from jaxtyping import Array, Float

from ranvier.core import Kinetics


class Conductance(Kinetics):
    r"""A conductance in series with a battery: $I = g\,(E - v)$.

    The kinetics give $g$; the membrane potential $v$ is that before the step. The weights of the
    connections are then conductances: with $g$ in nS and potentials in mV, the current is in pA.

    Args:
        kinetics: the time course of $g$.
        reversal_mV: $E$, from the same zero as the neuron's membrane; a float stays, an array
            `[*units]` learns.

    Raises:
        ValueError: kinetics that need the voltage themselves.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 3.1.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Exponential
        >>> course = Conductance(Exponential(5.0), reversal_mV=-80.0)
        >>> state = course.step(course.init(jnp.zeros(1)), jnp.full(1, 2.0))
        >>> course.current(state, jnp.full(1, -65.0))
        Array([-30.], dtype=float32)
    """

    kinetics: Kinetics
    reversal_mV: float | Float[Array, "*units"]

    def __init__(self, kinetics: Kinetics, *, reversal_mV: float | Float[Array, "*units"]) -> None:
        _check_inner("Conductance", kinetics)
        self.kinetics = kinetics
        self.reversal_mV = reversal_mV

    @property
    def needs_voltage(self) -> bool:
        """It does."""
        return True

    @property
    def memoryless(self) -> bool:
        """As its time course."""
        return self.kinetics.memoryless

    @property
    def time_step_ms(self) -> float:
        """That of its time course."""
        return self.kinetics.time_step_ms  # pyright: ignore[reportAttributeAccessIssue]

    def init(self, like: Float[Array, "..."]) -> Any:
        """Nothing has arrived."""
        return self.kinetics.init(like)

    def step(self, state: Any, arriving: Float[Array, "..."]) -> Any:
        """One step of the conductance."""
        return self.kinetics.step(state, arriving)

    def current(self, state: Any, v: Any) -> Float[Array, "..."]:
        """$g (E - v)$."""
        return self.kinetics.current(state, v) * (self.reversal_mV - v)


class NMDA(Kinetics):
    r"""The NMDA receptor: a conductance that magnesium blocks at rest.

    $$I = g\, B(v)\, (E - v), \qquad
    B(v) = \frac{1}{1 + e^{-0.062\, v/\mathrm{mV}}\, [\mathrm{Mg}^{2+}] / 3.57\,\mathrm{mM}}$$

    with $v$ the membrane potential before the step, measured from the outside of the cell (near
    $-70$ mV at rest), not from rest.

    Args:
        kinetics: the time course of $g$; slow, such as `DoubleExponential(2.0, 100.0)`.
        reversal_mV: $E$; a float stays, an array `[*units]` learns.
        magnesium_mM: concentration outside the cell.

    Raises:
        ValueError: kinetics that need the voltage themselves, or a negative concentration.

    Source: Jahr, Stevens, J. Neurosci. 10 (1990).

    Example:
        Blocked at rest, open where the membrane is depolarised.

        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Delta
        >>> course = NMDA(Delta())
        >>> state = course.step(course.init(jnp.zeros(2)), jnp.ones(2))
        >>> course.current(state, jnp.array([-70.0, -20.0])).round(2)
        Array([ 3.11, 10.16], dtype=float32)
    """

    kinetics: Kinetics
    reversal_mV: float | Float[Array, "*units"]
    magnesium_mM: float

    def __init__(
        self,
        kinetics: Kinetics,
        *,
        reversal_mV: float | Float[Array, "*units"] = 0.0,
        magnesium_mM: float = 1.0,
    ) -> None:
        _check_inner("NMDA", kinetics)
        if not magnesium_mM >= 0:
            raise ValueError(f"NMDA: magnesium_mM is {magnesium_mM}, expected 0 or more.")
        self.kinetics = kinetics
        self.reversal_mV = reversal_mV
        self.magnesium_mM = float(magnesium_mM)

    @property
    def needs_voltage(self) -> bool:
        """It does."""
        return True

    @property
    def memoryless(self) -> bool:
        """As its time course."""
        return self.kinetics.memoryless

    @property
    def time_step_ms(self) -> float:
        """That of its time course."""
        return self.kinetics.time_step_ms  # pyright: ignore[reportAttributeAccessIssue]

    def unblocked(self, v: Float[Array, "..."]) -> Float[Array, "..."]:
        """$B(v)$: the part of the channels that magnesium leaves open.

        Args:
            v: membrane potential in mV.
        """
        block = math.log(self.magnesium_mM / 3.57) if self.magnesium_mM else -math.inf
        return jax.nn.sigmoid(0.062 * v - block)

    def init(self, like: Float[Array, "..."]) -> Any:
        """Nothing has arrived."""
        return self.kinetics.init(like)

    def step(self, state: Any, arriving: Float[Array, "..."]) -> Any:
        """One step of the conductance."""
        return self.kinetics.step(state, arriving)

    def current(self, state: Any, v: Any) -> Float[Array, "..."]:
        """$g B(v) (E - v)$."""
        return self.kinetics.current(state, None) * self.unblocked(v) * (self.reversal_mV - v)


def _check_inner(kind: str, kinetics: Kinetics) -> None:
    if kinetics.needs_voltage:
        raise ValueError(
            f"{kind}: its time course is a {type(kinetics).__name__}, which depends on the voltage "
            "itself. Give one that does not, such as Exponential."
        )
