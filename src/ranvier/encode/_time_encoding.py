"""A time-encoding machine: an integrator whose spike times hold a band-limited signal whole."""

import numpy as np

from ranvier.encode._checks import above_zero


def time_encoding(
    signal: np.ndarray, *, time_step_ms: float, bias: float, threshold: float
) -> np.ndarray:
    r"""When an integrator of a signal and a bias reaches its threshold, again and again.

    $$\int_{t_k}^{t_{k+1}} \big(x(u) + b\big)\, du = \theta$$

    Between steps the signal is a straight line, of which the times are exact. Intervals last
    between $\theta / (b + c)$ and $\theta / (b - c)$ where $|x| \le c$. A signal without
    frequencies above $B$ is known from them if no interval reaches $1 / 2B$.

    Args:
        signal: $x$, `[time]`.
        time_step_ms: between its samples, in ms.
        bias: $b$, more than the largest magnitude of the signal.
        threshold: $\theta$, in units of the signal times ms.

    Returns:
        Times in ms, in order, the first sample being at 0.

    Raises:
        ValueError: another shape, a bias that does not keep the sum above zero, or a threshold or
            time step that is not above 0.

    Source: Lazar, Tóth, "Perfect recovery and sensitivity analysis of time encoded bandlimited
    signals", IEEE Trans. Circuits Syst. I 51 (2004).

    Example:
        >>> time_encoding(np.zeros(5), time_step_ms=1.0, bias=2.0, threshold=3.0).tolist()
        [1.5, 3.0]
    """
    above_zero("time_encoding", time_step_ms=time_step_ms, bias=bias, threshold=threshold)
    signal = np.asarray(signal, np.float64)
    if signal.ndim != 1 or signal.size < 2:
        raise ValueError(
            f"time_encoding: the signal has shape {signal.shape}, expected [time] with at least 2 "
            "steps."
        )
    drive = signal + bias
    if not (drive > 0).all():
        raise ValueError(
            f"time_encoding: the signal goes down to {signal.min():g} with a bias of {bias:g}, "
            "expected a sum above 0 everywhere. Raise the bias."
        )
    area = np.concatenate([[0.0], np.cumsum((drive[1:] + drive[:-1]) / 2) * time_step_ms])
    wanted = threshold * np.arange(1, int(area[-1] / threshold * (1 + 1e-12)) + 1)
    step = np.clip(np.searchsorted(area, wanted) - 1, 0, len(area) - 2)
    rest, low = wanted - area[step], drive[step]
    slope = (drive[step + 1] - low) / time_step_ms
    # The root of low t + slope t^2 / 2 = rest in the form that is safe for slopes near 0.
    inside = 2 * rest / (low + np.sqrt(np.maximum(low**2 + 2 * slope * rest, 0)))
    return time_step_ms * step + inside


def decode_time_encoding(
    times_ms: np.ndarray,
    at_ms: np.ndarray,
    *,
    bias: float,
    threshold: float,
    bandwidth_hz: float,
) -> np.ndarray:
    r"""The band-limited signal that makes an integrator spike at these times.

    $$\hat x(t) = \sum_k c_k \frac{\sin \Omega (t - s_k)}{\pi (t - s_k)}, \qquad
    c = G^+ q, \quad q_l = \theta - b (t_{l+1} - t_l), \quad
    G_{lk} = \int_{t_l}^{t_{l+1}} \frac{\sin \Omega (u - s_k)}{\pi (u - s_k)}\, du$$

    $s_k$ lies halfway between two spikes, $\Omega = 2 \pi B$. Right everywhere for a train without
    ends; of a train that begins and ends, within a few intervals of its ends it is not.

    Args:
        times_ms: of at least three spikes, rising.
        at_ms: where the signal is wanted, in ms.
        bias: $b$ of `time_encoding`.
        threshold: $\theta$ of `time_encoding`.
        bandwidth_hz: $B$, above every frequency of the signal.

    Raises:
        ValueError: fewer than three spikes, times that do not rise, or an interval of $1 / 2B$ or
            more, from which the signal cannot be known.

    Source: Lazar, Tóth, IEEE Trans. Circuits Syst. I 51 (2004).

    Example:
        >>> steps_ms = np.arange(2001) / 10
        >>> wave = 0.5 * np.sin(2 * np.pi * 20 * steps_ms / 1000)
        >>> times = time_encoding(wave, time_step_ms=0.1, bias=1.0, threshold=5.0)
        >>> middle = slice(800, 1200)
        >>> again = decode_time_encoding(
        ...     times, steps_ms[middle], bias=1.0, threshold=5.0, bandwidth_hz=30.0)
        >>> bool(np.abs(again - wave[middle]).max() < 0.001)
        True
    """
    from scipy.special import sici

    above_zero("decode_time_encoding", bias=bias, threshold=threshold, bandwidth_hz=bandwidth_hz)
    times = np.asarray(times_ms, np.float64)
    if times.ndim != 1 or times.size < 3 or not (np.diff(times) > 0).all():
        raise ValueError(
            f"decode_time_encoding: the times have shape {times.shape}, expected at least three, "
            "each later than the one before."
        )
    gaps, longest = np.diff(times), 1000 / (2 * bandwidth_hz)
    if gaps.max() >= longest:
        raise ValueError(
            f"decode_time_encoding: an interval lasts {gaps.max():g} ms, expected less than "
            f"1 / 2B = {longest:g} ms. Lower the threshold or raise the bias of time_encoding."
        )
    omega = 2 * np.pi * bandwidth_hz / 1000
    middles = (times[1:] + times[:-1]) / 2
    integral = sici(omega * (times[:, None] - middles))[0] / np.pi
    weights = np.linalg.pinv(np.diff(integral, axis=0), rcond=1e-8) @ (threshold - bias * gaps)
    away = np.asarray(at_ms, np.float64)[..., None] - middles
    return (omega / np.pi * np.sinc(omega * away / np.pi)) @ weights
