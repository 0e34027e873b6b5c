"""Registers of a chip: fields of frozen dataclasses with a width, a sign and a place in a word."""

import dataclasses
import operator
from typing import Any, NamedTuple


class Register(NamedTuple):
    """What a register can hold.

    Attributes:
        bits: the width.
        signed: two's complement, else never negative.
        at: its lowest bit in the word that it shares with others; `None` where it stands alone.
        doc: what it does.

    Example:
        >>> Register(4, signed=True).range
        (-8, 7)
    """

    bits: int
    signed: bool = False
    at: int | None = None
    doc: str = ""

    @property
    def range(self) -> tuple[int, int]:
        """The least and the greatest value."""
        top = 1 << (self.bits - self.signed)
        return (-top if self.signed else 0), top - 1


def register(
    bits: int, default: Any = 0, *, signed: bool = False, at: int | None = None, doc: str = ""
) -> Any:
    """A field of a frozen dataclass that is a register.

    The dataclass calls `check_registers(self)` in its `__post_init__`.

    Args:
        bits: the width.
        default: the value where none is given; `dataclasses.MISSING` where one must be.
        signed: two's complement.
        at: its lowest bit in a word, for `pack` and `unpack`.
        doc: what it does.

    Example:
        >>> import dataclasses
        >>> @dataclasses.dataclass(frozen=True)
        ... class Settings:
        ...     gain: int = register(3, at=0, doc="of the input")
        ...     offset: int = register(4, -1, signed=True, at=3)
        ...
        ...     def __post_init__(self):
        ...         check_registers(self)
        >>> Settings(gain=7)
        Settings(gain=7, offset=-1)
        >>> Settings(gain=8)
        Traceback (most recent call last):
        ...
        ValueError: Settings: register gain is 3 bits wide and holds 0 to 7, got 8.
    """
    held = Register(bits, signed, at, doc)
    return dataclasses.field(default=default, metadata={"register": held})


def registers(kind: Any) -> dict[str, Register]:
    """The registers of a dataclass or of an instance of it, by name, in order.

    Args:
        kind: the dataclass.

    Example:
        See `register`.
    """
    return {
        field.name: field.metadata["register"]
        for field in dataclasses.fields(kind)
        if "register" in field.metadata
    }


def check_registers(settings: Any) -> None:
    """Raise if a register of a dataclass holds what does not fit into it.

    Args:
        settings: an instance.

    Raises:
        TypeError: a value that is no integer.
        ValueError: a value outside the range, with register, width and value.

    Example:
        See `register`.
    """
    owner = type(settings).__name__
    for name, held in registers(settings).items():
        value = getattr(settings, name)
        low, high = held.range
        try:
            number = operator.index(value)
        except TypeError:
            raise TypeError(
                f"{owner}: register {name} is {held.bits} bits wide and holds {low} to {high}, "
                f"got {value!r}, which is no integer."
            ) from None
        if not low <= number <= high:
            sign = ", two's complement," if held.signed else ""
            width = f"{held.bits} bit{'s' if held.bits > 1 else ''} wide"
            raise ValueError(
                f"{owner}: register {name} is {width}{sign} and holds {low} to {high}, got {value}."
            )


def pack(settings: Any) -> int:
    """The word in which registers lie side by side, each at its place.

    Args:
        settings: an instance; registers without a place are left out.

    Example:
        >>> import dataclasses
        >>> @dataclasses.dataclass(frozen=True)
        ... class Cell:
        ...     weight: int = register(3, at=0)
        ...     trace: int = register(4, signed=True, at=4)
        >>> hex(pack(Cell(weight=5, trace=-2)))
        '0xe5'
        >>> unpack(Cell, 0xE5)
        Cell(weight=5, trace=-2)
    """
    word = 0
    for name, held in registers(settings).items():
        if held.at is not None:
            word |= (int(getattr(settings, name)) & ((1 << held.bits) - 1)) << held.at
    return word


def unpack(kind: type, word: int) -> Any:
    """The registers that lie in a word.

    Args:
        kind: the dataclass; registers without a place keep their defaults.
        word: the bits.

    Example:
        See `pack`.
    """
    values = {}
    for name, held in registers(kind).items():
        if held.at is not None:
            raw = (int(word) >> held.at) & ((1 << held.bits) - 1)
            negative = held.signed and raw >> (held.bits - 1)
            values[name] = raw - (1 << held.bits) if negative else raw
    return kind(**values)
