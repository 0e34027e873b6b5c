"""The neurons of ODIN: their registers and their state, each at its place in a word of 128 bits."""

import dataclasses

from ranvier.hardware.chips._registers import check_registers, register


@dataclasses.dataclass(frozen=True)
class LIFNeuron:
    """Registers of a leaky integrate-and-fire neuron of ODIN.

    A synapse adds its weight to the membrane or takes it away, within 0 to 255; a time reference
    takes `leak_str`; at `thr` the neuron fires and starts from 0. Fields are the published
    registers; `registers(LIFNeuron)` gives width, place and meaning of each.

    Raises:
        ValueError: a value that its register cannot hold.

    Source: Frenkel et al., IEEE TBioCAS 13 (2019); documentation of ODIN.

    Example:
        >>> LIFNeuron(thr=9).thr
        9
        >>> LIFNeuron(thr=256)
        Traceback (most recent call last):
        ...
        ValueError: LIFNeuron: register thr is 8 bits wide and holds 0 to 255, got 256.
    """

    leak_str: int = register(7, at=1, doc="what a time reference takes from the membrane")
    leak_en: int = register(1, at=8, doc="whether it does")
    thr: int = register(8, at=9, doc="threshold; 0 fires at every update")
    ca_en: int = register(1, at=17, doc="calcium, and with it learning")
    thetamem: int = register(8, at=18, doc="synapses rise from this membrane on, fall below")
    ca_theta1: int = register(3, at=26, doc="calcium from which synapses learn")
    ca_theta2: int = register(3, at=29, doc="calcium from which they no longer fall")
    ca_theta3: int = register(3, at=32, doc="calcium from which they no longer rise")
    ca_leak: int = register(5, at=35, doc="time references per leak of calcium; 0 never")
    neur_disable: int = register(1, at=127, doc="sends no spike; the state moves on")

    def __post_init__(self) -> None:
        check_registers(self)


@dataclasses.dataclass(frozen=True)
class LIFState:
    """State of a leaky integrate-and-fire neuron of ODIN.

    Raises:
        ValueError: a value that does not fit.

    Source: Frenkel et al., IEEE TBioCAS 13 (2019); documentation of ODIN.

    Example:
        >>> LIFState(core=4)
        LIFState(core=4, calcium=0, caleak_cnt=0)
    """

    core: int = register(8, at=70, doc="membrane")
    calcium: int = register(3, at=78, doc="trace of own spikes")
    caleak_cnt: int = register(5, at=81, doc="time references since the last leak of calcium")

    def __post_init__(self) -> None:
        check_registers(self)
