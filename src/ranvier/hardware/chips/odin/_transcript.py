"""Transcripts: the frames that program a chip and the events that follow, and the way back."""

from typing import Any, NamedTuple

import numpy as np

from ranvier.hardware.chips.odin import _spi, _words
from ranvier.hardware.chips.odin._border import addresses, arrival_cycles
from ranvier.hardware.chips.odin._chip import ODIN
from ranvier.hardware.chips.odin._configuration import Configuration
from ranvier.hardware.chips.odin._events import NEURONS
from ranvier.hardware.chips.odin._spi import Frame
from ranvier.hardware.chips.odin._state import State

GATE, OPEN_LOOP = 0, 1
SYNAPSE_WORDS, SYNAPSE_BYTES = NEURONS * NEURONS // 8, 4


class Transcript(NamedTuple):
    """What a test bench sends to a chip.

    Attributes:
        frames: over the programming interface, in order.
        events: on the input bus after them, addresses of 17 bits, `[n]`.
        arrivals: clock cycles of these events, `[n]`; `None` where each comes when all before it
            has come to rest.

    Example:
        See `transcript`.
    """

    frames: tuple[Frame, ...]
    events: np.ndarray
    arrivals: np.ndarray | None


def transcript(
    chip: ODIN, state: State | None = None, events: Any = (), *, arrivals: Any = None
) -> Transcript:
    """All that a test bench sends to make a chip this one, and to stimulate it.

    First the network is stopped and its loop opened, as a write to the neuron memory also
    evaluates the neuron; then come all other registers, the neuron memory, 16 bytes per neuron,
    and the synapse memory, 4 bytes per word; then the loop is as configured, and the network runs.

    The learning flags of neurons are no memory: in hardware they are what the last write to each
    neuron left, here they are down.

    Args:
        chip: that is programmed.
        state: whose memories are written, such as after learning; `None` is those that the chip
            started with.
        events: as `ODIN.run` takes them.
        arrivals: as `ODIN.run` takes them.

    Raises:
        ValueError: spikes wait in the queue of the state, which no frame can write; events or
            arrivals that `ODIN.run` refuses.

    Source: documentation of ODIN.

    Example:
        >>> from ranvier.hardware.chips import odin
        >>> chip = odin.ODIN([odin.LIFNeuron(thr=9)], [[8 + 5]])
        >>> sent = odin.transcript(chip, events=[odin.spike(0)])
        >>> len(sent.frames), sent.frames[0].told, sent.frames[-1].told
        (36892, 'gate_activity = 1', 'gate_activity = 0')
        >>> again = odin.program_from(sent)
        >>> again.memory(again.init())[1][0, 0]
        np.uint8(13)
    """
    held = chip.init() if state is None else state
    if held.waiting.any():
        raise ValueError(
            f"transcript: {int(held.waiting.sum())} spikes wait in the state, expected none: the "
            "queue cannot be programmed. Run the chip with finish=True before."
        )
    codes = addresses("transcript", events, 17)
    when = None if arrivals is None else arrival_cycles("transcript", arrivals, codes)
    words, synapses = chip.memory(held)
    given = chip.configuration
    frames = [Frame.of_register(GATE, 1), Frame.of_register(OPEN_LOOP, 1)]
    for place, (name, bits, shift) in enumerate(_spi.REGISTERS):
        if place > OPEN_LOOP:
            value = int(getattr(given, name)) >> shift & ((1 << bits) - 1)
            frames.append(Frame.of_register(place, value))
    frames += [
        Frame.of_neuron(neuron, byte, value)
        for neuron, word in enumerate(words.tolist())
        for byte, value in enumerate(word)
    ]
    frames += [
        Frame.of_synapses(word, byte, value)
        for word, row in enumerate(synapse_bytes(synapses).tolist())
        for byte, value in enumerate(row)
    ]
    frames += [Frame.of_register(OPEN_LOOP, int(given.open_loop)), Frame.of_register(GATE, 0)]
    return Transcript(tuple(frames), codes, when)


def synapse_bytes(synapses: np.ndarray) -> np.ndarray:
    """The synapse memory, `[8192, 4]` bytes: the lower half of a byte is the even neuron's."""
    pairs = synapses.astype(np.uint8).reshape(SYNAPSE_WORDS, SYNAPSE_BYTES, 2)
    return pairs[..., 0] | pairs[..., 1] << 4


def synapses_of(memory: np.ndarray) -> np.ndarray:
    """Synapses `[256, 256]` from the bytes of their memory."""
    pairs = np.stack([memory & 15, memory >> 4], axis=-1)
    return pairs.reshape(NEURONS, NEURONS)


