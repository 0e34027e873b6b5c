"""A current that follows what arrives with a time constant."""

from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import Kinetics, broken, one_of, positive
from ranvier.synapses._kinetics import Constant, exp


class LowPass(Kinetics):
    r"""First-order low-pass filter: what arrives and stays is the current in the end.

    $$\tau \frac{di}{dt} = -i + w\,a$$

    One step of $\Delta t$, with $a$ held over it: $i \leftarrow \alpha\, i + w (1 - \alpha)\, a$
    with $\alpha = e^{-\Delta t/\tau}$ (exact) or $\alpha = 1 - \Delta t/\tau$ (Euler). It is
    [`Exponential`][ranvier.synapses.Exponential] with a jump of $w (1 - \alpha)$ in place of one.

    Args:
        tau_ms: $\tau$; a float stays, an array `[*units]` learns.
        gain: $w$; a float stays, an array learns.
        time_step_ms: $\Delta t$.
        discretisation: `"exact"` or `"euler"`.

    Raises:
        ValueError: a constant or a step that is not positive, an unknown discretisation, or an
            Euler step longer than the time constant.

    Source: the current of CubaLIF: Pedersen et al., Nat. Commun. 15 (2024), table 1.

    Example:
        >>> import jax.numpy as jnp
        >>> course = LowPass(4.0, time_step_ms=1.0, discretisation="euler")
        >>> state = course.step(course.init(jnp.zeros(1)), jnp.ones(1))
        >>> course.current(course.step(state, jnp.ones(1)), None)
        Array([0.4375], dtype=float32)
    """

    tau_ms: Constant
    gain: Constant
    time_step_ms: float
    discretisation: Literal["exact", "euler"] = eqx.field(static=True)

    def __init__(
        self,
        tau_ms: Constant,
        *,
        gain: Constant = 1.0,
        time_step_ms: float = 1.0,
        discretisation: Literal["exact", "euler"] = "exact",
    ) -> None:
        one_of("LowPass", "discretisation", discretisation, ("exact", "euler"))
        positive("LowPass", tau_ms=tau_ms, time_step_ms=time_step_ms)
        found = broken(lambda tau_ms: time_step_ms <= tau_ms, tau_ms)
        if discretisation == "euler" and found:
            raise ValueError(
                f"LowPass: an Euler step of {time_step_ms} ms is longer than the time constant of "
                f"{found[0].value} ms. Take a shorter step or discretisation='exact'."
            )
        self.tau_ms = tau_ms
        self.gain = gain
        self.time_step_ms = float(time_step_ms)
        self.discretisation = discretisation

    @property
    def decay(self) -> Constant:
        r"""$\alpha$: the part of the current that is left after one step."""
        ratio = self.time_step_ms / self.tau_ms
        return 1 - ratio if self.discretisation == "euler" else exp(-ratio)

    def init(self, like: Float[Array, "..."]) -> Float[Array, "..."]:
        """Nothing has arrived."""
        return jnp.zeros_like(like)

    def step(self, state: Array, arriving: Float[Array, "..."]) -> Float[Array, "..."]:
        """One step; see the class for the equation."""
        return self.decay * state + self.gain * (1 - self.decay) * arriving

    def current(self, state: Array, v: Array | None) -> Float[Array, "..."]:
        """$i$."""
        return state
