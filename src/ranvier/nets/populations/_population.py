"""A population: one neuron, the projections among its units, and what reaches it from outside."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from ranvier.core import Neuron, nearest
from ranvier.nets._cast import cast
from ranvier.nets.populations._step import Units, units_of
from ranvier.synapses import Delayed, Sparse


@dataclass(frozen=True)
class Projection:
    r"""Connections from some units of a population to a port of some.

    A spike acts on the next step of the units that it reaches, as feedback in a recurrent layer
    does, and `d` steps later behind `Delayed(synapse, d)`: Brian2's and NEST's convention.

    Args:
        port: where its current lands.
        synapse: `Sparse`, or `Delayed` around it.
        pre, post: the units that it comes from and goes to, all by default; without a step.

    Raises:
        TypeError: another kind of synapse.

    Example:
        >>> import jax
        >>> from ranvier.synapses import Sparse
        >>> some = Sparse.random(80, 100, probability=0.1, key=jax.random.key(0), weight=0.5)
        >>> Projection("dendrite", some, pre=slice(0, 80)).delay_steps
        array([0])
    """

    port: str
    synapse: Sparse | Delayed
    pre: slice | None = None
    post: slice | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.connections, Sparse):
            raise TypeError(
                f"Projection onto {self.port!r}: got a {type(self.synapse).__name__}, expected "
                "Sparse, or Delayed around Sparse."
            )

    @property
    def connections(self) -> Sparse:
        """The synapse without its delay."""
        inner = self.synapse.synapse if isinstance(self.synapse, Delayed) else self.synapse
        return inner  # pyright: ignore[reportReturnType]

    @property
    def delay_steps(self) -> np.ndarray:
        """The delay of each presynaptic unit, or one for all."""
        if not isinstance(self.synapse, Delayed):
            return np.zeros(1, np.int64)
        steps = np.asarray(self.synapse.steps, np.int64)
        return steps[:1] if len(steps) and (steps == steps[0]).all() else steps


@dataclass(frozen=True)
class PoissonInput:
    r"""Independent Poisson spike trains from outside, `count` of them for each unit.

    In each step a unit receives $w\,k$, $k \sim \text{Poisson}(\text{count} \cdot \nu\, \Delta t)$.

    Args:
        port: where it lands.
        rate_Hz: $\nu$, of one train.
        count: trains per unit.
        weight: $w$.
        post: the units that it reaches, all by default.

    Raises:
        ValueError: a rate or a count below zero.

    Example:
        >>> PoissonInput("dendrite", rate_Hz=20.0, count=1000, weight=0.1).rate_Hz
        20.0
    """

    port: str
    rate_Hz: float
    count: int = 1
    weight: float = 1.0
    post: slice | None = None

    def __post_init__(self) -> None:
        for name, value in (("rate_Hz", self.rate_Hz), ("count", self.count)):
            if not 0 <= value < float("inf"):
                raise ValueError(f"PoissonInput: {name} is {value}, expected 0 or more.")

    def cumulated(self, time_step_ms: float) -> np.ndarray:
        """The probability of at most k spikes in a step, for every k up to certainty."""
        from scipy.stats import poisson

        mean = self.count * self.rate_Hz * 1e-3 * time_step_ms
        found = poisson.cdf(np.arange(int(mean + 12 * mean**0.5 + 40)), mean)
        found[-1] = 1.0
        return found


class PopulationState(NamedTuple):
    """What a population carries from one step to the next.

    Attributes:
        neuron: the neuron's state.
        arriving: what is on its way, `[slots, channels, units]`; the first slot is read next. A
            channel is what is added up before it is weighted.

    Example:
        >>> from ranvier.neurons import LIF
        >>> Population(LIF(3)).init().arriving.shape
        (1, 0, 3)
    """

    neuron: Any
    arriving: np.ndarray


@dataclass(frozen=True)
class Population:
    r"""Units of one neuron, connected sparsely among themselves: a recurrent spiking network.

    $$I^p_t = I^p_0 + \sum_{\text{projections onto } p} W z_{t - 1 - d}
    + \text{Poisson input}, \qquad \text{state}_t = \text{neuron}(\text{state}_{t-1}, I_t)$$

    Kinds of units, such as excitatory and inhibitory ones, are ranges of it; where their constants
    differ, the neuron takes an array of them.

    Args:
        neuron: of one axis of units, with a time step.
        projections: connections among the units.
        inputs: Poisson spikes from outside.
        currents: port to a constant current, one number or one per unit.
        time_step_ms: that of the neuron, which is also the default.

    Raises:
        ValueError: an unknown port (the nearest is named), a range or a synapse that does not fit
            the units, a neuron with several axes, one with lateral ports, or no time step.

    Example:
        >>> import jax
        >>> from ranvier.neurons import LIF
        >>> from ranvier.synapses import Delayed, Sparse
        >>> key = jax.random.key(0)
        >>> excitatory = Sparse.random(80, 100, probability=0.1, key=key, weight=0.5)
        >>> population = Population(
        ...     LIF(100, time_step_ms=0.1),
        ...     [Projection("dendrite", Delayed(excitatory, 15), pre=slice(0, 80))],
        ...     [PoissonInput("dendrite", rate_Hz=100.0, count=100)],
        ... )
        >>> population.units, population.slots
        (100, 16)
    """

    neuron: Neuron
    projections: Sequence[Projection] = ()
    inputs: Sequence[PoissonInput] = ()
    currents: Mapping[str, float | Float[np.ndarray, " units"]] = field(default_factory=dict)
    time_step_ms: float | None = None

    def __post_init__(self) -> None:
        kind, neuron = type(self.neuron).__name__, self.neuron
        if len(neuron.shape) != 1:
            raise ValueError(f"Population: the {kind} has units {neuron.shape}, expected one axis.")
        if neuron.lateral_ports:
            raise ValueError(
                f"Population: the {kind} has lateral ports {sorted(neuron.lateral_ports)}, which "
                "sparse projections do not reach. Put it into a Layer."
            )
        own = getattr(neuron, "time_step_ms", None)
        step = own if self.time_step_ms is None else self.time_step_ms
        if step is None or not step > 0 or (own is not None and own != step):
            raise ValueError(
                f"Population: time_step_ms is {self.time_step_ms}, that of the {kind} is {own}; "
                "expected one positive time step."
            )
        for name in (p.port for p in (*self.projections, *self.inputs)):
            self._known(name)
        for port, current in self.currents.items():
            self._known(port)
            if np.shape(current) not in ((), neuron.shape):
                raise ValueError(
                    f"Population: the current into {port!r} has shape {np.shape(current)}, "
                    f"expected one number or one per unit, {neuron.shape}."
                )
        for index, projection in enumerate(self.projections):
            sides = {"pre": projection.connections.in_size, "post": projection.connections.out_size}
            for side, size in sides.items():
                first, last = self.range(getattr(projection, side))
                if last - first != size:
                    raise ValueError(
                        f"Population: {side} of projection {index} onto {projection.port!r} is "
                        f"units {first} to {last - 1}, but its synapse has {size} there."
                    )
        for given in self.inputs:
            self.range(given.post)

    def _known(self, port: str) -> None:
        """Raise unless the neuron has a port of this name."""
        if port not in self.neuron.ports:
            raise ValueError(
                f"Population: {type(self.neuron).__name__} has no port {port!r}. "
                f"{nearest(port, self.neuron.ports)}"
            )

    @property
    def step_ms(self) -> float:
        """The length of a step: the neuron's."""
        given: Any = self.time_step_ms
        return float(getattr(self.neuron, "time_step_ms", given))

    @property
    def units(self) -> int:
        """Number of units."""
        return self.neuron.shape[0]

    @property
    def slots(self) -> int:
        """Steps ahead for which something may be on its way."""
        return 1 + max((int(p.delay_steps.max()) for p in self.projections), default=0)

    @property
    def channels(self) -> tuple[tuple[str, float], ...]:
        """What is added up together: per channel its port, and the weight of its sum.

        Connections of one weight are counted and weighted afterwards: whole numbers add up to the
        same sum in any order. All connections with weights of their own share a channel per port.
        """
        found = [
            *((p.port, common_weight(p.connections)) for p in self.projections),
            *((given.port, float(given.weight)) for given in self.inputs),
        ]
        return tuple(dict.fromkeys(found))

    def range(self, units: slice | None) -> tuple[int, int]:
        """The first unit of a range (`None`: all units), and the one after its last.

        Raises:
            ValueError: a range with a step, or one that is empty.
        """
        first, last, step = (units or slice(None)).indices(self.units)
        if step != 1 or last <= first:
            raise ValueError(f"Population: {units} is not a range of its {self.units} units.")
        return first, last

    @functools.cached_property
    def _traced(self) -> dict[str, Units]:
        return {}

    def traced(self, dtype: str) -> Units:
        """One step of all units as a loop takes it, found out once.

        Args:
            dtype: the precision, `"float32"` or `"float64"`.
        """
        if dtype not in self._traced:
            self._traced[dtype] = units_of(self.neuron, self.channels, self.currents, dtype)
        return self._traced[dtype]

    def init(self, dtype: str = "float32") -> PopulationState:
        """The neurons at rest, and nothing on its way.

        Args:
            dtype: the precision, `"float32"` or `"float64"`.
        """
        with jax.enable_x64(dtype == "float64"):
            neuron = jax.tree.map(np.array, cast(self.neuron, dtype).init())
        return PopulationState(neuron, self.nothing_arriving(dtype))

    def nothing_arriving(self, dtype: str) -> np.ndarray:
        """Empty slots, of short whole numbers where nothing but single spikes is counted.

        Args:
            dtype: the precision, `"float32"` or `"float64"`.
        """
        counted = self.traced(dtype).spiking and self._most_arriving <= np.iinfo(np.uint16).max
        kind = np.uint16 if counted else np.dtype(dtype)
        return np.zeros((self.slots, len(self.channels), self.units), kind)

    @functools.cached_property
    def _most_arriving(self) -> float:
        """How many spikes may reach a unit in one step; infinite if some have their own weight."""
        synapses = [projection.connections for projection in self.projections]
        if any(np.ndim(synapse.weight) for synapse in synapses):
            return float("inf")
        return sum(
            [np.bincount(np.asarray(synapse.post), minlength=1).max() for synapse in synapses]
            + [len(given.cumulated(self.step_ms)) for given in self.inputs]
        )


def common_weight(synapse: Sparse) -> float:
    """The weight that all connections share, or 1 where each has its own.

    Example:
        >>> common_weight(Sparse([0], [0], in_size=1, out_size=1, weight=0.5))
        0.5
    """
    return 1.0 if np.ndim(synapse.weight) else float(synapse.weight)
