"""Published devices, by the constants of their fits."""

from ranvier.hardware.devices._curves import (
    ClippedLogarithm,
    ClippedPower,
    Piecewise,
    Polynomial,
)
from ranvier.hardware.devices._device import Device, Source
from ranvier.hardware.devices._programming import GaussianError
from ranvier.hardware.devices._reading import FlickerNoise, LogarithmicNoise, RelativeNoise
from ranvier.hardware.devices._retention import LogarithmicRelaxation, PowerLawDrift, Relaxation
from ranvier.hardware.devices._switching import ThermalSwitching, TwoStates

_DAY = 86_400.0


def ideal(maximum_uS: float = 25.0) -> Device:
    """A device that takes what it is told, keeps it, and is read without noise.

    Args:
        maximum_uS: the largest conductance.

    Example:
        >>> ideal().reference_seconds
        1.0
    """
    return Device(maximum_uS=maximum_uS, source=Source("exact by definition", checked=True))


def pcm(maximum_uS: float = 25.0) -> Device:
    r"""Phase-change memory, doped GST mushroom cells, measured on about a million devices.

    With $r = g_T / g_{max}$: programming error $0.26348 + 1.9650\,r - 1.1731\,r^2$ uS; drift of
    mean $-0.0155 \ln r + 0.0244$ within 0.049 and 0.1, spread $-0.0125 \ln r - 0.0059$ within
    0.008 and 0.045, from 20 s on; 1/f noise of strength $\min(0.0088 / r^{0.65}, 0.2)$, readings
    of 250 ns.

    Args:
        maximum_uS: 25 as measured; the programming error is scaled in proportion for others.

    Source: Nandakumar et al., ICECS 2019; constants as in IBM's analog hardware acceleration kit.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> held = pcm().program(jnp.full(100_000, 12.5), key=jax.random.key(0))
        >>> round(float(held.programmed_uS.std()), 1)
        1.0
    """
    scale = maximum_uS / 25.0
    return Device(
        maximum_uS=maximum_uS,
        programming=GaussianError(Polynomial((0.26348 * scale, 1.9650 * scale, -1.1731 * scale))),
        retention=PowerLawDrift(
            ClippedLogarithm(-0.0155, 0.0244, 0.049, 0.1),
            ClippedLogarithm(-0.0125, -0.0059, 0.008, 0.045),
        ),
        reading=FlickerNoise(ClippedPower(0.0088, 0.65, 0.2), read_seconds=250e-9),
        reference_seconds=20.0,
        source=Source("Nandakumar et al., ICECS 2019, as in the aihwkit", checked=True),
    )


def hermes_1() -> Device:
    """Phase-change memory of the HERMES chip, one device per polarity (10.35 uS).

    Source: Le Gallo et al., Nat. Electron. 6 (2023), for the chip; the fit is that of IBM's analog
    hardware acceleration kit.

    Example:
        >>> hermes_1().maximum_uS, hermes_1().reference_seconds
        (10.35, 200.0)
    """
    return Device(
        maximum_uS=10.35,
        programming=GaussianError(Polynomial((0.15781817, 2.32443916, -2.16310839, 0.68841818))),
        retention=PowerLawDrift(
            _HERMES_MEAN,
            Piecewise(
                0.3039,
                ClippedLogarithm(-0.0120, -0.0023, 0.0124, 0.04),
                Polynomial((0.0104, 0.0116, -0.0165)),
            ),
        ),
        reading=FlickerNoise(
            Piecewise(
                0.1591,
                ClippedLogarithm(-0.0078, 0.0038, 0.0179, 0.04),
                Polynomial((0.0088, 0.0768, -0.1352, 0.0664)),
            ),
            read_seconds=512e-9,
        ),
        reference_seconds=200.0,
        source=_HERMES,
    )


def hermes_2() -> Device:
    """Phase-change memory of the HERMES chip, two devices per polarity, as one of 20.7 uS.

    Source: Le Gallo et al., Nat. Electron. 6 (2023), for the chip; the fit is that of IBM's analog
    hardware acceleration kit.

    Example:
        >>> hermes_2().maximum_uS, hermes_2().reference_seconds
        (20.7, 300.0)
    """
    return Device(
        maximum_uS=20.7,
        programming=GaussianError(Polynomial((0.16603222, 4.71806468, -8.48101252, 4.68961419))),
        retention=PowerLawDrift(
            _HERMES_MEAN,
            Piecewise(
                0.3055,
                ClippedLogarithm(-0.0117, -0.0057, 0.0091, 0.04),
                Polynomial((0.0073, 0.0093, -0.0118)),
            ),
        ),
        reading=FlickerNoise(
            Piecewise(
                0.16,
                ClippedLogarithm(-0.0117, -0.0069, 0.015, 0.04),
                Polynomial((0.0123, 0.0211, -0.0280, 0.0069)),
            ),
            read_seconds=512e-9,
        ),
        reference_seconds=300.0,
        source=_HERMES,
    )


