"""Published devices that learn by pulses, by the constants of their fits.

Weights are in units of the nominal range of -1 to 1, steps and noise as the fits give them.
"""

from ranvier.hardware.devices._device import Source
from ranvier.hardware.devices._laws import (
    ConstantStep,
    ExponentialStep,
    LinearStep,
    PulseCurve,
    SoftBounds,
)
from ranvier.hardware.devices._pulsed import PulsedDevice
from ranvier.hardware.devices._switching import StochasticSwitch, switching_probability
from ranvier.hardware.devices._variation import (
    Corruption,
    CycleNoise,
    LogNormalSpread,
    NormalSpread,
    Reset,
    Spreads,
)


def linear_ideal(step: float = 0.001) -> PulsedDevice:
    """A device that every pulse moves by the same step, like all others and without noise.

    Args:
        step: of the range of -1 to 1.

    Example:
        >>> linear_ideal(0.01).step
        0.01
    """
    return PulsedDevice(
        ConstantStep(), step=step, source=Source("exact by definition", checked=True)
    )


def gokmen_vlasov() -> PulsedDevice:
    """What a resistive processing unit needs, of 1200 states on average.

    Source: Gokmen, Vlasov, Front. Neurosci. 10 (2016); scaled to weights of -1 to 1 as in IBM's
    analog hardware acceleration kit.

    Example:
        >>> gokmen_vlasov().step
        0.0016
    """
    return PulsedDevice(
        ConstantStep(),
        step=0.0016,
        spreads=Spreads(step=NormalSpread(0.3), balance=0.01, high=0.3, low=0.3),
        noise=CycleNoise(0.3),
        source=Source("Gokmen, Vlasov, Front. Neurosci. 10 (2016), as in the aihwkit", True),
    )


def rram_exponential() -> PulsedDevice:
    """Filamentary HfO2 memory with steps that shrink exponentially.

    Source: Gong et al., Nat. Commun. 9 (2018), as fitted in IBM's analog hardware acceleration kit.

    Example:
        >>> rram_exponential().asymmetry
        0.259359
    """
    return PulsedDevice(
        ExponentialStep(-1.18445, -0.081404, up_rate=5.0, down_rate=5.0, slope=-0.5, offset=-0.5),
        step=0.00135,
        asymmetry=0.259359,
        spreads=Spreads(step=NormalSpread(0.2), balance=0.05, high=0.3, low=0.3),
        noise=CycleNoise(5.0),
        write_noise=75.0,
        source=Source("fit of the aihwkit to Gong et al., Nat. Commun. 9 (2018)", True),
    )


def rram_soft_bounds() -> PulsedDevice:
    """The same memory, more loosely, with soft bounds of 1.25 and -0.75.

    The fit takes each device at its symmetry point, which is 0.

    Source: Gong et al., Nat. Commun. 9 (2018), as fitted in IBM's analog hardware acceleration kit.

    Example:
        >>> rram_soft_bounds().high
        1.25
    """
    return PulsedDevice(
        SoftBounds(),
        step=0.002,
        low=-0.75,
        high=1.25,
        spreads=Spreads(step=NormalSpread(0.3), balance=0.01, high=0.3 / 1.25, low=0.3 / 0.75),
        noise=CycleNoise(of_step=3.75),
        write_noise=56.0,
        source=Source("loose fit of the aihwkit to Gong et al., Nat. Commun. 9 (2018)", True),
    )


def hfo2_array() -> PulsedDevice:
    """A measured array of HfO2 memory, of a few steps only, 9.8 % of its cells corrupt.

    Devices are as they are; the fit subtracts from each its symmetry point, as `tiki_taka` does.

    Source: Gong, Rasch et al., IEDM 2022, "baseline HfO2", as fitted in IBM's analog hardware
    acceleration kit, which leaves the corrupt cells out if it is not asked for them.

    Example:
        >>> hfo2_array().corruption.share
        0.0977
    """
    return PulsedDevice(
        SoftBounds(),
        step=0.4622,
        spreads=Spreads(step=LogNormalSpread(0.7125), balance=0.01, high=0.4295, low=0.5990),
        noise=CycleNoise(of_step=0.2174),
        write_noise=0.5841,
        corruption=Corruption(0.0977, within=0.01),
        source=Source("Gong, Rasch et al., IEDM 2022, as in the aihwkit", True),
    )


def optimised_rram_array() -> PulsedDevice:
    """A measured array of RRAM of an optimised material, 13.5 % of its cells corrupt.

    Devices are as they are; the fit subtracts from each its symmetry point, as `tiki_taka` does.

    Source: Gong, Rasch et al., IEDM 2022, "optimised material", as fitted in IBM's analog hardware
    acceleration kit, which leaves the corrupt cells out if it is not asked for them.

    Example:
        >>> optimised_rram_array().step
        0.0949
    """
    return PulsedDevice(
        SoftBounds(),
        step=0.0949,
        spreads=Spreads(step=LogNormalSpread(0.7829), balance=0.01, high=0.3499, low=0.5695),
        noise=CycleNoise(of_step=0.4158),
        write_noise=1.4113,
        corruption=Corruption(0.1348, within=0.01),
        source=Source("Gong, Rasch et al., IEDM 2022, as in the aihwkit", True),
    )


