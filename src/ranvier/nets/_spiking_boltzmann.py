"""A restricted Boltzmann machine of spiking neurons, which samples by firing."""

import copy
import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, Kinetics, Neuron, positive, scan_steps
from ranvier.nets._boltzmann import RestrictedBoltzmann
from ranvier.neurons import LIF, Driven, LogisticEscape, Refractory, Stochastic
from ranvier.synapses import Delta, Exponential

_TAU_MS = 4.0
"""Of exponential currents."""

_SILENT = -30.0
"""A current against which no unit fires."""


def sampling_unit(
    shape: int | tuple[int, ...],
    *,
    refractory_ms: float = 4.0,
    synapse: Kinetics | None = None,
    tau_membrane_ms: float = 1.0,
    time_step_ms: float = 1.0,
) -> Neuron:
    r"""A noisy LIF neuron whose rate over its input is the logistic sigmoid.

    $$\nu = \frac{\sigma(I)}{\tau_{ref}} \quad \text{for} \quad
    p(v) = \sigma(v - \ln r), \qquad r = \frac{\tau_{ref}}{\Delta t}$$

    A unit that is not refractory fires in a step with probability $p$, $v$ its membrane. After a
    spike it waits $r - 1$ steps, then $1/p - 1$ more on average, so that intervals have a mean of
    $r - 1 + 1/p = r (1 + e^{-I})$ steps once the membrane has reached the input, $v = I$: exactly
    the sigmoid. The threshold $\ln r$ is all there is to calibrate. After its reset to zero a
    membrane of 1 ms is 2 % short of its input when the period of 4 ms is over, which lowers the
    rate by 0.3 % of the highest one at most.

    Ports: `"synapse"`, spikes that leave a current, and `"current"`, added as it is.

    Args:
        shape: number of units, or their axes.
        refractory_ms: $\tau_{ref}$, for which a spike also counts as an active unit.
        synapse: the current that a spike leaves; exponential of 4 ms if not given.
        tau_membrane_ms: of the membrane.
        time_step_ms: $\Delta t$.

    Raises:
        ValueError: a constant that is not positive, or a period that is not a whole number of
            steps.

    Source: Buesing, Bill, Nessler, Maass, PLoS Comput. Biol. 7 (2011), for the refractory period
        as the time of being active; the constants, Neftci et al., Front. Neurosci. 7:272 (2014)
        (membrane from memory). There white noise makes the sigmoid; here a logistic escape does.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> unit = sampling_unit(1000)
        >>> state = unit.init()
        >>> for key in jax.random.split(jax.random.key(0), 50):
        ...     state = unit.step(state, jnp.zeros(1000), jnp.zeros(1000), key=key)
        >>> bool(abs(state.y.mean() - 0.125) < 0.03)
        True
    """
    positive("sampling_unit", refractory_ms=refractory_ms, time_step_ms=time_step_ms)
    membrane = LIF(
        shape,
        tau_membrane_ms=tau_membrane_ms,
        time_step_ms=time_step_ms,
        threshold=math.log(refractory_ms / time_step_ms),
    )
    # The membrane recovers from its reset while spikes are held back.
    waiting = Refractory(membrane, refractory_ms, held=())
    if synapse is None:
        synapse = Exponential(_TAU_MS, time_step_ms=time_step_ms)
    return Driven(
        Stochastic(waiting, LogisticEscape(1.0)),
        {"synapse": ("dendrite", synapse), "current": ("dendrite", Delta())},
    )


class Spikes(NamedTuple):
    """What fires in a step, or in many.

    Attributes:
        visible: `[..., visible]`.
        hidden: `[..., hidden]`.
        visible_bias, hidden_bias: of the always active units of each side, as spikes of one unit
            of the highest rate that would carry as much, `[..., 1]`.

    Example:
        See `SpikingBoltzmann`.
    """

    visible: Float[Array, "... visible"]
    hidden: Float[Array, "... hidden"]
    visible_bias: Float[Array, "... 1"]
    hidden_bias: Float[Array, "... 1"]


class SpikingBoltzmannState(NamedTuple):
    """Both populations, and the last spikes.

    Attributes:
        visible, hidden: states of the neurons.
        spikes: of the last step.

    Example:
        See `SpikingBoltzmann`.
    """

    visible: Any
    hidden: Any
    spikes: Spikes


