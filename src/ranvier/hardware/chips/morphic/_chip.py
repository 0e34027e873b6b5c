"""MorphIC as its user sees it: cores in, events in, spikes out."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ranvier.core import positive
from ranvier.hardware.chips._generators import tables
from ranvier.hardware.chips.morphic import _compiled, _machine
from ranvier.hardware.chips.morphic._border import event_codes, routes_of
from ranvier.hardware.chips.morphic._registers import (
    CHIPS,
    CORES,
    LINES,
    NEURONS,
    Configuration,
    Route,
)
from ranvier.hardware.chips.morphic._rows import GENERATOR
from ranvier.hardware.chips.morphic._state import Counts, Output, State
from ranvier.hardware.chips.odin import LIFNeuron, _runs
from ranvier.hardware.chips.odin._border import by_index, padded
from ranvier.hardware.chips.odin._compiled import worth_it
from ranvier.hardware.chips.odin._trace import trace

_UNUSED = LIFNeuron(thr=255, neur_disable=1)
_PARAMETERS = [field.name for field in dataclasses.fields(LIFNeuron)]
_SIGNALS: dict[str, Callable[[State], np.ndarray]] = {
    "core": lambda state: state.neurons[..., 0],
    "calcium": lambda state: state.neurons[..., 1],
    "caleak_cnt": lambda state: state.neurons[..., 2],
    "up": lambda state: state.flags & 1,
    "down": lambda state: state.flags >> 1,
    "synapses": lambda state: state.synapses,
    "random": lambda state: state.random,
}


@dataclasses.dataclass(frozen=True)
class Core:
    """What a core of MorphIC is programmed with.

    Args:
        neurons: `odin.LIFNeuron` by index, or a list from 0 on, at most 512; what is not given is
            switched off.
        synapses: `[line, neuron]`, at most 1024 and 512, of 0 and 1; lines 0 to 511 are the core's
            own neurons, lines 512 to 1023 its external lines. The rest is 0.
        configuration: registers; their defaults if not given.
        routes: `Route` by neuron; what is not given sends no packet.

    Example:
        >>> from ranvier.hardware.chips import morphic
        >>> core = Core([morphic.LIFNeuron(thr=2)], routes={0: Route(cores=0b10, line=5)})
    """

    neurons: Mapping[int, LIFNeuron] | Sequence[LIFNeuron]
    synapses: Any = None
    configuration: Configuration | None = None
    routes: Mapping[int, Route] | Sequence[Route] = ()


class Program(NamedTuple):
    """What cores are programmed with, as the machine reads it."""

    parameters: np.ndarray  # [cores, 512, 10]
    signs: np.ndarray  # [cores, 1024]
    plastic: np.ndarray  # [cores, 1024]
    learning: np.ndarray  # [cores, 3]: P up, P down, mask of N bits
    routes: np.ndarray  # [cores, 512, 3]: cores, chips, line
    closed_loop: np.ndarray  # [cores]
    used: np.ndarray  # [cores]: one more than the last neuron in use
    tables: np.ndarray  # of the generator


class MorphIC:
    """The chip MorphIC from its published behaviour: four cores, binary synapses that learn.

    A line event reads a row of binary synapses and updates all 512 neurons of its core, which are
    the LIF neurons of ODIN; the row learns by stochastic SDSP from the flags that neurons left at
    their last update. A spike goes to the line of its neuron in its own core, and as packets to
    external lines of other cores and chips.

    Published: four cores and 2k LIF neurons, more than two million plastic binary synapses,
    stochastic SDSP, a hierarchical routing fabric. No sources and no register map are public, so
    this is no bit-exact model of the silicon. Assumed:

    - 512 neurons and 1024 lines per core, of which 512 are external (2.86 mm2 at 738k synapses
      per mm2 are about 1031 synapses per neuron);
    - neuron, calcium, flags, signs per line, time references and virtual events of ODIN;
    - learning that can be switched off per line; 16 bits per synapse from one generator per core,
      that of ReckOn, which moves where one of 32 neurons has a flag; transition if `r < P`;
    - a route of two masks and one line per neuron; packets that arrive after the round in which
      their neuron fired; cores that serve one event each per round; no loss but in full queues;
    - queues of 32, in which what is served keeps its place, as in ODIN;
    - an input that comes when all before it has come to rest.

    Args:
        cores: `Core`, at most four; what is not given is empty. `joined` takes several chips.
        queue: places in the queue of every core.
        compiled: whether Numba compiles the machine, which takes ten seconds or more once on a
            computer; `None` is where it is installed and many events have come. The bits are the
            same.

    Raises:
        ValueError: a core, neuron, line or chip that does not exist, or a synapse other than 0
            and 1.
        TypeError: something else in place of a core, a neuron or a route.

    Source: Frenkel, Legat, Bol, IEEE TBioCAS 13 (2019), abstract; Frenkel, Lefebvre, Legat, Bol,
    IEEE TBioCAS 13 (2019) for what is that of ODIN.

    Example:
        >>> from ranvier.hardware.chips import morphic
        >>> first = morphic.Core([morphic.LIFNeuron(thr=1)], routes={0: morphic.Route(2, line=5)})
        >>> second = morphic.Core([morphic.LIFNeuron(thr=2)], [[0]] * (512 + 5) + [[1]])
        >>> chip = morphic.MorphIC([first, second])
        >>> state, output = chip.run(chip.init(), [morphic.virtual(0, 1)] * 2)
        >>> output.events.value.tolist(), output.events.cause.tolist()  # 512 is core 1, neuron 0
        ([0, 0, 512], [0, 1, 1])
        >>> output.counts.packets_between_cores
        2
    """

    def __init__(
        self, cores: Sequence[Core], *, queue: int = 32, compiled: bool | None = None
    ) -> None:
        self._load([cores], queue, compiled)

    @classmethod
    def joined(
        cls, chips: Sequence[Sequence[Core]], *, queue: int = 32, compiled: bool | None = None
    ) -> "MorphIC":
        """Several chips whose neurons can send packets to each other.

        Args:
            chips: the cores of each, at most 16 chips.
            queue: as in `MorphIC`.
            compiled: as in `MorphIC`.

        Raises:
            ValueError: as `MorphIC`, or too many chips.

        Example:
            >>> from ranvier.hardware.chips import morphic
            >>> route = morphic.Route(cores=0b1, chips=0b10, line=0)
            >>> sender = morphic.Core([morphic.LIFNeuron(thr=1)], routes=[route])
            >>> pair = morphic.MorphIC.joined([[sender], [morphic.Core([])]])
            >>> _, output = pair.run(pair.init(), [morphic.virtual(0, 1)])
            >>> output.counts.packets_between_chips
            1
        """
        chip = cls.__new__(cls)
        chip._load(chips, queue, compiled)
        return chip

    def _load(self, chips: Sequence[Sequence[Core]], queue: int, compiled: bool | None) -> None:
        positive("MorphIC", queue=queue)
        if not 1 <= len(chips) <= CHIPS:
            raise ValueError(f"MorphIC: there are {len(chips)} chips, expected 1 to {CHIPS}.")
        for number, cores in enumerate(chips):
            if len(cores) > CORES:
                raise ValueError(
                    f"MorphIC: chip {number} is given {len(cores)} cores, expected at most {CORES}."
                )
        self._chips, self._queue, self.compiled = len(chips), queue, compiled
        count = len(chips) * CORES
        self._synapses = np.zeros((count, LINES, NEURONS), np.uint8)
        self._seeds = np.full(count, Configuration().seed, np.int64)
        program = Program(
            np.zeros((count, NEURONS, len(_PARAMETERS)), np.int64),
            np.zeros((count, LINES), np.int64),
            np.zeros((count, LINES), np.bool_),
            np.zeros((count, 3), np.int64),
            np.zeros((count, NEURONS, 3), np.int64),
            np.ones(count, np.bool_),
            np.zeros(count, np.int64),
            tables(GENERATOR),
        )
        program.parameters[:] = [getattr(_UNUSED, name) for name in _PARAMETERS]
        for number, cores in enumerate(chips):
            for place, core in enumerate(cores):
                self._program_core(program, number * CORES + place, core)
        self._program = program

    def _program_core(self, program: Program, at: int, core: Core) -> None:
        owner = f"MorphIC, chip {at // CORES}, core {at % CORES}"
        if not isinstance(core, Core):
            raise TypeError(f"{owner} is {core!r}, expected a Core.")
        neurons = by_index(owner, "neurons", core.neurons, NEURONS, "a core")
        for index, neuron in neurons.items():
            if not isinstance(neuron, LIFNeuron):
                raise TypeError(f"{owner}: neuron {index} is {neuron!r}, expected a LIFNeuron.")
            program.parameters[at, index] = [getattr(neuron, name) for name in _PARAMETERS]
        self._synapses[at] = padded(owner, core.synapses, 0, 1, "a weight", (LINES, NEURONS))
        reached = np.flatnonzero(self._synapses[at].any(0))
        program.used[at] = 1 + max([-1, *neurons, *reached[-1:]])
        program.routes[at] = routes_of(owner, core.routes, self._chips)
        c = Configuration() if core.configuration is None else core.configuration
        program.signs[at] = [c.sign(line) for line in range(LINES)]
        program.plastic[at] = [c.sdsp_en and c.plastic(line) for line in range(LINES)]
        program.learning[at] = c.sdsp_p_up, c.sdsp_p_down, (1 << c.sdsp_n) - 1
        program.closed_loop[at] = not c.open_loop
        self._seeds[at] = c.seed

    def init(self) -> State:
        """The state after the memories are loaded: flags down, nothing in the queues."""
        count = self._chips * CORES
        return State(
            np.zeros((count, NEURONS, 3), np.int64),
            self._synapses.copy(),
            np.zeros((count, NEURONS), np.uint8),
            np.zeros((count, self._queue), np.int64),
            np.zeros(count, np.int64),
            self._seeds.copy(),
            np.zeros(len(Counts._fields), np.int64),
        )

    def run(self, state: State, events: Any, *, limit: int = 100_000) -> tuple[State, Output]:
        """Input events in, the next state and spikes out; `state` stays as it is.

        Args:
            state: as `init` or an earlier run gives it, of this chip or of one with other
                registers.
            events: `[n]`, as `spike`, `line`, `virtual` and `time_reference` give them.
            limit: rounds after an input before the network is said not to come to rest.

        Raises:
            ValueError: an event that names a chip that does not exist, or that is none.
            RuntimeError: the network does not come to rest.
        """
        codes = event_codes(events, self._chips)
        positive("MorphIC.run", limit=limit)
        worth = worth_it(len(codes)) if self.compiled is None else self.compiled
        serve = _compiled.compiled() if worth else _machine.serve
        after = State(*(array.copy() for array in state))
        _, work = _runs.finished(
            "MorphIC",
            lambda room: serve(self._program, after, codes, limit, room),
            _machine.workplace(len(after.waiting)),
            limit,
            "Set `open_loop`, weaken its loops, or raise `limit`.",
        )
        counts = Counts(*(int(n) for n in after.counts - state.counts))
        spikes, dropped = _runs.logs(work)
        return after, Output(spikes, dropped, counts)

    def trace(
        self, state: State, events: Any, signals: Sequence[str]
    ) -> tuple[State, dict[str, np.ndarray]]:
        """Internal signals after every event, each event served to the end.

        Args:
            state: as `init` or an earlier run gives it.
            events: as in `run`.
            signals: `core` (the membrane), `calcium`, `caleak_cnt`, `up`, `down`, `synapses`,
                `random`; `cause`, the index of the event.

        Returns:
            The next state, and by signal `[n, cores, 512]`, `[n, cores, 1024, 512]` for synapses,
            `[n, cores]` for random.

        Raises:
            ValueError: a signal that there is not.

        Example:
            >>> from ranvier.hardware.chips import morphic
            >>> chip = morphic.MorphIC([morphic.Core([morphic.LIFNeuron(thr=9)])])
            >>> _, seen = chip.trace(chip.init(), [morphic.virtual(0, 5)] * 2, ["core"])
            >>> seen["core"][:, 0, 0].tolist()
            [5, 0]
        """

        def steps() -> Iterator[tuple[State, int]]:
            now = state
            for number, code in enumerate(event_codes(events, self._chips)):
                now, _ = self.run(now, [code])
                yield now, number

        return trace("MorphIC", _SIGNALS, signals, steps(), state)
