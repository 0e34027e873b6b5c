"""What is written into the chip through its serial interface, and what the chip then is."""

import dataclasses
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips.reckon._chip import ReckOn
from ranvier.hardware.chips.reckon._loops import IDLE
from ranvier.hardware.chips.reckon._memory import OUTPUTS, State
from ranvier.hardware.chips.reckon._outcome import Outcome
from ranvier.hardware.chips.reckon._registers import ADDRESSES, Registers
from ranvier.hardware.chips.reckon._words import CHUNKS, WORDS, memories, of_memories

REGISTERS, NEURONS, MEMBRANES, W_INP, W_REC, W_OUT = range(6)
_CODES = {"neurons": NEURONS, "w_inp": W_INP, "w_rec": W_REC, "w_out": W_OUT}
# Words of memory for one input or presynaptic neuron.
_ROW = {"w_inp": 16, "w_rec": 16, "w_out": 1}
# Which generators a seed loads, the one of its lower bits first.
_LOADED = {
    "seed_inp": (0,),
    "seed_rec": (1,),
    "seed_out": (2,),
    "seed_strnd_neur": (3, 4),
    "seed_strnd_oneur": (5,),
    "seed_strnd_tinp": (6, 7),
    "seed_strnd_trec": (8, 9),
    "seed_strnd_tout": (10, 11),
    "seed_noise_neur": (12,),
}
_NAMES = {address: name for name, address in ADDRESSES.items()}
_OPENED = ADDRESSES["en_conf"]


class Write(NamedTuple):
    """One transaction of the serial interface: words that go to addresses in a row.

    Attributes:
        code: what is written: 0 registers, 1 neurons, 2 output membranes, 3, 4 and 5 input,
            recurrent and output weights.
        start: the first address, 16 bits; of a memory, its word times 4 plus the chunk of 32 bits.
        words: of 32 bits.

    Example:
        >>> write = Write(0, 69, (0x79,))
        >>> hex(write.address), Write.of(write.address, write.words) == write
        ('0x10045', True)
    """

    code: int
    start: int
    words: tuple[int, ...]

    @property
    def address(self) -> int:
        """The 32 bits that are sent first: write, code, count of words, first address."""
        return self.code << 28 | len(self.words) << 16 | self.start

    @classmethod
    def of(cls, address: int, words: Iterable[int]) -> "Write":
        """A transaction from what is sent.

        Args:
            address: 32 bits.
            words: that follow.

        Raises:
            ValueError: a reading transaction, an unknown code, another count of words than the
                address tells, several words for a register, or a word of more than 32 bits.
        """
        given = tuple(words)
        code, count, start = address >> 28 & 7, address >> 16 & 0xFFF, address & 0xFFFF
        if not 0 <= address < 1 << 31:
            raise ValueError(f"the address {address:08x} reads, expected one that writes.")
        if code > W_OUT:
            raise ValueError(f"the address {address:08x} has code {code}, expected 0 to {W_OUT}.")
        if not len(given) == count or not count:
            raise ValueError(
                f"the address {address:08x} announces {count} words, and {len(given)} follow; "
                "expected as many, one or more."
            )
        if code == REGISTERS and count > 1:
            raise ValueError(
                f"the address {address:08x} writes {count} words to register {start}, expected "
                "one: addresses of registers do not count up."
            )
        for word in given:
            if not 0 <= word < 1 << 32:
                raise ValueError(f"the word {word:x} has more than 32 bits.")
        return cls(code, start, given)


class Sample(NamedTuple):
    """What is shown to the chip from one rise of SAMPLE to the next, as `ReckOn.run` takes it.

    Attributes:
        spikes: of the inputs, `[ticks, inputs]`.
        asked: ticks in which outputs vote (INFER_ACC), `[ticks]`; none if None.
        target: label or numbers, as `ReckOn.run` takes them; None if nothing is taught.
        taught: ticks in which the target is valid (TARGET_VALID), `[ticks]`; if None, where the
            chip is asked, if there is a target.

    Example:
        See `replay`.
    """

    spikes: NDArray[Any]
    asked: NDArray[Any] | None = None
    target: Any = None
    taught: NDArray[Any] | None = None