class SpikingBoltzmann(Cell):
    r"""Visible and hidden spiking neurons with symmetric weights, which sample by firing.

    $$I^h_t = k * (W^T s^v_{t-1} + c\, s^c_t), \qquad I^v_t = k * (W s^h_t + b\, s^b_t) + x_t$$

    with spikes $s$ and the synaptic kernel $k$ times `gain`. A unit is active, $z = 1$, from its
    spike until its refractory period is over. Each step updates the hidden side first, then the
    visible side, so that no two units that are connected decide at once. With a kernel that is one
    for the refractory period the fractions of time are exactly those of the machine's Boltzmann
    distribution; the exponential kernel comes close to it. Biases arrive from always active
    Poisson units, one for each side and example.

    The input $x_t$ is a current into every visible unit. Units outside `free` hear nothing else,
    which clamps them: `logit(p)` lets such a unit be active with probability $p$.

    Args:
        machine: weights and biases.
        visible, hidden: neurons with the ports `"synapse"` and `"current"`; `sampling_unit`s if
            not given.
        free: which visible units hear the hidden ones, from the first to before the last; all if
            not given.
        refractory_ms: of the neurons.
        gain: of a spike; if not given, the one with which a unit that fires at its highest rate
            passes its weight on through an exponential kernel of 4 ms. Of a kernel that is one for
            the refractory period it is 1.
        bias_rate_hz: of the always active units.
        time_step_ms: of the neurons.

    Raises:
        ValueError: neurons that are not as many as the machine has, units to be free that do not
            exist, or a constant that is not positive.

    Source: Neftci, Das, Pedroni, Kreutz-Delgado, Cauwenberghs, Front. Neurosci. 7:272 (2014);
        Buesing, Bill, Nessler, Maass, PLoS Comput. Biol. 7 (2011), theorem 1, for the exact case.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> machine = RestrictedBoltzmann(jnp.zeros((3, 2)), jnp.zeros(3), jnp.zeros(2))
        >>> cell, keys = SpikingBoltzmann(machine), jax.random.split(jax.random.key(0), 100)
        >>> state, spikes = cell.history(cell.init((50,)), jnp.zeros((100, 50, 3)), keys=keys)
        >>> spikes.visible.shape, bool(abs(4 * spikes.hidden.mean() - 0.5) < 0.02)
        ((100, 50, 3), True)
    """

    machine: RestrictedBoltzmann
    visible: Neuron
    hidden: Neuron
    free: tuple[int, int] = eqx.field(static=True)
    refractory_ms: float = eqx.field(static=True)
    gain: float = eqx.field(static=True)
    bias_rate_hz: float = eqx.field(static=True)
    time_step_ms: float = eqx.field(static=True)

    def __init__(
        self,
        machine: RestrictedBoltzmann,
        *,
        visible: Neuron | None = None,
        hidden: Neuron | None = None,
        free: tuple[int, int] | None = None,
        refractory_ms: float = 4.0,
        gain: float | None = None,
        bias_rate_hz: float = 1000.0,
        time_step_ms: float = 1.0,
    ) -> None:
        positive("SpikingBoltzmann", refractory_ms=refractory_ms, bias_rate_hz=bias_rate_hz)
        counts = jnp.shape(machine.weight)

        def units(count: int) -> Neuron:
            return sampling_unit(count, refractory_ms=refractory_ms, time_step_ms=time_step_ms)

        self.machine = machine
        self.visible = units(counts[0]) if visible is None else visible
        self.hidden = units(counts[1]) if hidden is None else hidden
        self.free = (0, counts[0]) if free is None else (int(free[0]), int(free[1]))
        self.refractory_ms, self.time_step_ms = float(refractory_ms), float(time_step_ms)
        self.bias_rate_hz = float(bias_rate_hz)
        # A geometric sum: what an exponential kernel of one spike adds up to.
        settled = -math.expm1(-time_step_ms / _TAU_MS) * refractory_ms / time_step_ms
        self.gain = settled if gain is None else float(gain)

    def __check_init__(self) -> None:
        counts = jnp.shape(self.machine.weight)
        for side, neuron, count in zip(
            ("visible", "hidden"), (self.visible, self.hidden), counts, strict=True
        ):
            if neuron.shape != (count,):
                raise ValueError(
                    f"SpikingBoltzmann: got {side} neurons of shape {neuron.shape}, but the "
                    f"machine has {count} {side} units. Make them equal."
                )
        if not 0 <= self.free[0] <= self.free[1] <= counts[0]:
            raise ValueError(
                f"SpikingBoltzmann: free is {self.free}, expected two numbers from 0 to "
                f"{counts[0]}, the first not above the second."
            )

    @property
    def in_size(self) -> int:
        """How many visible units there are."""
        return self.machine.weight.shape[0]

    @property
    def refractory_steps(self) -> float:
        """$r$: for how many steps a spike counts as an active unit."""
        return self.refractory_ms / self.time_step_ms

    def freed(self, first: int, last: int) -> "SpikingBoltzmann":
        """The same network with other visible units that hear the hidden ones.

        Args:
            first, last: from which to before which.
        """
        changed = copy.copy(self)
        object.__setattr__(changed, "free", (int(first), int(last)))
        changed.__check_init__()
        return changed

    def init(self, batch: tuple[int, ...] = ()) -> SpikingBoltzmannState:
        """All neurons at rest, no spike."""
        visible, hidden = self.visible.init(batch), self.hidden.init(batch)
        none = jnp.zeros((*batch, 1), visible.y.dtype)
        return SpikingBoltzmannState(visible, hidden, Spikes(visible.y, hidden.y, none, none))

    def __call__(
        self,
        state: SpikingBoltzmannState,
        x: Float[Array, "... visible"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[SpikingBoltzmannState, Float[Array, "... visible"]]:
        """One step: the hidden side, then the visible side; gives the visible spikes."""
        up, down, one, two = [None] * 4 if key is None else jr.split(key, 4)
        machine, (first, last) = self.machine, self.free
        hidden_bias = self._always(state.spikes.hidden_bias, one)
        arriving = state.spikes.visible @ machine.weight + hidden_bias * machine.hidden_bias
        hidden = self.hidden.step(
            state.hidden, self.gain * arriving, jnp.zeros_like(arriving), key=up
        )
        visible_bias = self._always(state.spikes.visible_bias, two)
        heard = hidden.y @ machine.weight[first:last].T
        heard = heard + visible_bias * machine.visible_bias[first:last]
        onto = jnp.zeros_like(x).at[..., first:last].set(self.gain * heard)
        visible = self.visible.step(state.visible, onto, x, key=down)
        spikes = Spikes(visible.y, hidden.y, visible_bias, hidden_bias)
        return SpikingBoltzmannState(visible, hidden, spikes), visible.y

    def onset(
        self, x: Float[Array, "... visible"], *, key: PRNGKeyArray
    ) -> Float[Array, "steps ... visible"]:
        """Currents for one refractory period, in which units begin at random times.

        Units that are clamped at once would fire in step with each other for long, and drive in
        volleys what hears them.

        Args:
            x: currents into visible units from then on.
            key: draws when each unit begins.
        """
        steps = round(self.refractory_steps)
        begins = jr.randint(key, x.shape, 0, steps)
        now = jnp.arange(steps).reshape(-1, *[1] * x.ndim)
        return jnp.where(now >= begins, x, _SILENT)

    def history(
        self, state: SpikingBoltzmannState, xs: Float[Array, "time ... visible"], *, keys: Array
    ) -> tuple[SpikingBoltzmannState, Spikes]:
        """Many steps: the last state, and all spikes, `[time, ...]`.

        Args:
            state: where it starts.
            xs: currents into visible units, `[time, ..., visible]`; without the axis of time they
                stay as they are.
            keys: one per step.
        """

        def step(state: SpikingBoltzmannState, at: Any) -> tuple[SpikingBoltzmannState, Spikes]:
            x, key = (xs, at) if held else at
            state, _ = self(state, x, key=key)
            return state, state.spikes

        held = xs.ndim == state.spikes.visible.ndim
        return jax.lax.scan(step, state, keys if held else (xs, keys))

    def over_time(
        self,
        state: SpikingBoltzmannState,
        xs: Float[Array, "time ... visible"],
        *,
        keys: Array | None = None,
    ) -> tuple[SpikingBoltzmannState, Float[Array, "time ... visible"]]:
        """Many steps: the last state, and the visible spikes."""
        return scan_steps(self, state, xs, keys=keys)

    def _always(self, like: Array, key: PRNGKeyArray | None) -> Array:
        """Spikes of an always active unit, in units of the highest rate."""
        mean = self.bias_rate_hz * self.time_step_ms / 1000
        if key is None:
            return jnp.full_like(like, 1 / self.refractory_steps)
        count = jr.poisson(key, mean, like.shape).astype(like.dtype)
        return count / (mean * self.refractory_steps)
