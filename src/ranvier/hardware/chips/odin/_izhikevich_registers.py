"""The phenomenological Izhikevich neuron of ODIN: its registers and its state, as in its word."""

import dataclasses

from ranvier.hardware.chips._registers import check_registers, register


@dataclasses.dataclass(frozen=True)
class IzhikevichNeuron:
    """Registers of a phenomenological Izhikevich neuron of ODIN.

    Input is counted in an accumulator, whose overflow moves a membrane of four bits by one; bits
    switch on what makes the twenty behaviours of Izhikevich (2004). Fields are the published
    registers; `registers(IzhikevichNeuron)` gives width, place and meaning of each.

    Raises:
        ValueError: a value that its register cannot hold.

    Source: Frenkel et al., IEEE TBioCAS 13 (2019); documentation of ODIN.

    Example:
        >>> tonic_bursting = IzhikevichNeuron(thr=4, rfr=1, spk_ref=2, isi_ref=1)
        >>> IzhikevichNeuron(thr=8)
        Traceback (most recent call last):
        ...
        ValueError: IzhikevichNeuron: register thr is 3 bits wide and holds 0 to 7, got 8.
    """

    leak_str: int = register(7, at=1, doc="what a time reference takes from the accumulator")
    leak_en: int = register(1, at=8, doc="whether it does")
    fi_sel: int = register(3, at=9, doc="input that moves the membrane by one: 8, 16, ..., 1024")
    spk_ref: int = register(3, at=12, doc="further spikes of a burst")
    isi_ref: int = register(3, at=15, doc="steps between spikes of a burst, less one")
    reson_sharp_en: int = register(1, at=18, doc="spike by the time since the last excitation")
    thr: int = register(3, at=19, doc="threshold")
    rfr: int = register(3, at=22, doc="depth of the reset, height of the after-potential")
    dapdel: int = register(3, at=25, doc="delay of latency or after-potential")
    spklat_en: int = register(1, at=28, doc="spike latency")
    dap_en: int = register(1, at=29, doc="depolarising after-potential")
    stim_thr: int = register(3, at=30, doc="stimulation in an interval that counts as strong")
    phasic_en: int = register(1, at=33, doc="phasic spiking or bursting")
    mixed_en: int = register(1, at=34, doc="mixed mode: a burst, then single spikes")
    class2_en: int = register(1, at=35, doc="class 2: moves only on strong stimulation")
    neg_en: int = register(1, at=36, doc="membrane below zero by inhibition")
    rebound_en: int = register(1, at=37, doc="rebound after inhibition")
    inhin_en: int = register(1, at=38, doc="spiking induced by inhibition")
    bist_en: int = register(1, at=39, doc="bistability: excitation starts and stops spiking")
    reson_en: int = register(1, at=40, doc="subthreshold oscillation")
    thrvar_en: int = register(1, at=41, doc="threshold that varies")
    thr_sel_of: int = register(1, at=42, doc="it varies by spikes, else by input")
    thrleak: int = register(4, at=43, doc="time references per leak of its change; 0 never")
    acc_en: int = register(1, at=47, doc="accommodation")
    ca_en: int = register(1, at=48, doc="calcium, and with it learning")
    thetamem: int = register(3, at=49, doc="synapses rise from this membrane on, fall below")
    ca_theta1: int = register(3, at=52, doc="calcium from which synapses learn")
    ca_theta2: int = register(3, at=55, doc="calcium from which they no longer fall")
    ca_theta3: int = register(3, at=58, doc="calcium from which they no longer rise")
    ca_leak: int = register(5, at=61, doc="time references per leak of calcium; 0 never")
    burst_incr: int = register(1, at=66, doc="calcium and threshold count all spikes of a burst")
    reson_sharp_amt: int = register(3, at=67, doc="time references from excitation to the spike")
    neur_disable: int = register(1, at=127, doc="sends no spike; the state moves on")

    def __post_init__(self) -> None:
        check_registers(self)


@dataclasses.dataclass(frozen=True)
class IzhikevichState:
    """State of a phenomenological Izhikevich neuron of ODIN.

    Raises:
        ValueError: a value that does not fit.

    Source: Frenkel et al., IEEE TBioCAS 13 (2019); documentation of ODIN.

    Example:
        >>> IzhikevichState(core=-2, calcium=3).core
        -2
    """

    inacc: int = register(11, at=70, doc="input accumulator")
    refrac: int = register(1, at=81, doc="in the refractory period")
    core: int = register(4, signed=True, at=82, doc="membrane")
    dapdel_cnt: int = register(3, at=86, doc="counter of latency, after-potential or resonance")
    stim_str: int = register(4, signed=True, at=89, doc="stimulation of the last interval")
    stim_str_tmp: int = register(4, signed=True, at=93, doc="stimulation of this interval")
    phasic_lock: int = register(1, at=97, doc="phasic spiking is over")
    mixed_lock: int = register(1, at=98, doc="the burst of the mixed mode is over")
    spkout_done: int = register(1, at=99, doc="spiked in this interval")
    stim0_prev: int = register(
        2, at=100, doc="stimulation in the last two intervals, newest in bit 0"
    )
    inhexc_prev: int = register(2, at=102, doc="strong last interval: 2 inhibition, 1 excitation")
    bist_lock: int = register(1, at=104, doc="spikes on its own")
    inhin_lock: int = register(1, at=105, doc="inhibition made it spike")
    reson_sign: int = register(2, at=106, doc="phase: positive, negative, to positive, to negative")
    thrmod: int = register(4, signed=True, at=108, doc="change of the threshold")
    thrleak_cnt: int = register(4, at=112, doc="time references since its last leak")
    calcium: int = register(3, at=116, doc="trace of own spikes")
    caleak_cnt: int = register(5, at=119, doc="time references since the last leak of calcium")
    burst_lock: int = register(1, at=124, doc="a burst is running")

    def __post_init__(self) -> None:
        check_registers(self)
