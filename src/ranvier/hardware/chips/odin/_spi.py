"""The programming interface of ODIN: frames of 40 bits, and what each of them writes."""

from typing import NamedTuple

from ranvier.hardware.chips._registers import registers
from ranvier.hardware.chips.odin._configuration import Configuration

READ, WRITE = 1 << 19, 1 << 18
CONFIGURATION, NEURONS, SYNAPSES = range(3)
HALF_BITS = 20
SIGN_WORDS, SIGN_BITS = 16, 16


class Register(NamedTuple):
    """A register behind an address: its name, its bits, and where they lie in the whole of it."""

    name: str
    bits: int
    shift: int = 0


def _addressed() -> list[Register]:
    found = []
    for name, held in registers(Configuration).items():
        if name == "syn_sign":
            found += [Register(name, SIGN_BITS, SIGN_BITS * k) for k in range(SIGN_WORDS)]
        else:
            found.append(Register(name, held.bits))
    return found


REGISTERS = _addressed()
"""Registers in the order of their addresses."""


class Frame(NamedTuple):
    """What goes over the programming interface at once: 20 bits of address, then 20 of data.

    The address is `{read, write, command[1:0], place[15:0]}`, the most significant bit goes first.
    Command 0 writes the register at `place`; 1 a byte of the neuron memory, `place` being
    `{byte[3:0], neuron[7:0]}`; 2 a byte of the synapse memory, `{byte[1:0], word[12:0]}`. Data for
    a memory are `{mask[7:0], byte[7:0]}`: where the mask is 1 the old bit stays.

    Args:
        address: 20 bits.
        data: 20 bits.

    Source: documentation of ODIN.

    Example:
        >>> frame = Frame.of_register(1, 1)
        >>> frame.hex, frame.told
        ('4000100001', 'open_loop = 1')
        >>> Frame.of_neuron(3, 15, 0x80).told
        'neuron 3, byte 15 = 0x80'
    """

    address: int
    data: int

    @classmethod
    def of_register(cls, place: int, value: int) -> "Frame":
        """The frame that writes a register."""
        return cls(WRITE | CONFIGURATION << 16 | place, value)

    @classmethod
    def of_neuron(cls, neuron: int, byte: int, value: int) -> "Frame":
        """The frame that writes a byte of the word of a neuron."""
        return cls(WRITE | NEURONS << 16 | byte << 8 | neuron, value)

    @classmethod
    def of_synapses(cls, word: int, byte: int, value: int) -> "Frame":
        """The frame that writes a byte, two synapses, of a word of eight synapses."""
        return cls(WRITE | SYNAPSES << 16 | byte << 13 | word, value)

    @property
    def command(self) -> int:
        """Which of registers, neurons and synapses it is for."""
        return self.address >> 16 & 3

    @property
    def place(self) -> int:
        """The lower sixteen bits of the address."""
        return self.address & 0xFFFF

    @property
    def hex(self) -> str:
        """All forty bits, the first one first."""
        return f"{self.address << HALF_BITS | self.data:010x}"

    @property
    def told(self) -> str:
        """What it does, in words."""
        if self.address & READ:
            return "read"
        mask = f", mask {self.data >> 8 & 255:#04x}" if self.data >> 8 else ""
        value = f"{self.data & 255:#04x}{mask}"
        if self.command == NEURONS:
            return f"neuron {self.place & 255}, byte {self.place >> 8 & 15} = {value}"
        if self.command == SYNAPSES:
            word, byte = self.place & 0x1FFF, self.place >> 13 & 3
            first = 8 * (word & 31) + 2 * byte
            return f"synapses ({word >> 5}, {first}) and ({word >> 5}, {first + 1}) = {value}"
        if self.command == CONFIGURATION and self.place < len(REGISTERS):
            held = REGISTERS[self.place]
            at = f"[{held.shift + held.bits - 1}:{held.shift}]" if held.name == "syn_sign" else ""
            return f"{held.name}{at} = {self.data:#x}" if at else f"{held.name} = {self.data}"
        return "unknown"