class _Receiver:
    """The side of the chip: registers and memories, and which of their bits were ever written."""

    def __init__(self) -> None:
        self.registers: dict[int, int] = {}
        self.memories = {
            _spi.NEURONS: np.zeros((NEURONS, _words.WORD_BYTES), np.uint8),
            _spi.SYNAPSES: np.zeros((SYNAPSE_WORDS, SYNAPSE_BYTES), np.uint8),
        }
        self.written = {kind: np.zeros_like(memory) for kind, memory in self.memories.items()}

    def take(self, number: int, frame: Frame) -> None:
        address, data = frame
        if not (0 <= address < 1 << _spi.HALF_BITS and 0 <= data < 1 << _spi.HALF_BITS):
            raise ValueError(f"frame {number} is {frame}, expected 20 bits of address and of data.")
        reads, writes = address & _spi.READ, address & _spi.WRITE
        if bool(reads) == bool(writes):
            raise ValueError(
                f"frame {number} ({frame.hex}) is to {'read and write' if reads else 'do nothing'},"
                " expected one of the two upper bits of its address to be 1."
            )
        if frame.command not in (_spi.CONFIGURATION, *self.memories):
            raise ValueError(
                f"frame {number} ({frame.hex}) has command {frame.command}, expected 0 (a "
                "register), 1 (neurons) or 2 (synapses)."
            )
        if reads:
            return
        if frame.command == _spi.CONFIGURATION:
            self._configure(number, frame)
        else:
            self._store(number, frame)

    def _configure(self, number: int, frame: Frame) -> None:
        if frame.place >= len(_spi.REGISTERS):
            raise ValueError(
                f"frame {number} ({frame.hex}) writes register {frame.place}, expected 0 to "
                f"{len(_spi.REGISTERS) - 1}."
            )
        held = _spi.REGISTERS[frame.place]
        if frame.data >> held.bits:
            raise ValueError(
                f"frame {number} ({frame.hex}) writes {frame.data:#x} to {held.name}, which takes "
                f"{held.bits} bit{'s' if held.bits > 1 else ''} there."
            )
        self.registers[frame.place] = frame.data

    def _store(self, number: int, frame: Frame) -> None:
        wanted = (GATE, OPEN_LOOP) if frame.command == _spi.NEURONS else (GATE,)
        for place in wanted:
            if self.registers.get(place) != 1:
                raise ValueError(
                    f"frame {number} ({frame.hex}, {frame.told}) comes while "
                    f"{_spi.REGISTERS[place].name} is {self.registers.get(place, 'not set')}, "
                    "expected 1: stop the network, and open its loop before neurons are written."
                )
        if frame.command == _spi.NEURONS:
            at = frame.place & 255, frame.place >> 8 & 15
        else:
            at = frame.place & 0x1FFF, frame.place >> 13 & 3
        changed = ~(frame.data >> 8) & 255
        memory, written = self.memories[frame.command], self.written[frame.command]
        memory[at] = memory[at] & (255 ^ changed) | frame.data & changed
        written[at] |= changed

    def checked(self) -> Configuration:
        """The configuration, where everything has a value and the network runs."""
        for kind, what in ((_spi.NEURONS, "neuron"), (_spi.SYNAPSES, "synapse word")):
            missing = np.argwhere(self.written[kind] != 255)
            if len(missing):
                word, byte = missing[0]
                raise ValueError(
                    f"program_from: byte {byte} of {what} {word} is never written as a whole, "
                    f"expected every byte: memories have no value before. {len(missing)} are not."
                )
        values: dict[str, int] = {}
        for place, (name, _, shift) in enumerate(_spi.REGISTERS):
            if place not in self.registers:
                raise ValueError(
                    f"program_from: register {place} ({name}) is never written, expected every "
                    "register: they have no value before."
                )
            values[name] = values.get(name, 0) | self.registers[place] << shift
        if values["gate_activity"]:
            raise ValueError(
                "program_from: gate_activity is 1 after the last frame, expected 0: the network "
                "is still stopped. Write 0 to register 0 at the end."
            )
        return Configuration(**values)


def program_from(sent: Transcript, *, compiled: bool | None = None) -> ODIN:
    """The chip that the frames of a transcript program, as the chip reads them.

    Bits that a mask protects stay; frames that read change nothing.

    Args:
        sent: by `transcript` or `read_transcript`.
        compiled: as in `ODIN`.

    Raises:
        ValueError: a frame that the chip has nothing for, memories written while the network runs
            or its loop is closed, or something that is never written.

    Source: documentation of ODIN.

    Example:
        See `transcript`.
    """
    receiver = _Receiver()
    for number, frame in enumerate(sent.frames):
        receiver.take(number, Frame(*frame))
    configuration = receiver.checked()
    synapses = synapses_of(receiver.memories[_spi.SYNAPSES])
    words = receiver.memories[_spi.NEURONS]
    return ODIN.from_memory(words, synapses, configuration, compiled=compiled)
