"""A neuron made from a neuron: its inputs rise and decay before they reach it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Kinetics, Neuron, nearest


class DrivenState(NamedTuple):
    """The states of the kinetics, in the order of their ports, and of the neuron within.

    Example:
        >>> from ranvier.neurons import LIF
        >>> from ranvier.synapses import Alpha
        >>> unit = Driven(LIF(2), {"dendrite": ("dendrite", Alpha(5.0))})
        >>> unit.init().kinetics[0].s.shape, unit.init().neuron.v.shape
        ((2,), (2,))
    """

    kinetics: tuple[Any, ...]
    neuron: Any

    @property
    def y(self) -> Array:
        """The last output."""
        return self.neuron.y


class Driven(Neuron):
    r"""A neuron whose inputs have a time course: several synaptic ports per port within.

    $$s^p_t = \text{kinetics}^p(s^p_{t-1}, a^p_t), \qquad
    I^q_t = \sum_{p \to q} I^p(s^p_t, v_{t-1}), \qquad
    \text{state}_t = \text{neuron}(\text{state}_{t-1}, I_t)$$

    What arrives at a port, $a^p$, thus acts in the same step, and a conductance meets the membrane
    as it was before the step. Synapses with the same time course add up, so one state per unit and
    port is exact. Discretisation, threshold, reset and scaling of the current are those of the
    neuron within; with a conductance, its membrane must be in the unit of the reversal potential.

    Args:
        neuron: any neuron.
        ports: name of a port to `(port of the neuron, kinetics)`, in the order in which `step`
            takes them. Ports of the neuron that nothing targets stay as they are and come last.
        voltage: which state variable of the neuron is its membrane potential, for kinetics that
            need it; also found where that neuron is itself made from a neuron.

    Raises:
        TypeError: something that is no kinetics.
        ValueError: no port at all, an unknown target (the nearest is named), a name that a port
            of the neuron keeps, a time step other than the neuron's, or kinetics that need the
            voltage of a neuron that has none.

    Example:
        Fast excitation, and inhibition through a conductance with its reversal below rest.

        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import LIF
        >>> from ranvier.synapses import Conductance, Exponential
        >>> unit = Driven(
        ...     LIF(1, tau_membrane_ms=20.0, threshold=15.0),
        ...     {
        ...         "ampa": ("dendrite", Exponential(2.0)),
        ...         "gaba_a": ("dendrite", Conductance(Exponential(8.0), reversal_mV=-10.0)),
        ...     },
        ... )
        >>> unit.ports
        ('ampa', 'gaba_a')
        >>> state = unit.step(unit.init(), jnp.array([30.0]), jnp.array([1.0]))
        >>> round(float(state.neuron.v[0]), 4)  # (30 - 10) (1 - exp(-1 / 20))
        0.9754
    """

    neuron: Neuron
    kinetics: tuple[Kinetics, ...]
    names: tuple[str, ...] = eqx.field(static=True)
    targets: tuple[str, ...] = eqx.field(static=True)
    voltage: str = eqx.field(static=True)

    def __init__(
        self,
        neuron: Neuron,
        ports: Mapping[str, tuple[str, Kinetics]],
        *,
        voltage: str = "v",
    ) -> None:
        kind = type(neuron).__name__
        if not ports:
            raise ValueError(f"Driven: got no port for the {kind}, expected at least one.")
        for name, (target, kinetics) in ports.items():
            if not isinstance(kinetics, Kinetics):
                raise TypeError(
                    f"Driven: the port {name!r} got {kinetics!r}, expected kinetics such as "
                    "Exponential(5.0)."
                )
            if target not in neuron.ports:
                raise ValueError(
                    f"Driven: {name!r} targets {target!r}, but the {kind} has no such port. "
                    f"{nearest(target, neuron.ports)}"
                )
            own, step_ms = getattr(kinetics, "time_step_ms", None), _within(neuron, "time_step_ms")
            if own is not None and step_ms is not None and own != step_ms:
                raise ValueError(
                    f"Driven: the kinetics of {name!r} have time_step_ms = {own}, but the {kind} "
                    f"has {step_ms}. Make them equal."
                )
            state = jax.eval_shape(neuron.init)
            if kinetics.needs_voltage and _within(state, voltage) is None:
                raise ValueError(
                    f"Driven: the kinetics of {name!r} need a membrane potential, but the state "
                    f"of the {kind} has no {voltage!r}. {nearest(voltage, _variables(state))} Name "
                    "it with `voltage`, or take kinetics that give a current by themselves."
                )
        self.neuron = neuron
        self.kinetics = tuple(kinetics for _, kinetics in ports.values())
        self.names = tuple(ports)
        self.targets = tuple(target for target, _ in ports.values())
        self.voltage = voltage
        taken = set(ports) & set(self._untouched)
        if taken:
            raise ValueError(
                f"Driven: the {kind} keeps a port {sorted(taken)[0]!r} of its own. Choose another "
                "name, or target that port."
            )

    @property
    def _untouched(self) -> tuple[str, ...]:
        """Ports of the neuron within that take their current directly."""
        return tuple(port for port in self.neuron.ports if port not in self.targets)

    def _reaching(self, ports: tuple[str, ...]) -> tuple[str, ...]:
        """The ports here that lead to some ports of the neuron within."""
        pairs = zip(self.names, self.targets, strict=True)
        here = tuple(name for name, target in pairs if target in ports)
        return here + tuple(port for port in self._untouched if port in ports)

    @property
    def ports(self) -> tuple[str, ...]:
        """The synaptic ports, then the untouched ones of the neuron within."""
        return self.names + self._untouched

    @property
    def input_ports(self) -> tuple[str, ...]:
        """Those that lead to an input port of the neuron within."""
        return self._reaching(self.neuron.input_ports)

    @property
    def recurrent_ports(self) -> tuple[str, ...]:
        """Those that lead to a recurrent port of the neuron within."""
        return self._reaching(self.neuron.recurrent_ports)

    @property
    def lateral_ports(self) -> dict[str, str]:
        """Those that lead to a lateral port of the neuron within."""
        target = dict(zip(self.names, self.targets, strict=True))
        kinds = self.neuron.lateral_ports
        return {port: kinds[target.get(port, port)] for port in self._reaching(tuple(kinds))}

    @property
    def memoryless(self) -> bool:
        """Nothing is carried, neither here nor in the neuron within."""
        return self.neuron.memoryless and all(
            k.memoryless and not k.needs_voltage for k in self.kinetics
        )

    @property
    def resets_at_spike(self) -> bool:
        """As the neuron within."""
        return self.neuron.resets_at_spike

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.neuron.shape

    def init(self, batch: tuple[int, ...] = ()) -> DrivenState:
        """The neuron at rest, and nothing on its way."""
        state = self.neuron.init(batch)
        like = jnp.zeros_like(state.y)
        return DrivenState(tuple(k.init(like) for k in self.kinetics), state)

    def step(
        self, state: DrivenState, *currents: Array, key: PRNGKeyArray | None = None
    ) -> DrivenState:
        """One step of the kinetics, then one of the neuron within."""
        arriving = dict(zip(self.ports, currents, strict=True))
        v = _within(state.neuron, self.voltage)
        into = {port: arriving[port] for port in self._untouched}
        moved = []
        for name, target, kinetics, before in zip(
            self.names, self.targets, self.kinetics, state.kinetics, strict=True
        ):
            after = kinetics.step(before, arriving[name])
            current = kinetics.current(after, v if kinetics.needs_voltage else None)
            into[target] = into[target] + current if target in into else current
            moved.append(after)
        ordered = (into[port] for port in self.neuron.ports)
        return DrivenState(tuple(moved), self.neuron.step(state.neuron, *ordered, key=key))


def _within(thing: Any, name: str) -> Any:
    """An attribute of a neuron or a state, or of what that is made from; `None` if neither."""
    found = getattr(thing, name, None)
    inside = getattr(thing, "neuron", None)
    return _within(inside, name) if found is None and inside is not None else found


def _variables(state: Any) -> list[str]:
    """The names of a neuron's state variables, those within included."""
    inside = _variables(state.neuron) if hasattr(state, "neuron") else []
    return [name for name in state._fields if name != "neuron"] + inside
