"""The configuration registers of ODIN."""

import dataclasses

from ranvier.hardware.chips._registers import check_registers, register


@dataclasses.dataclass(frozen=True)
class Configuration:
    """Configuration registers of ODIN, under their published names in small letters.

    They have no value at reset; the defaults here are a closed loop without bursts, in which
    unmapped synapses are silent and single synaptic events teach nothing.

    Raises:
        ValueError: a value that its register cannot hold, or a register that stops the network.

    Source: documentation of ODIN; Frenkel et al., IEEE TBioCAS 13 (2019).

    Example:
        >>> Configuration(syn_sign=1 << 7).inhibits(7)
        True
        >>> Configuration(burst_timeref=1 << 20)
        Traceback (most recent call last):
        ...
        ValueError: Configuration: register burst_timeref is 20 bits wide ...
    """

    gate_activity: int = register(1, doc="stop the network for access over SPI")
    open_loop: int = register(1, doc="spikes of neurons do not reach the scheduler")
    syn_sign: int = register(256, doc="bit i: the synapses of neuron i inhibit")
    burst_timeref: int = register(20, doc="a step of bursts in clock cycles, less one; 0: none")
    aer_src_ctrl_nneur: int = register(1, doc="output when a spike is taken from the queue")
    out_aer_monitor_en: int = register(1, doc="output tells of a neuron and a synapse")
    monitor_neur_addr: int = register(8, doc="neuron that is monitored")
    monitor_syn_addr: int = register(8, doc="presynaptic neuron that is monitored")
    update_unmapped_syn: int = register(1, doc="unmapped synapses learn too")
    propagate_unmapped_syn: int = register(1, doc="unmapped synapses transmit too")
    sdsp_on_syn_stim: int = register(1, doc="single synaptic events teach too")

    def __post_init__(self) -> None:
        check_registers(self)
        if self.gate_activity:
            raise ValueError(
                "Configuration: register gate_activity is 1, expected 0: a network that is stopped "
                "does nothing; `transcript` stops it to program it."
            )

    def inhibits(self, neuron: int) -> bool:
        """Whether the synapses of a presynaptic neuron inhibit.

        Args:
            neuron: its index.
        """
        return bool(self.syn_sign >> neuron & 1)
