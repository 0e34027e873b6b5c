"""SPOON's configuration: sizes, precisions, shifts and what learns."""

import dataclasses

from ranvier.hardware.chips._generators import Generator
from ranvier.hardware.chips._registers import check_registers, register

GENERATOR = Generator(31, 3, 384, (0, *range(-30, 0)), 24)
"""Rounds updates of weights: sixteen numbers of 24 bits per clock."""

_MOST_INPUTS = 1 << 16


@dataclasses.dataclass(frozen=True, kw_only=True)
class Registers:
    """SPOON's configuration. Names and widths are ours: those of the chip are not published.

    Attributes:
        rows, columns: of the picture.
        kernel: places along each side of the convolution's window.
        channels: kernels.
        pool: places along each side of what is pooled; what is left over at the edges is dropped.
        hidden: units of the first fully connected layer.
        outputs: classes.
        window: how long events count, in ticks; one at `t` has the value `window - t`.
        weight_bits: of all weights, 2 to 8.
        activation_bits: of what layers send, 2 to 8.
        conv_shift, hidden_shift: right shift of sums before they are cut to `activation_bits`.
        output_shift: right shift of output sums before the hard sigmoid that learning looks at.
        hard_tanh: hidden units are odd and cut on both sides (1), or rectified and cut (0).
        learn: which layers learn where a label is given: 1 hidden, 2 output.
        rate_hidden, rate_output: right shift of updates, 0 to 24: the learning rates.
        seed: of the generator that rounds updates, not 0.

    Raises:
        TypeError: a value that is no integer.
        ValueError: one that does not fit into its register, or sizes that do not fit each other.

    Example:
        >>> Registers().inputs
        360
        >>> Registers(channels=32)
        Traceback (most recent call last):
        ...
        ValueError: Registers: register channels is 5 bits wide and holds 0 to 31, got 32.
    """

    rows: int = register(6, 28)
    columns: int = register(6, 28)
    kernel: int = register(3, 5)
    channels: int = register(5, 10)
    pool: int = register(3, 4)
    hidden: int = register(8, 128)
    outputs: int = register(4, 10)
    window: int = register(8, 255)
    weight_bits: int = register(4, 8)
    activation_bits: int = register(4, 8)
    conv_shift: int = register(5, 8)
    hidden_shift: int = register(5, 8)
    output_shift: int = register(5, 7)
    hard_tanh: int = register(1, 1)
    learn: int = register(2, 3)
    rate_hidden: int = register(5, 14)
    rate_output: int = register(5, 15)
    seed: int = register(31, 1)

    def __post_init__(self) -> None:
        check_registers(self)
        for name in ("kernel", "channels", "pool", "hidden", "outputs", "window", "seed"):
            if not getattr(self, name):
                raise ValueError(f"Registers: register {name} is 0, expected 1 or more.")
        for name in ("weight_bits", "activation_bits"):
            if not 2 <= getattr(self, name) <= 8:
                raise ValueError(
                    f"Registers: register {name} is {getattr(self, name)}, expected 2 to 8."
                )
        for name in ("rate_hidden", "rate_output"):
            if getattr(self, name) > GENERATOR.word:
                raise ValueError(
                    f"Registers: register {name} is {getattr(self, name)}, expected 0 to "
                    f"{GENERATOR.word}: updates are rounded by numbers of {GENERATOR.word} bits."
                )
        least = self.kernel + self.pool - 1
        for name in ("rows", "columns"):
            if getattr(self, name) < least:
                raise ValueError(
                    f"Registers: register {name} is {getattr(self, name)}, expected {least} or "
                    f"more for a kernel of {self.kernel} and a pool of {self.pool}."
                )
        if self.inputs > _MOST_INPUTS:
            raise ValueError(
                f"Registers: {self.inputs} inputs of the hidden layer could overflow its sums of "
                f"32 bits, expected at most {_MOST_INPUTS}. Raise pool."
            )

    @property
    def convolved(self) -> tuple[int, int, int]:
        """Rows, columns and channels of the convolution's accumulators."""
        return self.rows - self.kernel + 1, self.columns - self.kernel + 1, self.channels

    @property
    def pooled(self) -> tuple[int, int, int]:
        """Rows, columns and channels of what the hidden layer sees."""
        rows, columns, channels = self.convolved
        return rows // self.pool, columns // self.pool, channels

    @property
    def inputs(self) -> int:
        """How many inputs the hidden layer has."""
        rows, columns, channels = self.pooled
        return rows * columns * channels

    @property
    def largest_weight(self) -> int:
        """The magnitude at which weights stop."""
        return (1 << (self.weight_bits - 1)) - 1

    @property
    def one_input(self) -> int:
        """What stands for 1 at the hidden layer's inputs, and what its bias weights see."""
        return 1 << self.activation_bits

    @property
    def one_hidden(self) -> int:
        """What stands for 1 at hidden units, and what bias weights of outputs see."""
        return 1 << (self.activation_bits - self.hard_tanh)