def rram() -> Device:
    """Filamentary HfOx memory of the NeuRRAM chip, 40 uS, measured at 1 s, 1 day and 2 days.

    The error after one second and its later widths are polynomials of the relative conductance
    that was aimed at; a reading adds 1 %. Between the times widths are interpolated over the
    logarithm of time, and each device keeps to its side: both are choices, no measurements.

    Source: Wan et al., Nature 608 (2022); the fit is that of IBM's analog hardware acceleration
    kit, which has no noise of readings and no times between.

    Example:
        >>> rram().maximum_uS
        40.0
    """
    spreads = (
        Polynomial((0.348, 16.030, -43.853, 45.393, -16.815)),
        Polynomial((0.701, 22.086, -50.773, 47.095, -16.458)),
        Polynomial((0.782, 20.274, -43.507, 37.062, -11.934)),
    )
    return Device(
        maximum_uS=40.0,
        programming=GaussianError(spreads[0]),
        retention=Relaxation((1.0, 1.0 + _DAY, 1.0 + 2 * _DAY), spreads),
        reading=RelativeNoise(0.01),
        reference_seconds=1.0,
        source=Source("Wan et al., Nature 608 (2022), fit of the aihwkit", checked=True),
    )


def rram_cmo(acceptance_percent: float = 0.2) -> Device:
    """HfOx memory with a conductive metal oxide: the mean falls, the width grows with ln t.

    From 9 to 88.2 uS. The error of programming is 0.0008 uS and 0.11 % of the target where writing
    goes on until a device is within 0.2 % of it, or 0.0112 uS and 1.13 % where within 2 %; one
    second later the width is 0.41 uS more.

    Args:
        acceptance_percent: within which a device is left alone, 0.2 or 2.

    Raises:
        ValueError: another acceptance than the two that were fitted.

    Source: Falcone et al. and Lombardo et al., DRC 2024, both as fitted in IBM's analog hardware
    acceleration kit.

    Example:
        >>> rram_cmo().minimum_uS, rram_cmo().maximum_uS
        (9.0, 88.2)
    """
    fits = {0.2: (0.00081107, 0.00106879), 2.0: (0.0112185391, 0.01129027418)}
    if acceptance_percent not in fits:
        raise ValueError(
            f"rram_cmo: acceptance_percent is {acceptance_percent}, expected one of {list(fits)}: "
            "only these were fitted."
        )
    constant, per_uS = fits[acceptance_percent]
    return Device(
        maximum_uS=88.2,
        minimum_uS=9.0,
        programming=GaussianError(Polynomial((constant, per_uS * 88.2))),
        retention=LogarithmicRelaxation(
            shift_uS=-0.08900206, width_uS=0.41183342, growth_uS=0.04201137
        ),
        reading=LogarithmicNoise(0.0277316483, read_seconds=1e-6),
        reference_seconds=1.0,
        bounds_uS=(9.0, 88.2),
        source=Source("Falcone et al., CMO/HfOx, fit of the aihwkit", checked=True),
    )


def magnetic() -> Device:
    """Magnetic tunnel junction, two states: 5 kOhm parallel, 12.5 kOhm antiparallel, 5 % apart.

    A tunnel magnetoresistance of 150 %, a stability of 50 (6 of ten thousand devices go over in a
    hundred years), and one write in a million that does not switch. For cells of two states, such
    as `BinaryPair`.

    Source: customary values of an embedded memory; none is measured here.

    Example:
        >>> magnetic().minimum_uS, magnetic().maximum_uS
        (80.0, 200.0)
    """
    return Device(
        maximum_uS=200.0,
        minimum_uS=80.0,
        programming=TwoStates(80.0, failure=1e-6, spread=0.05),
        retention=ThermalSwitching(50.0, ratio=2.5),
        source=Source("customary constants of a magnetic tunnel junction", checked=False),
    )


_HERMES = Source("fit of the aihwkit to the chip of Le Gallo et al., Nat. Electron. 6 (2023)", True)
_HERMES_MEAN = Piecewise(
    0.0945,
    ClippedLogarithm(-0.0387, -0.0182, 0.0720, 0.13),
    Polynomial((0.0736, -0.0126, -0.0436)),
)
