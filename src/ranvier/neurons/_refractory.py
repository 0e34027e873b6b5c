"""A neuron made from a neuron: no spike for a while after a spike."""

import copy
import math
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Around, Neuron, nearest, one_of, positive


class RefractoryState(NamedTuple):
    """The state of the neuron within, and the steps that are still `left` to be refractory.

    Each is `[..., *units]`.

    Example:
        >>> from ranvier.neurons import LIF
        >>> unit = Refractory(LIF(2, time_step_ms=0.5), period_ms=5.0)
        >>> unit.init().neuron.v.shape, unit.init().left.shape
        ((2,), (2,))
    """

    neuron: Any
    left: Float[Array, "..."]

    @property
    def y(self) -> Float[Array, "..."]:
        """The last output."""
        return self.neuron.y


class Refractory(Around):
    r"""A spiking neuron that cannot fire again until a period has passed since its last spike.

    While it is refractory the threshold is not tested (so the pseudo-derivative is zero too), the
    state variables in `held` keep their values, and all others run on, driven by their inputs.
    With $r$ steps in the period and a neuron that would need $k$ steps from reset to threshold,
    the period counts

    - `"at_spike"`: from the step of the spike. The neuron is held for $r - 1$ steps, and fires
      every $r - 1 + k$ (as Brian2 does);
    - `"next_step"`: from the step after it. The neuron is held for $r$ steps, and fires every
      $r + k$.

    A period of zero, and one step counted at the spike, leave the neuron as it is.

    Discretisation, threshold, reset and input are those of the neuron within. A variable that
    reads, in the same step, the new value of a held one reads what it would have been.

    Args:
        neuron: a neuron with a spike function `h`. If anything is held, it must reset in the step
            of the spike, or what is held would be the membrane before its reset.
        period_ms: a whole number of time steps.
        time_step_ms: that of the neuron, which is also the default; needed where it has none.
        held: names of state variables of the neuron; `()` suppresses spikes and no more, as
            e-prop's networks do.
        counted: as above.

    Raises:
        TypeError: the neuron does not spike.
        ValueError: a period that is negative or not a whole number of steps, a time step other
            than the neuron's, an unknown variable (the nearest is named), or a neuron that resets
            later than at the spike.

    Source: Stimberg, Brette, Goodman, eLife 8 (2019): "unless refractory".

    Example:
        Three times the threshold per step: held for two steps, it fires at every third.

        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import IF
        >>> unit = Refractory(IF(1), period_ms=3.0, time_step_ms=1.0)
        >>> state, fired = unit.init(), []
        >>> for _ in range(7):
        ...     state = unit.step(state, jnp.array([3.0]))
        ...     fired.append(int(state.y[0]))
        >>> fired
        [1, 0, 0, 1, 0, 0, 1]
    """

    time_step_ms: float = eqx.field(static=True)
    period_ms: float = eqx.field(static=True)
    held: tuple[str, ...] = eqx.field(static=True)
    counted: Literal["at_spike", "next_step"] = eqx.field(static=True)

    def __init__(
        self,
        neuron: Neuron,
        period_ms: float,
        *,
        time_step_ms: float | None = None,
        held: tuple[str, ...] = ("v",),
        counted: Literal["at_spike", "next_step"] = "at_spike",
    ) -> None:
        kind = type(neuron).__name__
        if not callable(getattr(neuron, "h", None)):
            within = getattr(neuron, "neuron", None)
            remedy = (
                f"Make the neuron within refractory: {kind}(Refractory(...), ...)."
                if isinstance(within, Neuron)
                else "Take a spiking neuron."
            )
            raise TypeError(
                f"Refractory: {kind} has no spike function `h`, so there is no spike to hold back. "
                f"{remedy}"
            )
        own = getattr(neuron, "time_step_ms", time_step_ms)
        step = own if time_step_ms is None else time_step_ms
        if step is None:
            raise ValueError(f"Refractory: {kind} has no time step of its own; give time_step_ms.")
        positive("Refractory", time_step_ms=step)
        if step != own:
            raise ValueError(
                f"Refractory: time_step_ms is {step}, but that of the {kind} is {own}. Make them "
                "equal."
            )
        steps = period_ms / step
        if not (0 <= period_ms < math.inf and abs(steps - round(steps)) <= 1e-6 * max(1.0, steps)):
            raise ValueError(
                f"Refractory: period_ms is {period_ms}, expected 0 or a whole number of time steps "
                f"of {step} ms. Change the period or the time step."
            )
        one_of("Refractory", "counted", counted, ("at_spike", "next_step"))
        held = (held,) if isinstance(held, str) else tuple(held)
        variables = [name for name in jax.eval_shape(neuron.init)._fields if name != "y"]
        for name in held:
            if name not in variables:
                raise ValueError(
                    f"Refractory: {kind} has no state variable {name!r} to hold. "
                    f"{nearest(name, variables)}"
                )
        if held and not neuron.resets_at_spike:
            raise ValueError(
                f"Refractory: this {kind} resets after the step of its spike, so {held[0]!r} would "
                "be held as it was before the reset. Take a neuron that resets at the spike (LIF: "
                "reset_time='at_spike'), or held=() to suppress spikes only."
            )
        self.neuron = neuron
        self.time_step_ms = float(step)
        self.period_ms = float(period_ms)
        self.held = held
        self.counted = counted

    @property
    def steps(self) -> int:
        """How many steps after a spike are refractory."""
        period = round(self.period_ms / self.time_step_ms)
        return max(period - 1, 0) if self.counted == "at_spike" else period

    def init(self, batch: tuple[int, ...] = ()) -> RefractoryState:
        """The neuron at rest, ready to fire."""
        state = self.neuron.init(batch)
        return RefractoryState(state, jnp.zeros_like(state.y))

    def step(
        self, state: RefractoryState, *currents: Array, key: PRNGKeyArray | None = None
    ) -> RefractoryState:
        """One step of the neuron within, with its threshold closed where it is refractory."""
        waits = state.left > 0
        ready = 1 - waits.astype(state.left.dtype)
        # Closed within the step, not afterwards: what a suppressed spike would have triggered in
        # other variables must not happen either.
        gated: Any = copy.copy(self.neuron)
        h = gated.h
        object.__setattr__(gated, "h", lambda distance: h(distance) * ready)
        new = gated.step(state.neuron, *currents, key=key)
        kept = {
            name: jax.tree.map(
                lambda old, new: jnp.where(waits, old, new),
                getattr(state.neuron, name),
                getattr(new, name),
            )
            for name in self.held
        }
        left = jnp.where(new.y > 0, float(self.steps), jnp.maximum(state.left - 1, 0))
        return RefractoryState(new._replace(**kept), left)