def programming(chip: ReckOn, state: State) -> list[Write]:
    """All that is written into a chip after its reset to give it registers and a state.

    EN_CONF opens the chip, every register is written, then the neuron memory, output membranes and
    weights row by row; EN_CONF 0 closes it. Seeds are what the state's generators hold, so that the
    chip goes on where the state is. Rows of zeros that belong to no input or neuron are left out:
    memories are taken to be 0 after a reset.

    Args:
        chip: configuration, leaks and thresholds.
        state: between two samples.

    Raises:
        ValueError: a state within a sample, or one whose memory of the last sample, which learning
            in every tick sees, cannot be written.

    Source: address format of the ReckOn documentation, github.com/ChFrenkel/ReckOn.

    Example:
        >>> chip = ReckOn(Registers(kappa=0x79), alpha=0xFEF, threshold=614)
        >>> writes = programming(chip, chip.init(w_inp=[[1, 2], [3, 4]]))
        >>> writes[0], hex(writes[-2].address), writes[-1].words
        (Write(code=0, start=0, words=(1,)), '0x50010004', (0,))
    """
    if state.phase[0] != IDLE:
        raise ValueError(
            "programming: the state is within a sample, expected one between two; run the sample "
            "to its end."
        )
    if chip.registers.regul_mode >> 1 == 3 and state.held.any():
        raise ValueError(
            "programming: with REGUL_MODE 6 or 7 the chip still sees the last pair's memory of the "
            "sample before, which cannot be written; start from a fresh state."
        )
    words = _seeded(chip.registers, state).words()
    found = [Write(REGISTERS, _OPENED, (1,))]
    found += [Write(REGISTERS, at, (word,)) for at, word in words.items() if at != _OPENED]
    held = memories(chip, state)
    found.append(Write(NEURONS, 0, tuple(held["neurons"].ravel().tolist())))
    found.append(Write(MEMBRANES, 0, tuple((state.v % (1 << 16)).tolist())))
    for name, row in _ROW.items():
        used = chip.inputs if name == "w_inp" else chip.neurons
        needed = -(-(chip.outputs if name == "w_out" else chip.neurons) // 4)
        for pre, chunks in enumerate(held[name].reshape(-1, row * CHUNKS)):
            # Columns beyond the last neuron are changed in memory, and mean nothing.
            count = max(needed, 1 + int(np.flatnonzero(chunks).max(initial=-1)))
            if pre < used or chunks.any():
                at = pre * row * CHUNKS
                found.append(Write(_CODES[name], at, tuple(chunks[:count].tolist())))
    return [*found, Write(REGISTERS, _OPENED, (0,))]


def _seeded(registers: Registers, state: State) -> Registers:
    """The registers with seeds that give the state's generators."""
    now = state.generators.tolist()
    seeds = {
        name: sum(now[which] << 15 * n for n, which in enumerate(loaded))
        for name, loaded in _LOADED.items()
    }
    return dataclasses.replace(registers, **seeds)


class Replayed(NamedTuple):
    """A chip after all that was done to it.

    Attributes:
        chip: its registers, leaks and thresholds.
        state: after the last sample.
        outcomes: of every sample, in order.

    Example:
        See `replay`.
    """

    chip: ReckOn
    state: State
    outcomes: list[Outcome]


def replay(items: Iterable[Write | Sample]) -> Replayed:
    """Do to a chip that was reset what a transcript says.

    Writing a seed loads its generator at once, as on the chip; other writes leave generators alone.

    Args:
        items: transactions and samples, in order.

    Raises:
        ValueError: a write while EN_CONF is 0, a sample while it is 1, an address without memory,
            registers that do not fit, or a sample that the chip cannot run; counted from 1.

    Example:
        >>> chip = ReckOn(Registers(fp_loc_winp=3, do_eprop=0), alpha=0xFEF, threshold=100)
        >>> state = chip.init(w_inp=[[15, 0], [0, 0]])
        >>> sample = Sample(np.array([[1, 0], [0, 0], [0, 0]]))
        >>> done = replay([*programming(chip, state), sample])
        >>> done.outcomes[0].counts == chip.run(state, sample.spikes)[1].counts
        True
    """
    bench, outcomes = Bench(), []
    for number, item in enumerate(items, 1):
        try:
            if isinstance(item, Write):
                bench.write(item)
            else:
                outcomes.append(bench.show(item))
        except ValueError as error:
            raise ValueError(f"replay: item {number}: {error}") from error
    return Replayed(bench.chip, bench.state, outcomes)


class Bench:
    """A chip as it is after every write: registers as words, and its memories."""

    def __init__(self) -> None:
        self._registers = Registers().words()
        self._state = ReckOn(Registers()).init()
        self._memories = {
            name: np.zeros((count, CHUNKS), np.uint32) for name, count in WORDS.items()
        }

    @property
    def registers(self) -> Registers:
        """The configuration.

        Raises:
            ValueError: words that do not go together.
        """
        return Registers.from_words(self._registers)

    @property
    def chip(self) -> ReckOn:
        """What the registers and the neurons' parameters make."""
        neurons, _ = of_memories(self._state, self._memories)
        return ReckOn(self.registers, alpha=neurons.alpha, threshold=neurons.threshold)

    @property
    def state(self) -> State:
        """What the memories, output membranes and generators hold."""
        return of_memories(self._state, self._memories)[1]

    def show(self, sample: Sample) -> Outcome:
        """Run a sample."""
        self.closed()
        chip = self.chip
        self._state, outcome = chip.run(self.state, **sample._asdict())
        self._memories = memories(chip, self._state)
        return outcome

    def closed(self) -> None:
        """Raise a `ValueError` while the chip is open to writes."""
        if self._registers[_OPENED] & 1:
            raise ValueError("a sample begins while EN_CONF is 1; write 0 to register 0 before it.")

    def write(self, write: Write) -> None:
        """Take one transaction in."""
        opens = (write.code, write.start) == (REGISTERS, _OPENED)
        if not opens and not self._registers[_OPENED] & 1:
            raise ValueError("a write while EN_CONF is 0; write 1 to register 0 before it.")
        if write.code == REGISTERS:
            self._configure(write.start, write.words[0])
            return
        last = write.start + len(write.words) - 1
        name = next((name for name, code in _CODES.items() if code == write.code), None)
        size = OUTPUTS if name is None else self._memories[name].size
        if last >= size:
            raise ValueError(
                f"a write with code {write.code} reaches address {last}, expected below {size}."
            )
        if name is None:
            words = np.array(write.words, np.int64) & 0xFFFF
            self._state.v[write.start : last + 1] = (words ^ 0x8000) - 0x8000
        else:
            self._memories[name].reshape(-1)[write.start : last + 1] = write.words

    def _configure(self, address: int, word: int) -> None:
        if address not in _NAMES:
            # Refused, unless it is a pin without effect.
            Registers.from_words({address: word})
            return
        self._registers[address] = word
        if loaded := list(_LOADED.get(_NAMES[address], ())):
            seeds = ReckOn(Registers.from_words({address: word})).seeds()
            self._state.generators[loaded] = seeds[loaded]