def pcm_one_sided() -> PulsedDevice:
    r"""Phase-change memory (GST): pulses crystallise it step by step, a reset melts it at once.

    The range is 0 to 2, upwards only: two of them hold a weight, as `OneSidedPair` has them. Noise
    of a step is $0.6\,(|\Delta w| + 0.042 + 0.108\,|w|)$. The spread of a reset from one time to
    the next, 0.01, is the default of the kit.

    Source: Nandakumar et al., Front. Neurosci. 14 (2020), as fitted in IBM's analog hardware
    acceleration kit.

    Example:
        >>> pcm_one_sided().low, pcm_one_sided().high
        (0.0, 2.0)
    """
    return PulsedDevice(
        ExponentialStep(-27.235, -2.235, up_rate=2.5, down_rate=2.5, slope=-1.0),
        step=0.01,
        low=0.0,
        high=2.0,
        spreads=Spreads(step=NormalSpread(0.2), balance=0.05, high=0.1),
        noise=CycleNoise(0.6, absolute=0.6 * 0.042, of_weight=0.6 * 0.108),
        resetting=Reset(0.01, device_spread=0.02, cycle_spread=0.01),
        source=Source("fit of the aihwkit to Nandakumar et al., Front. Neurosci. 14 (2020)", True),
    )


def capacitor() -> PulsedDevice:
    """A capacitor with transistors that charge and discharge it; a millionth leaks per period.

    A period is one batch of images in the kit; what it is in seconds the circuit decides.

    Source: Li et al., VLSI 2018, as fitted in IBM's analog hardware acceleration kit.

    Example:
        >>> capacitor().lifetime
        1000000.0
    """
    return PulsedDevice(
        LinearStep(0.05, 0.05, 0.01, 0.01),
        step=0.005,
        spreads=Spreads(step=NormalSpread(0.1), balance=0.06, high=0.07, low=0.07, lifetime=0.3),
        noise=CycleNoise(of_step=0.3),
        lifetime=1e6,
        source=Source("fit of the aihwkit to Li et al., VLSI 2018", True),
    )


def ecram() -> PulsedDevice:
    """Electrochemical memory with lithium, almost linear, its range shifted to the symmetry point.

    Source: Tang et al., IEDM 2018, as fitted in IBM's analog hardware acceleration kit.

    Example:
        >>> ecram().low, ecram().high
        (-0.8276, 1.1724)
    """
    low, high = -0.8276, 1.1724
    return PulsedDevice(
        LinearStep(0.1153 / high, 0.5085 / -low, 0.05 / high, 0.05 / -low),
        step=0.002,
        low=low,
        high=high,
        spreads=Spreads(step=NormalSpread(0.1), balance=0.01, high=0.05, low=0.05),
        noise=CycleNoise(0.3),
        source=Source("fit of the aihwkit to Tang et al., IEDM 2018", True),
    )


def silver_silicon() -> PulsedDevice:
    """Ag:a-Si memory: 97 pulses up, 100 down, strongly curved, 3.5 % of the range of noise.

    A weight of -1 is 3.08 nS and one of 1 is 38.5 nS.

    Source: the example device of NeuroSim, Chen, Peng, Yu, IEDM 2017.

    Example:
        >>> round(silver_silicon().step, 4)
        0.0203
    """
    curve = PulseCurve(97, 100, up_nonlinearity=2.4, down_nonlinearity=4.88)
    return PulsedDevice(
        curve,
        step=curve.step(-1.0, 1.0),
        noise=CycleNoise(absolute=0.035 * 2),
        source=Source(
            "example of MLP+NeuroSim 3.0 (Chen, Peng, Yu, IEDM 2017), second hand", False
        ),
    )


def ferroelectric() -> PulsedDevice:
    """Ferroelectric transistor: 32 states, almost symmetric, 0.3 % of the range of noise.

    The largest conductance is 45 times the smallest; a pulse takes 75 ns.

    Source: Jerry et al., IEDM 2017, for the states, the ratio and the pulse (abstract); the
    nonlinearities of 1.75 and 1.46 and the noise are those of DNN+NeuroSim 2.1.

    Example:
        >>> round(ferroelectric().step, 4)
        0.0625
    """
    curve = PulseCurve(32, 32, up_nonlinearity=1.75, down_nonlinearity=1.46)
    return PulsedDevice(
        curve,
        step=curve.step(-1.0, 1.0),
        noise=CycleNoise(absolute=0.003 * 2),
        source=Source("Jerry et al., IEDM 2017, as in DNN+NeuroSim 2.1", checked=True),
    )


def tunnel_junction(overdrive: float = 0.9) -> PulsedDevice:
    """Magnetic tunnel junction that a pulse of 10 ns switches by chance, of stability 50.

    Args:
        overdrive: voltage of a pulse in parts of the critical one; sets the chance to switch.

    Raises:
        ValueError: an overdrive outside 0 to 1.

    Source: the law is `switching_probability`; its constants are customary, none is measured here.

    Example:
        >>> round(tunnel_junction().law.up, 3)
        0.065
    """
    chance = switching_probability(10.0, overdrive=overdrive, stability=50.0)
    return PulsedDevice(
        StochasticSwitch(chance, chance),
        step=1.0,
        source=Source("customary constants of a magnetic tunnel junction", checked=False),
    )
