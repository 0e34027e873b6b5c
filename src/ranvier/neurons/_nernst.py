"""The equilibrium potential of an ion."""

import math

BOLTZMANN_J_PER_K = 1.380649e-23
ELEMENTARY_CHARGE_C = 1.602176634e-19
ICE_POINT_K = 273.15


def nernst_potential_mV(
    outside_mM: float, inside_mM: float, *, valence: int, temperature_C: float = 37.0
) -> float:
    r"""The potential at which diffusion and field balance for one kind of ion.

    $$E = \frac{k T}{z q} \ln \frac{n_{out}}{n_{in}}$$

    Args:
        outside_mM: $n_{out}$, concentration outside the cell.
        inside_mM: $n_{in}$, concentration inside.
        valence: $z$, charge of the ion in elementary charges, with its sign.
        temperature_C: $T$, in degrees Celsius.

    Returns:
        The potential of the inside against the outside, mV.

    Raises:
        ValueError: a concentration or an absolute temperature that is not positive, or no charge.

    Source: Nernst, Z. Phys. Chem. 4 (1889); Hille, Ion Channels of Excitable Membranes (2001),
    eq. 1.11a.

    Example:
        Potassium in a mammal:

        >>> round(nernst_potential_mV(5.0, 140.0, valence=1), 1)
        -89.1
    """
    for name, value in {"outside_mM": outside_mM, "inside_mM": inside_mM}.items():
        if not value > 0:
            raise ValueError(f"nernst_potential_mV: {name} is {value}, expected more than 0.")
    if valence == 0:
        raise ValueError("nernst_potential_mV: valence is 0, expected the charge of an ion.")
    if not temperature_C > -ICE_POINT_K:
        raise ValueError(
            f"nernst_potential_mV: temperature_C is {temperature_C}, expected more than "
            f"{-ICE_POINT_K} degrees Celsius."
        )
    thermal_mV = 1e3 * BOLTZMANN_J_PER_K * (temperature_C + ICE_POINT_K) / ELEMENTARY_CHARGE_C
    return thermal_mV / valence * math.log(outside_mM / inside_mM)
