"""What programming costs, by assumed energies of a pulse."""

from ranvier.hardware import Cost, Price, estimated
from ranvier.hardware.devices import Source

SET = Price(10.0, 10.0, Source("assumed: 0.1 mA at 1 V for 100 ns; not measured", False))
RESET = Price(20.0, 10.0, Source("assumed: 0.4 mA at 1 V for 50 ns; not measured", False))


def programming(set_pulses: float, reset_pulses: float) -> tuple[Cost, Cost]:
    """Energies of SET and RESET pulses.

    Args:
        set_pulses, reset_pulses: how many in all.

    Example:
        >>> [cost.picojoule for cost in programming(100, 10)]
        [1000.0, 200.0]
    """
    return estimated("SET", set_pulses, SET), estimated("RESET", reset_pulses, RESET)
