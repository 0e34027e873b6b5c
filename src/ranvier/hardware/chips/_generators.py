"""Linear-feedback generators of chips, as tables that jump a whole clock ahead."""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Generator(NamedTuple):
    r"""An unfolded linear-feedback shift register that gives many bits per clock.

    A sequence of bits $s_n = s_{n-A} \oplus s_{n-L}$; a clock gives $s_0 \dots s_{J-1}$ and moves
    the origin on by $J$.

    Attributes:
        length: L, bits of the register.
        tap: A.
        bits: J, per clock.
        places: which $s_n$ each bit of the register holds, from its lowest bit on.
        word: bits that are taken as one number.

    Source: Frenkel, Indiveri, ISSCC 2022; github.com/ChFrenkel/ReckOn.

    Example:
        >>> noise = Generator(17, 3, 32, (0, 1, 2, *range(-14, 0)), 32)
        >>> noise.words, len(noise.places)
        (1, 17)
    """

    length: int
    tap: int
    bits: int
    places: tuple[int, ...]
    word: int

    @property
    def words(self) -> int:
        """How many numbers a clock gives."""
        return self.bits // self.word

    def draw(self, state: int) -> tuple[list[int], int]:
        """The numbers of one clock, and the register after it.

        Args:
            state: the register; only its lowest `length` bits count.

        Example:
            >>> rounding = Generator(15, 1, 15, (0, *range(-14, 0)), 15)
            >>> numbers, state = rounding.draw(0x1234)
            >>> [hex(number) for number in numbers], hex(state)
            (['0x71ec'], '0x71ed')
        """
        row = np.zeros(self.words + 1, np.int64)
        for place, table in enumerate(tables(self)):
            row ^= table[state >> 8 * place & 255]
        return row[:-1].tolist(), int(row[-1])


@functools.cache
def tables(generator: Generator) -> NDArray[np.int64]:
    """What each byte of the register adds to a clock, `[bytes, 256, words + 1]`.

    The exclusive or of one row per byte is the words of the clock and, last, the new register.
    """
    # Every bit of the sequence as the set of those bits of the register that it is the sum of.
    made = {place: 1 << bit for bit, place in enumerate(generator.places)}
    for n in range(max(made) + 1, generator.bits + max(made) + 1):
        made[n] = made[n - generator.tap] ^ made[n - generator.length]
    columns = [
        *(range(k, k + generator.word) for k in range(0, generator.bits, generator.word)),
        [generator.bits + place for place in generator.places],
    ]
    count = -(-generator.length // 8)
    single = np.zeros((8 * count, len(columns)), np.int64)
    for bit in range(generator.length):
        for column, taken in enumerate(columns):
            single[bit, column] = sum((made[n] >> bit & 1) << k for k, n in enumerate(taken))
    table = np.zeros((count, 256, len(columns)), np.int64)
    for value in range(256):
        for bit in range(8):
            if value >> bit & 1:
                table[:, value] ^= single[bit::8]
    table.setflags(write=False)
    return table
