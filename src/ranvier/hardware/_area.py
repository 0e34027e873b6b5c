"""What memory occupies: areas of cells with their sources, and how far to trust them."""

from typing import NamedTuple

from ranvier.core import positive
from ranvier.hardware.devices import Source


class Area(NamedTuple):
    """An estimated area of memory cells, without anything around them.

    Attributes:
        what: the cells.
        count: of them.
        square_um: in all.
        low, high: between which cells of other layouts lie.
        source: of the layouts.

    Example:
        >>> area = device_area(1000, node_nm=28.0)
        >>> round(area.square_um), round(area.low), round(area.high)
        (25, 13, 38)
    """

    what: str
    count: float
    square_um: float
    low: float
    high: float
    source: Source


def device_area(count: float, *, node_nm: float) -> Area:
    r"""Memory devices, each behind a transistor: $4F \times 4F$ to $4F \times 12F$.

    Args:
        count: of devices.
        node_nm: $F$, the feature size.

    Raises:
        ValueError: a feature size that is not positive.

    Source: cells of one transistor and one device in NeuroSim (Chen, Peng, Yu, IEDM 2017), versions
    of which take 4, 10 and 12 F for the width.

    Example:
        See `Area`.
    """
    return _cells("devices with a transistor", count, node_nm, (16.0, 32.0, 48.0))


def sram_area(bits: float, *, node_nm: float) -> Area:
    r"""Static memory of six transistors per bit: $146 F^2$ to $280 F^2$.

    Args:
        bits: that are held.
        node_nm: $F$, the feature size; at least 22, below which cells shrink less.

    Raises:
        ValueError: a feature size below 22 nm.

    Source: cells of static memory in NeuroSim (Chen, Peng, Yu, IEDM 2017): 146, 160 and 280 F²
    in its versions.

    Example:
        >>> round(sram_area(8000, node_nm=28.0).square_um)
        1004
    """
    if not node_nm >= 22:
        raise ValueError(
            f"sram_area: node_nm is {node_nm}, expected at least 22: smaller cells take 300 F² "
            "and more."
        )
    return _cells("static memory, bits", bits, node_nm, (146.0, 160.0, 280.0))


def _cells(what: str, count: float, node_nm: float, features: tuple[float, ...]) -> Area:
    positive("area", node_nm=node_nm)
    low, middle, high = (count * f * (node_nm / 1000) ** 2 for f in features)
    return Area(what, count, middle, low, high, _NEUROSIM)


_NEUROSIM = Source("NeuroSim (Chen, Peng, Yu, IEDM 2017), cell sizes", checked=True)
