"""ODIN as its user sees it: memories in, events in, events out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ranvier.hardware.chips.odin import _compiled, _machine, _runs, _synapse, _words
from ranvier.hardware.chips.odin._border import by_index, padded, word
from ranvier.hardware.chips.odin._configuration import Configuration
from ranvier.hardware.chips.odin._events import NEURONS
from ranvier.hardware.chips.odin._lif_registers import LIFNeuron
from ranvier.hardware.chips.odin._state import QUEUE, SLOTS, Output, State, fresh
from ranvier.hardware.chips.odin._trace import SCHEDULER, Signal, trace

_UNUSED = LIFNeuron(thr=255, neur_disable=1)


class Program(NamedTuple):
    """What a chip is programmed with, as the machine reads it."""

    is_lif: np.ndarray
    parameters: np.ndarray
    inhibits: np.ndarray
    learning: np.ndarray
    drift: np.ndarray
    weights: np.ndarray
    closed_loop: bool
    output_at_spike: bool
    single_events_teach: bool
    burst_timeref: int
    monitored_neuron: int  # -1: the bus tells of spikes.
    monitored_row: int


class ODIN:
    """The chip ODIN: 256 neurons, 64k synapses that learn, one event after the other.

    A spike of neuron `a` updates all neurons `i` in order, with the weight of synapse `(a, i)` and
    the sign of `a`; synapses learn from the flags that neurons left at their own last update. The
    state is that of the hardware after every event, bit by bit.

    Args:
        neurons: `LIFNeuron` or `IzhikevichNeuron` by index, or a list from 0 on; what is not
            given is switched off.
        synapses: `[presynaptic, postsynaptic]`, at most 256 each: 8 for the mapping bit, plus the
            weight, 0 to 7; the rest is 0.
        configuration: registers.
        states: `LIFState` or `IzhikevichState` by index; what is not given is zero.
        compiled: whether Numba compiles the machine, which takes ten seconds or more once on a
            computer; `None` is where it is installed and many events have come. The bits are
            the same.

    Raises:
        ValueError: a neuron or a synapse that the chip does not have.
        TypeError: something else in place of a neuron or of its state.

    Source: Frenkel, Lefebvre, Legat, Bol, IEEE TBioCAS 13 (2019); its open sources and their
    documentation.

    Example:
        >>> from ranvier.hardware.chips import odin
        >>> two = [odin.LIFNeuron(thr=9), odin.LIFNeuron(thr=9)]
        >>> chip = odin.ODIN(two, [[0, 8 + 5], [0, 0]])  # one synapse, mapped, of weight 5
        >>> state, output = chip.run(chip.init(), [odin.spike(0), odin.spike(0)])
        >>> output.events.value.tolist(), output.events.cause.tolist()
        ([1], [1])
        >>> output.counts.synaptic_operations  # two from outside, one of neuron 1
        768
    """

    def __init__(
        self,
        neurons: Mapping[int, Any] | Sequence[Any],
        synapses: Any = None,
        configuration: Configuration | None = None,
        *,
        states: Mapping[int, Any] | Sequence[Any] = (),
        compiled: bool | None = None,
    ) -> None:
        words = np.zeros((NEURONS, _words.WORD_BYTES), np.uint8)
        given, held = by_index("ODIN", "neurons", neurons), by_index("ODIN", "states", states)
        for index in range(NEURONS):
            words[index] = word(index, given.get(index, _UNUSED), held.get(index))
        self._load(words, synapses, configuration, compiled)

    @classmethod
    def from_memory(
        cls,
        neuron_words: Any,
        synapses: Any = None,
        configuration: Configuration | None = None,
        *,
        compiled: bool | None = None,
    ) -> "ODIN":
        """The chip with the memories as they are.

        Args:
            neuron_words: `[256, 16]` bytes, byte `k` has bits `8k` to `8k + 7`.
            synapses: as in `ODIN`.
            configuration: as in `ODIN`.
            compiled: as in `ODIN`.

        Raises:
            ValueError: memories of another shape.
        """
        words = np.asarray(neuron_words)
        if words.shape != (NEURONS, _words.WORD_BYTES) or words.dtype != np.uint8:
            raise ValueError(
                f"ODIN.from_memory: neuron_words are {words.dtype}{list(words.shape)}, expected "
                f"uint8[{NEURONS}, {_words.WORD_BYTES}]: 128 bits for each neuron."
            )
        chip = cls.__new__(cls)
        chip._load(words, synapses, configuration, compiled)
        return chip

    def _load(
        self,
        words: np.ndarray,
        synapses: Any,
        configuration: Configuration | None,
        compiled: bool | None,
    ) -> None:
        c = self.configuration = Configuration() if configuration is None else configuration
        self._words = words.copy()
        is_lif, parameters, self._neurons = _words.load(self._words)
        meaning = "8 for the mapping bit, plus the weight"
        self._synapses = padded("ODIN", synapses, 0, 15, meaning).astype(np.uint8)
        self._program = Program(
            is_lif,
            parameters,
            np.array([c.inhibits(i) for i in range(NEURONS)], np.int64),
            _synapse.learning_table(c.update_unmapped_syn),
            _synapse.bistability_table(c.update_unmapped_syn),
            _synapse.weight_table(c.propagate_unmapped_syn),
            not c.open_loop,
            not c.aer_src_ctrl_nneur,
            bool(c.sdsp_on_syn_stim),
            int(c.burst_timeref),
            int(c.monitor_neur_addr) if c.out_aer_monitor_en else -1,
            int(c.monitor_syn_addr),
        )
        self.compiled = compiled

    def _machine(self, events: int) -> Callable[..., int]:
        worth = _compiled.worth_it(events) if self.compiled is None else self.compiled
        return _compiled.compiled() if worth else _machine.serve

    def init(self) -> State:
        """The state after the memories are loaded: flags down, nothing in the queue."""
        return fresh(self._neurons, self._synapses, QUEUE)

    def run(
        self,
        state: State,
        events: Any,
        *,
        arrivals: Any = None,
        finish: bool = True,
        limit: int = 100_000,
    ) -> tuple[State, Output]:
        """Input events in, the next state and output events out; `state` stays as it is.

        Args:
            state: as `init` or an earlier run gives it.
            events: `[n]`, addresses of 17 bits, as `spike`, `synapse`, `virtual`,
                `time_reference` and `bistability` give them.
            arrivals: `[n]`, clock cycles at which events are there, ascending; the controller
                takes an input before the queue unless that is full, and bistability when it is
                empty. `None`: an event comes when all before it has come to rest.
            finish: serve what waits after the last event; else it stays for the next run, and
                two runs give what one would.
            limit: entries of the queue that are served after an input before the network is said
                not to come to rest.

        Raises:
            ValueError: an address beyond 17 bits; arrivals of another length, or that fall.
            RuntimeError: the network does not come to rest.
        """
        return _runs.run(
            "ODIN", self._machine, self._program, state, events, 17, arrivals, finish, limit
        )

    def trace(
        self,
        state: State,
        events: Any,
        signals: Sequence[str],
        *,
        arrivals: Any = None,
        each: str = "event",
        limit: int = 100_000,
    ) -> tuple[State, dict[str, np.ndarray]]:
        """Internal signals after every event, or after everything that the controller serves.

        Args:
            state: as `init` or an earlier run gives it.
            events: as in `run`.
            signals: registers of the neurons' state (`core`, `calcium`, ...), `synapses`, `up`,
                `down`, `words`; of the scheduler `queue` (-1 where nothing waits), `waiting`,
                `waiting_in_bursts` and `cycle`; `cause`, the index of the last input.
            arrivals: as in `run`, with `each="step"`.
            each: "event", an input event and all that it led to, or "step", each input and each
                entry of the queue.
            limit: as in `run`.

        Returns:
            The next state, and by signal `[n, 256]`, `[n, 256, 256]` for synapses, `[n, 256, 16]`
            for words, `[n, 32]` for the queue, `[n]` for what is one number.

        Raises:
            ValueError: a signal or an `each` that there is not, arrivals without steps, or what
                `run` refuses.
            RuntimeError: the network does not come to rest.
        """
        known: dict[str, Signal] = {name: self._register(name) for name in _words.signals()}
        known |= {
            "synapses": lambda now: now.synapses,
            "up": lambda now: now.flags & 1,
            "down": lambda now: now.flags >> 1,
            "words": lambda now: self.memory(now)[0],
            "waiting_in_bursts": lambda now: now.waiting[:SLOTS].sum(),
            **SCHEDULER,
        }
        steps = _runs.steps(
            "ODIN", self._machine, self._program, state, events, 17, arrivals, limit
        )
        return trace("ODIN", known, signals, steps, state, each, arrivals)

    def _register(self, name: str) -> Signal:
        return lambda state: _words.signal(name, self._program.is_lif, state.neurons)

    def memory(self, state: State) -> tuple[np.ndarray, np.ndarray]:
        """The neuron memory, `[256, 16]` bytes, and the synapses, `[256, 256]`.

        Args:
            state: as `init` or a run gives it.
        """
        return _words.store(self._words, state.neurons), state.synapses.copy()
