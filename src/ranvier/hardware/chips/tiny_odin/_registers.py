"""The registers of tinyODIN."""

import dataclasses

from ranvier.hardware.chips._registers import check_registers, register


@dataclasses.dataclass(frozen=True)
class LIFNeuron:
    """A leaky integrate-and-fire neuron of tinyODIN: its registers and its state, one word.

    A weight is added within -2048 to 2047; a time reference moves the membrane by `leak_str`
    towards 0, not beyond; from `thr` on, and from 0, the neuron fires and starts from 0.

    Raises:
        ValueError: a value that its register cannot hold.

    Source: documentation and sources of tinyODIN, after Frenkel et al., IEEE TBioCAS 13 (2019).

    Example:
        >>> LIFNeuron(thr=4096)
        Traceback (most recent call last):
        ...
        ValueError: LIFNeuron: register thr is 12 bits wide and holds 0 to 4095, got 4096.
    """

    thr: int = register(12, at=12, doc="threshold; above 2047 it is never reached")
    leak_str: int = register(7, at=24, doc="what a time reference takes from the membrane")
    neur_disable: int = register(1, at=31, doc="sends no spike; the state moves on")
    core: int = register(12, signed=True, at=0, doc="membrane")

    def __post_init__(self) -> None:
        check_registers(self)


@dataclasses.dataclass(frozen=True)
class Configuration:
    """Configuration registers of tinyODIN, under their published names in small letters.

    Raises:
        ValueError: a value that its register cannot hold.

    Source: documentation of tinyODIN.

    Example:
        >>> Configuration(max_neur=9).max_neur
        9
    """

    open_loop: int = register(1, doc="spikes of neurons do not reach the scheduler")
    aer_src_ctrl_nneur: int = register(1, doc="output when a spike is taken from the queue")
    max_neur: int = register(8, 255, doc="the last neuron that a spike or time reference reaches")

    def __post_init__(self) -> None:
        check_registers(self)
