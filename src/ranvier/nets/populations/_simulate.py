"""Simulation of a population, step by step, in a compiled loop."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from ranvier.core import nearest
from ranvier.nets.populations import _loop
from ranvier.nets.populations._population import (
    PoissonInput,
    Population,
    PopulationState,
    Projection,
    common_weight,
)
from ranvier.nets.populations._step import Units, compiled, jitted, row_length, scratch

# Steps between two reports of progress, and spikes for which there is room at first.
_CHUNK, _ROOM = 1000, 1 << 16


class Simulation(NamedTuple):
    """What was recorded of a population.

    Attributes:
        spike_steps: the step of every spike, `[spikes]`, counted from 0, ascending.
        spike_units: the unit of every spike, `[spikes]`, ascending within a step.
        traces: state variable to its values after each step, `[T, chosen units]`.
        state: the last state, from which another simulation may go on.
        time_step_ms: the length of a step.

    Example:
        >>> from ranvier.neurons import LIF
        >>> record = simulate(Population(LIF(1), currents={"dendrite": 2.0}), 50)
        >>> record.spike_steps, record.spike_times_ms
        (array([13, 27, 41], dtype=int32), array([13., 27., 41.]))
    """

    spike_steps: np.ndarray
    spike_units: np.ndarray
    traces: dict[str, np.ndarray]
    state: PopulationState
    time_step_ms: float

    @property
    def spike_times_ms(self) -> np.ndarray:
        """The time of every spike: the start of its step."""
        return self.spike_steps * self.time_step_ms


def simulate(
    population: Population,
    steps: int,
    *,
    state: Any = None,
    seed: int | None = None,
    dtype: Literal["float32", "float64"] = "float32",
    traces: Mapping[str, Sequence[int]] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Simulation:
    r"""Simulate a population on one core, in a loop that Numba compiles from the neuron's step.

    Each step: the neurons' `step` with what arrived, spikes where the output is not zero, and
    their delivery, for the next step at the earliest. So a refractory neuron loses what arrives
    while its membrane is held, and a spike without delay acts one step after it was given: the
    order of Brian2. Only units that gave an output cost more than their update. The neurons
    themselves are noiseless.

    A neuron is compiled once per process and number of units, however its constants are set; that
    takes a few seconds. Spikes are counted and counts weighted where connections share a weight,
    so that sums do not depend on the order of arrival.

    Args:
        population: what is simulated.
        steps: how many.
        state: where it starts: a state of the neuron (all of whose variables may be set, with
            nothing on its way), or the last state of another simulation; at rest by default.
        seed: draws the Poisson input; needed where there is one.
        dtype: precision of all states and sums.
        traces: state variable to the units of which it is kept; a name may be left incomplete at
            its front (`"v"` for `"neuron.v"`).
        on_progress: is told the number of steps done, about every thousand.

    Raises:
        ImportError: Numba is not installed; the extra that brings it is named.
        ValueError: no seed for a Poisson input, an unknown state variable (the nearest is named),
            a unit that does not exist, an unknown precision, or a state of another shape.
        NotImplementedError: a neuron whose step is not elementwise arithmetic.

    Example:
        >>> import jax
        >>> from ranvier.neurons import LIF
        >>> from ranvier.synapses import Sparse
        >>> inhibition = Sparse.random(
        ...     100, 100, probability=0.1, key=jax.random.key(0), weight=-0.5
        ... )
        >>> population = Population(
        ...     LIF(100),
        ...     [Projection("dendrite", inhibition)],
        ...     [PoissonInput("dendrite", rate_Hz=200.0, count=10)],
        ... )
        >>> record = simulate(population, 1000, seed=0, traces={"v": [0, 7]})
        >>> record.traces["v"].shape
        (1000, 2)
    """
    if dtype not in ("float32", "float64"):
        known = nearest(dtype, ("float32", "float64"))
        raise ValueError(f"simulate: dtype is {dtype!r}. {known}")
    if steps < 0:
        raise ValueError(f"simulate: steps is {steps}, expected 0 or more.")
    if population.inputs and seed is None:
        raise ValueError("simulate: the population has Poisson input; give a seed to draw it.")
    units = population.traced(dtype)
    state = _start(population, state, dtype)
    stride = row_length(population.units)
    memory = _memory(units, state.neuron)
    arriving = np.zeros((*state.arriving.shape[:2], stride), state.arriving.dtype)
    arriving[..., : population.units] = state.arriving
    projections = tuple(_projection(population, p, dtype) for p in population.projections)
    inputs = tuple(_input(population, given) for given in population.inputs)
    places = {
        name: [_row(units, name) * stride + _unit(population, k) for k in chosen]
        for name, chosen in (traces or {}).items()
    }
    kept = np.empty((steps, sum(map(len, places.values()))), dtype)
    advance, deliver, draw = _compiled_loop()
    streams = np.random.SeedSequence(seed).generate_state(max(len(inputs), 1), np.uint64)
    room_for_outputs = scratch(population.units, "bool" if units.spiking else dtype)
    room, done, spikes = max(_ROOM, 4 * population.units), 0, []
    while done < steps:
        found = np.empty(room, np.int32), np.empty(room, np.int32)
        stop = min(done + _CHUNK, steps)
        reached, count = advance(
            compiled(units.source),
            deliver,
            draw,
            memory.reshape(-1),
            arriving.reshape(len(arriving), -1),
            units.scalars,
            *room_for_outputs,
            (population.units, units.output * stride),
            done,
            stop,
            # A compiled loop cannot go over an empty tuple.
            projections or (_nothing_sent(dtype),),
            inputs or (_NOTHING_DRAWN,),
            streams,
            *found,
            np.array([place for chosen in places.values() for place in chosen], np.int64),
            kept[done:stop],
        )
        spikes.append(tuple(side[:count].copy() for side in found))
        done = reached
        if on_progress is not None:
            on_progress(done)
    columns = np.split(kept, np.cumsum([len(p) for p in places.values()])[:-1], axis=1)
    return Simulation(
        np.concatenate([np.empty(0, np.int32), *(s for s, _ in spikes)]),
        np.concatenate([np.empty(0, np.int32), *(u for _, u in spikes)]),
        dict(zip(places, columns, strict=False)),
        _last(units, memory, np.roll(arriving, -(steps % len(arriving)), axis=0)),
        population.step_ms,
    )


@functools.cache
def _compiled_loop() -> tuple[Any, Any, Any]:
    """The loop over time and its parts; one per process."""
    return jitted(_loop.advance), jitted(_loop.deliver), jitted(_loop.draw)


def _start(population: Population, state: Any, dtype: str) -> PopulationState:
    """The state to start from, checked."""
    if state is None:
        return population.init(dtype)
    empty = population.nothing_arriving(dtype)
    given = state if isinstance(state, PopulationState) else PopulationState(state, empty)
    wanted = PopulationState(population.traced(dtype).kept, empty)
    found = [np.shape(leaf) for leaf in jax.tree.leaves(given)]
    shapes = [leaf.shape for leaf in jax.tree.leaves(wanted)]
    if jax.tree.structure(given) != jax.tree.structure(wanted) or found != shapes:
        raise ValueError(
            f"simulate: the state is {jax.tree.structure(given)} of shapes {found}, expected that "
            f"of `population.init()`, of shapes {shapes}; change its values with `_replace`."
        )
    return given


def _memory(units: Units, state: Any) -> np.ndarray:
    """The rows of the state, then those of the constants."""
    rows = [*jax.tree.leaves(state), *units.constants]
    length = row_length(units.constants.shape[1])
    memory = np.zeros((len(rows), length), units.scalars.dtype)
    for row, values in zip(memory, rows, strict=True):
        row[: len(values)] = values
    return memory


def _last(units: Units, memory: np.ndarray, arriving: np.ndarray) -> PopulationState:
    """The state that the rows hold."""
    leaves = [
        row[: leaf.size].astype(leaf.dtype)
        for row, leaf in zip(memory, jax.tree.leaves(units.kept), strict=False)
    ]
    count = units.constants.shape[1]
    neuron = jax.tree.unflatten(jax.tree.structure(units.kept), leaves)
    return PopulationState(neuron, arriving[..., :count].copy())


def _row(units: Units, name: str) -> int:
    """The row of a state variable."""
    ends = [
        row
        for row, variable in enumerate(units.variables)
        if variable == name or variable.endswith(f".{name}")
    ]
    if len(ends) != 1:
        raise ValueError(
            f"simulate: {len(ends)} state variables are called {name!r}. "
            f"{nearest(name, units.variables)}"
        )
    return ends[0]


def _unit(population: Population, unit: int) -> int:
    """A unit that exists."""
    if not 0 <= unit < population.units:
        raise ValueError(
            f"simulate: cannot trace unit {unit}, expected 0 to {population.units - 1}."
        )
    return unit


def _projection(population: Population, projection: Projection, dtype: str) -> tuple[Any, ...]:
    """A projection as the loop takes it."""
    synapse = projection.connections
    first, last = population.range(projection.pre)
    own = np.ndim(synapse.weight) > 0
    return (
        first,
        last,
        # Places without a sign, so that the loop need not ask whether to count from the end.
        np.uint64(_place(population, projection)),
        np.searchsorted(np.asarray(synapse.pre), np.arange(last - first + 1)).astype(np.uint64),
        # Short, since a spike costs little more than to read whom it reaches.
        np.asarray(synapse.post).astype(np.uint16 if population.units <= 65536 else np.uint32),
        np.array(synapse.weight if own else [], dtype),
        projection.delay_steps,
    )


def _nothing_sent(dtype: str) -> tuple[Any, ...]:
    """A projection from no unit."""
    none = np.empty(0, np.uint64)
    return (
        *(0, 0, np.uint64(0), none, none.astype(np.uint16)),
        *(np.empty(0, dtype), np.zeros(1, np.int64)),
    )


def _input(population: Population, given: PoissonInput) -> tuple[Any, ...]:
    """A Poisson input as the loop takes it."""
    cumulated = given.cumulated(population.step_ms)
    guide = np.searchsorted(cumulated, np.arange(256) / 256, side="right")
    first, last = population.range(given.post)
    return (_place(population, given), last - first, cumulated, guide)


_NOTHING_DRAWN = (0, 0, np.ones(1), np.zeros(1, np.int64))


def _place(population: Population, part: Projection | PoissonInput) -> int:
    """Where, in a slot, the units begin that something reaches."""
    weight = part.weight if isinstance(part, PoissonInput) else common_weight(part.connections)
    channel = population.channels.index((part.port, float(weight)))
    return channel * row_length(population.units) + population.range(part.post)[0]
