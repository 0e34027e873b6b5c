"""TinyODIN as its user sees it: memories in, events in, events out."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ranvier.hardware.chips._registers import pack
from ranvier.hardware.chips.odin import _compiled, _runs, _work
from ranvier.hardware.chips.odin._border import by_index, padded
from ranvier.hardware.chips.odin._events import NEURONS
from ranvier.hardware.chips.odin._state import Output, State, fresh
from ranvier.hardware.chips.odin._trace import SCHEDULER, Signal, trace
from ranvier.hardware.chips.tiny_odin import _parts
from ranvier.hardware.chips.tiny_odin._registers import Configuration, LIFNeuron

_QUEUE = 128
_UNUSED = LIFNeuron(thr=4095, neur_disable=1)


class Program(NamedTuple):
    """What a chip is programmed with, as the machine reads it."""

    threshold: np.ndarray
    leak: np.ndarray
    enabled: np.ndarray
    reached: int
    closed_loop: bool
    output_at_spike: bool
    burst_timeref: int
    monitored_neuron: int


class TinyODIN:
    """The chip tinyODIN: 256 neurons, 64k signed weights, no learning.

    As `ODIN`, with one neuron model of 12 bits, a queue of 128, and events that reach neurons up
    to `max_neur`. Written from the open sources and their documentation; there are no traces of
    the hardware to check it against.

    Args:
        neurons: `LIFNeuron` by index, or a list from 0 on; what is not given is switched off.
        synapses: `[presynaptic, postsynaptic]`, at most 256 each: weights of -8 to 7; the rest
            is 0.
        configuration: registers.
        compiled: as in `ODIN`.

    Raises:
        ValueError: a neuron or a synapse that the chip does not have.
        TypeError: something else in place of a neuron.

    Source: sources and documentation of tinyODIN, after Frenkel, Lefebvre, Legat, Bol, IEEE
    TBioCAS 13 (2019).

    Example:
        >>> from ranvier.hardware.chips import tiny_odin
        >>> neurons = [tiny_odin.LIFNeuron(thr=9), tiny_odin.LIFNeuron(thr=9)]
        >>> chip = tiny_odin.TinyODIN(neurons, [[0, 5], [-8, 0]])
        >>> state, output = chip.run(chip.init(), [tiny_odin.spike(0)] * 2)
        >>> output.events.value.tolist(), chip.memory(state)[0][0] & 0xFFF  # -8 in 12 bits
        ([1], np.uint32(4088))
    """

    def __init__(
        self,
        neurons: Mapping[int, LIFNeuron] | Sequence[LIFNeuron],
        synapses: Any = None,
        configuration: Configuration | None = None,
        *,
        compiled: bool | None = None,
    ) -> None:
        c = self.configuration = Configuration() if configuration is None else configuration
        given = by_index("TinyODIN", "neurons", neurons)
        for index, neuron in given.items():
            if not isinstance(neuron, LIFNeuron):
                raise TypeError(f"TinyODIN: neuron {index} is {neuron!r}, expected a LIFNeuron.")
        held = [given.get(index, _UNUSED) for index in range(NEURONS)]
        weights = padded("TinyODIN", synapses, -8, 7, "a weight")
        self._init = fresh(np.array([[n.core] for n in held]), weights.view(np.uint8) & 15, _QUEUE)
        self._neurons = held
        self._program = Program(
            np.array([n.thr for n in held]),
            np.array([n.leak_str for n in held]),
            np.array([1 - n.neur_disable for n in held]),
            c.max_neur + 1,
            not c.open_loop,
            not c.aer_src_ctrl_nneur,
            0,
            -1,
        )
        self.compiled = compiled

    def _machine(self, events: int) -> Callable[..., int]:
        worth = _compiled.worth_it(events) if self.compiled is None else self.compiled
        return _made(worth)

    def init(self) -> State:
        """The state after the memories are loaded; nothing is in the queue."""
        return State(*(array.copy() for array in self._init))

    def run(
        self,
        state: State,
        events: Any,
        *,
        arrivals: Any = None,
        finish: bool = True,
        limit: int = 100_000,
    ) -> tuple[State, Output]:
        """Input events in, the next state and output events out, as `ODIN.run`.

        Args:
            state: as `init` or an earlier run gives it.
            events: `[n]`, addresses of 10 bits.
            arrivals: as in `ODIN.run`.
            finish: as in `ODIN.run`.
            limit: as in `ODIN.run`.

        Raises:
            ValueError: an address beyond 10 bits; arrivals of another length, or that fall.
            RuntimeError: the network does not come to rest.
        """
        return _runs.run(
            "TinyODIN", self._machine, self._program, state, events, 10, arrivals, finish, limit
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
        """Internal signals after every event, or after everything that is served, as `ODIN.trace`.

        Args:
            state: as `init` or an earlier run gives it.
            events: as in `run`.
            signals: `core`, and `queue`, `waiting`, `cycle` and `cause` as in `ODIN.trace`.
            arrivals: as in `run`, with `each="step"`.
            each: "event" or "step".
            limit: as in `run`.

        Raises:
            ValueError: a signal or an `each` that there is not, or what `run` refuses.
            RuntimeError: the network does not come to rest.

        Example:
            >>> from ranvier.hardware.chips import tiny_odin
            >>> chip = tiny_odin.TinyODIN([tiny_odin.LIFNeuron(thr=9)], [[5]])
            >>> events = [tiny_odin.spike(0)] * 2
            >>> _, seen = chip.trace(chip.init(), events, ["core", "cause"], each="step")
            >>> seen["core"][:, 0].tolist(), seen["cause"].tolist()
            ([0, 5, 5, 0, 5], [0, 0, 1, 1, 1])
        """
        known: dict[str, Signal] = {"core": lambda now: now.neurons[:, 0], **SCHEDULER}
        steps = _runs.steps(
            "TinyODIN", self._machine, self._program, state, events, 10, arrivals, limit
        )
        return trace("TinyODIN", known, signals, steps, state, each, arrivals)

    def memory(self, state: State) -> tuple[np.ndarray, np.ndarray]:
        """The neuron memory, `[256]` words of 32 bits, and the weights, `[256, 256]`.

        Args:
            state: as `init` or a run gives it.
        """
        programmed = np.array([pack(neuron) & ~0xFFF for neuron in self._neurons])
        words = (programmed | state.neurons[:, 0] & 0xFFF).astype(np.uint32)
        return words, (state.synapses.astype(np.int8) ^ 8) - 8


# Parts see those that stand before them.
_PARTS: dict[str, Callable[..., Any]] = {
    "note": _work.note,
    "membrane_after": _parts.membrane_after,
    "update": _parts.update,
    "take_entry": _parts.take_entry,
    "drifts": _parts.drifts,
    "take_input": _parts.take_input,
    "monitor": _parts.monitor,
}


@cache
def _made(compiled: bool) -> Callable[..., int]:
    here = Path(__file__).parent
    finish = _compiled.by_numba("TinyODIN", here) if compiled else lambda function: function
    return _compiled.bound(_PARTS, finish)
