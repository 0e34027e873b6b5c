"""How noisy a photoreceptor is, from how often its pixel sends an event in a scene that rests."""

import math

from ranvier.encode._checks import above_zero

# Of log10(threshold / rms) over log10(rate / bandwidth), from the cube down.
_FIT = (-0.0026, -0.036, -0.1949, 0.321)
_LEAST, _MOST = -5.0, 0.0


def photoreceptor_noise(rate_hz: float, *, cutoff_hz: float, threshold: float = 0.2) -> float:
    r"""The noise of a photoreceptor whose pixel sends so many on events per second at rest.

    $$\log_{10} \frac{C}{v_n} = -0.0026\, x^3 - 0.036\, x^2 - 0.1949\, x + 0.321, \qquad
    x = \log_{10} \frac{R_{on}}{f_c}$$

    for $-5 \le x \le 0$; as many off events come. The fit is of published simulations. The rate
    of Gaussian noise behind one first-order low-pass, with a reference that began at its mean,
    can be calculated from first passages: it is 0.9 to 1.4 times that of the fit down to
    $x = -4$, and 2.6 times at $-5$. A scene that moves leaves the reference anywhere, and more
    events come.

    Args:
        rate_hz: $R_{on}$, on events of a pixel per second.
        cutoff_hz: $f_c$, bandwidth of the photoreceptor.
        threshold: $C$, of log intensity.

    Returns:
        $v_n$, root mean square of log intensity, for `Camera(photoreceptor_rms=...)`.

    Raises:
        ValueError: an argument that is not above 0, or a rate that the fit does not reach.

    Source: Graca, Delbruck, "Unraveling the paradox of intensity-dependent DVS pixel noise",
    International Image Sensor Workshop (2021), figure 3; the fit is that of v2e.

    Example:
        >>> round(photoreceptor_noise(1.0, cutoff_hz=100.0), 4)
        0.0517
    """
    above_zero("photoreceptor_noise", rate_hz=rate_hz, cutoff_hz=cutoff_hz, threshold=threshold)
    x = math.log10(rate_hz / cutoff_hz)
    if not _LEAST <= x <= _MOST:
        raise ValueError(
            f"photoreceptor_noise: rate_hz is {rate_hz:g}, expected {10**_LEAST * cutoff_hz:g} "
            f"to {10**_MOST * cutoff_hz:g} for a bandwidth of {cutoff_hz:g} Hz."
        )
    exponent = 0.0
    for coefficient in _FIT:
        exponent = exponent * x + coefficient
    return threshold / 10**exponent
