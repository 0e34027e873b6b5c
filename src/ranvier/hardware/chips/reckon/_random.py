"""The generators of ReckOn."""

from ranvier.hardware.chips._generators import Generator


def _tail(length: int) -> tuple[int, ...]:
    return (0, *range(1 - length, 0))


MEMBRANE = Generator(15, 1, 15, _tail(15), 15)
"""Rounds membranes and the traces `e_inp` and `e_rec`."""

OUTPUT = Generator(15, 1, 7, (0, *(n for m in range(7) for n in (m - 14, m - 7))), 7)
"""Rounds output membranes and the trace `e_out`."""

NOISE = Generator(17, 3, 32, (0, 1, 2, *range(-14, 0)), 32)
"""Membrane noise."""

WEIGHTS = Generator(25, 3, 512, (0, 1, 2, *range(-22, 0)), 32)
"""Decides about updates of sixteen input or recurrent weights."""

OUTPUT_WEIGHTS = Generator(22, 1, 448, _tail(22), 28)
"""Decides about updates of sixteen output weights."""
