"""Integer arithmetic without branches: the same lines serve numbers and arrays."""

from typing import Any


def pick(condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the condition is 1, `no` where it is 0."""
    return no + (yes - no) * condition


def signed4(nibble: Any) -> Any:
    """Four bits read as two's complement."""
    return (nibble ^ 8) - 8


def nearer_zero(nibble: Any) -> Any:
    """Four bits in two's complement, one step nearer to zero; zero stays."""
    return (nibble - (nibble != 0) + 2 * (nibble >= 8)) & 15


def calcium_leak(counter: Any, ca_en: Any, ca_leak: Any, reference: Any) -> Any:
    """The counter of calcium leakage after an update, and whether calcium leaks now."""
    counts = reference * ca_en * (ca_leak != 0)
    leaks = counts * (counter == ca_leak - 1)
    return pick(leaks, 0, (counter + counts) & 31), leaks


def learning_flags(p: Any, core: Any, calcium: Any, first: int) -> Any:
    """Bit 0 lets a synapse rise, bit 1 lets it fall; `first` is the column of `ca_en`.

    The registers `ca_en`, `thetamem` and `ca_theta1` to 3 follow each other in both models.
    """
    near = p[first] * (calcium >= p[first + 2])
    above = core >= p[first + 1]
    rises = near * above * (calcium < p[first + 4])
    falls = near * (1 - above) * (calcium < p[first + 3])
    return rises + 2 * falls
