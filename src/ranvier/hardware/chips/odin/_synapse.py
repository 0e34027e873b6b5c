"""The synapse of ODIN: a mapping bit and a weight of three bits that learns by SDSP."""

import numpy as np


def sdsp(nibble: int, *, up: int, down: int, unmapped: int = 0) -> int:
    r"""A synapse after an update by spike-driven synaptic plasticity.

    $$w \leftarrow \min(w + 1, 7) \text{ if up}, \quad w \leftarrow \max(w - 1, 0) \text{ if down}$$

    where the mapping bit is set; it never changes. At either end nothing moves.

    Args:
        nibble: bit 3 is the mapping bit, bits 2 to 0 the weight.
        up: flag of the postsynaptic neuron that lets weights rise; it wins over `down`.
        down: flag that lets them fall.
        unmapped: 1 where synapses without the mapping bit learn too.

    Source: Brader, Senn, Fusi, Neural Comput. 19 (2007), as Frenkel et al., IEEE TBioCAS 13
    (2019) build it.

    Example:
        >>> sdsp(0b1011, up=1, down=0), sdsp(0b0011, up=1, down=0)
        (12, 3)
    """
    weight = nibble & 7
    mapped = nibble >> 3 | unmapped
    if not mapped or (up and weight == 7) or (down and weight == 0):
        return nibble
    return nibble + 1 if up else nibble - 1 if down else nibble


def bistable(nibble: int, *, unmapped: int = 0) -> int:
    """A synapse after a bistability event: a step away from the middle.

    Args:
        nibble: bit 3 is the mapping bit, bits 2 to 0 the weight.
        unmapped: 1 where synapses without the mapping bit drift too.

    Source: Frenkel et al., IEEE TBioCAS 13 (2019).

    Example:
        >>> bistable(0b1100), bistable(0b1011)
        (13, 10)
    """
    high = (nibble & 7) >= 4
    return sdsp(nibble, up=int(high), down=int(not high), unmapped=unmapped)


def learning_table(unmapped: int) -> np.ndarray:
    """New synapses over `nibble + 16 * up + 32 * down`."""
    entries = [sdsp(n & 15, up=n >> 4 & 1, down=n >> 5, unmapped=unmapped) for n in range(64)]
    return np.array(entries, np.uint8)


def bistability_table(unmapped: int) -> np.ndarray:
    """New synapses over old ones."""
    return np.array([bistable(n, unmapped=unmapped) for n in range(16)], np.uint8)


def weight_table(unmapped: int) -> np.ndarray:
    """What reaches a neuron, over synapses."""
    return np.array([(n & 7) * (n >> 3 | unmapped) for n in range(16)], np.int64)
