"""Rules of a chip that a network keeps or breaks."""

from collections.abc import Sequence
from typing import NamedTuple


class Check(NamedTuple):
    """One rule of a chip, and whether a network keeps it.

    Attributes:
        layer: that the rule is about; "network" for all of it.
        rule: its name, such as "neuron", "synapse", "reset", "leak" or "inputs".
        found: what the network has.
        limit: what the chip has.
        kept: whether it fits.
        remedy: what would fit.

    Example:
        >>> Check("layer 1", "inputs", "784", "at most 256", False, "Fewer pixels.").kept
        False
    """

    layer: str
    rule: str
    found: str
    limit: str
    kept: bool
    remedy: str


class NotDeployable(ValueError):
    """A network that breaks rules of a chip; each is named, with what would fit.

    Attributes:
        checks: those that are broken.

    Example:
        >>> print(NotDeployable("odin", [Check("layer 1", "inputs", "784", "256", False, "Pool.")]))
        odin cannot take this network: layer 1 breaks the rule of inputs: got 784, expected 256. ...
    """

    def __init__(self, chip: str, checks: Sequence[Check]) -> None:
        self.checks = tuple(check for check in checks if not check.kept)
        found = [
            f"{one.layer} breaks the rule of {one.rule}: got {one.found}, expected {one.limit}. "
            f"{one.remedy}"
            for one in self.checks
        ]
        super().__init__(f"{chip} cannot take this network: {' '.join(found)}")


def require(chip: str, checks: Sequence[Check]) -> None:
    """Raise if a rule is broken.

    Args:
        chip: how it is called.
        checks: of its rules.

    Raises:
        NotDeployable: one is.

    Example:
        >>> require("odin", [Check("layer 1", "inputs", "64", "at most 256", True, "")])
    """
    if not all(check.kept for check in checks):
        raise NotDeployable(chip, checks)
