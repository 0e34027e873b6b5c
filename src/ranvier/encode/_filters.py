"""Codes that a low-pass filter reads: sigma-delta, Ben's spiker, and its ancestor."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, has_time, numbers_of


def sigma_delta(signal: Float[Array, "time ..."]) -> Float[Array, "time ..."]:
    r"""One-bit sigma-delta modulation: what the output gets wrong is carried on and made good.

    $$v_t = v_{t-1} + x_t - y_{t-1}, \qquad y_t = \operatorname{sign}(v_t), \qquad
    v_0 = y_0 = 0$$

    The error is pushed to high frequencies: its amplitude rises by 20 dB per decade. Any low-pass
    filter decodes. Over $N$ steps, the mean of $y$ is within $2 / N$ of the mean of $x$, so that
    $N$ steps carry about $\log_2 N$ bits of a constant.

    Args:
        signal: $x$, within -1..1, `[time, ...]`; what lies outside is taken as the nearer end.

    Returns:
        1 and -1, `[time, ...]`.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps.

    Source: Inose, Yasuda, Murakami, "A telemetering system by code modulation", IRE Trans. Space
    Electron. Telem. (1962).

    Example:
        >>> import jax.numpy as jnp
        >>> sigma_delta(jnp.full(8, 0.5)).tolist()
        [1.0, 1.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0]
    """
    signal = numbers_of("sigma_delta", signal)
    has_time("sigma_delta", signal)
    return _modulated(jnp.clip(signal, -1, 1))


@jax.jit
def _modulated(signal: Array) -> Array:
    def step(carry: tuple[Array, Array], x: Array) -> tuple[tuple[Array, Array], Array]:
        v, y = carry
        v = v + x - y
        y = jnp.where(v >= 0, 1.0, -1.0).astype(v.dtype)
        return (v, y), y

    nothing = jnp.zeros_like(signal[0])
    return jax.lax.scan(step, (nothing, nothing), signal)[1]


def asynchronous_sigma_delta(
    signal: Float[Array, "time ..."], *, threshold: float
) -> Float[Array, "time ..."]:
    r"""Send a signed spike whenever the integral of a signal has moved by a threshold.

    $$v_t = v_{t-1} + x_t - \theta y_{t-1}, \qquad
    y_t = \pm 1\ \text{if}\ \pm v_t \ge \theta,\ \text{else}\ 0$$

    Silent where the signal is. $|\sum_{s \le t} x_s - \theta \sum_{s \le t} y_s| < \theta$ for a
    signal of at most $\theta$: the mean over $N$ steps is right to $\theta / N$ from the start on.
    A step carries at most $\log_2 3$ bits.

    Args:
        signal: $x$, `[time, ...]`; what is beyond $\pm\theta$ is taken as that.
        threshold: $\theta$.

    Returns:
        -1, 0 and 1, `[time, ...]`.

    Raises:
        TypeError: a signal of whole numbers.
        ValueError: no steps, or a threshold that is not above 0.

    Source: Yoon, "LIF and simplified SRM neurons encode signals into spikes via a form of
    asynchronous pulse sigma-delta modulation", IEEE Trans. Neural Netw. Learn. Syst. 28 (2017).

    Example:
        >>> import jax.numpy as jnp
        >>> asynchronous_sigma_delta(jnp.array([0.5, 0.5, 0.0, -1.0]), threshold=1.0).tolist()
        [0.0, 1.0, 0.0, -1.0]
    """
    signal = numbers_of("asynchronous_sigma_delta", signal)
    has_time("asynchronous_sigma_delta", signal)
    above_zero("asynchronous_sigma_delta", threshold=threshold)
    return _integrated(jnp.clip(signal, -threshold, threshold), threshold)


@jax.jit
def _integrated(signal: Array, threshold: float) -> Array:
    def step(v: Array, x: Array) -> tuple[Array, Array]:
        v = v + x
        y = jnp.where(jnp.abs(v) >= threshold, jnp.sign(v), 0.0).astype(v.dtype)
        return v - threshold * y, y

    return jax.lax.scan(step, jnp.zeros_like(signal[0]), signal)[1]


def bens_spiker(
    signal: Float[Array, "time ..."], kernel: Float[Array, "taps"], *, threshold: float = 0.955
) -> Float[Array, "time ..."]:
    r"""Ben's spiker algorithm (BSA): spike where taking the kernel out leaves less of a signal.

    $$\sum_i |s_{t+i} - h_i| \le \sum_i |s_{t+i}| - \theta:\quad y_t = 1,\
    s_{t+i} \leftarrow s_{t+i} - h_i$$

    It looks ahead by the length of the kernel. `decode_kernel` reads it. At most one bit per step.

    Args:
        signal: $s$, within 0 and the sum of the kernel, `[time, ...]`; beyond its end it is 0.
        kernel: $h$, of the decoder, `[taps]`.
        threshold: $\theta$; 0.955 suits kernels that sum to 1 in the source. Lower gives more
            spikes.

    Returns:
        0 and 1, `[time, ...]`.

    Raises:
        TypeError: a signal or kernel of whole numbers.
        ValueError: no steps, or a kernel of another shape.

    Source: Schrauwen, Van Campenhout, "BSA, a fast and accurate spike train encoding scheme",
    IJCNN (2003).

    Example:
        >>> import jax.numpy as jnp
        >>> bens_spiker(jnp.array([1.0, 2.0, 1.0]), jnp.array([1.0, 1.0]), threshold=0.5).tolist()
        [1.0, 1.0, 0.0]
    """
    signal, kernel = _signal_and_kernel("bens_spiker", signal, kernel)
    return _peeled(_helps, signal, kernel, threshold)


def hough_spiker(
    signal: Float[Array, "time ..."], kernel: Float[Array, "taps"]
) -> Float[Array, "time ..."]:
    r"""Hough spiker algorithm (HSA): spike where the kernel fits under what is left of a signal.

    $$s_{t+i} \ge h_i\ \text{for all}\ i:\quad y_t = 1,\ s_{t+i} \leftarrow s_{t+i} - h_i$$

    `decode_kernel` reads it, and is never above the signal: what remains is not negative. At most
    one bit per step.

    Args:
        signal: $s$, within 0 and the sum of the kernel, `[time, ...]`; beyond its end it is 0.
        kernel: $h$, of the decoder, `[taps]`.

    Returns:
        0 and 1, `[time, ...]`.

    Raises:
        TypeError: a signal or kernel of whole numbers.
        ValueError: no steps, or a kernel of another shape.

    Source: Hough, de Garis, Korkin, Gers, Nawa, "SPIKER: analog waveform to digital spiketrain
    conversion in ATR's artificial brain project", ICARIE (1999).

    Example:
        >>> import jax.numpy as jnp
        >>> hough_spiker(jnp.array([1.0, 2.0, 1.0]), jnp.array([1.0, 1.0])).tolist()
        [1.0, 1.0, 0.0]
    """
    signal, kernel = _signal_and_kernel("hough_spiker", signal, kernel)
    return _peeled(_fits, signal, kernel, 0.0)


def decode_kernel(
    trains: Float[Array, "time ..."], kernel: Float[Array, "taps"]
) -> Float[Array, "time ..."]:
    r"""The signal that spikes stand for, each of them a kernel that begins with it.

    $$\hat s_t = \sum_i h_i\, y_{t-i}$$

    Args:
        trains: spikes, `[time, ...]`.
        kernel: $h$, `[taps]`.

    Raises:
        TypeError: a kernel of whole numbers.
        ValueError: no steps, or a kernel of another shape.

    Example:
        >>> import jax.numpy as jnp
        >>> decode_kernel(jnp.array([1.0, 1.0, 0.0]), jnp.array([1.0, 1.0])).tolist()
        [1.0, 2.0, 1.0]
    """
    trains, kernel = jnp.asarray(trains), _kernel("decode_kernel", kernel)
    has_time("decode_kernel", trains)
    flat = trains.reshape(trains.shape[0], -1).astype(kernel.dtype)
    spread = jax.vmap(lambda one: jnp.convolve(one, kernel), 1, 1)(flat)
    return spread[: trains.shape[0]].reshape(trains.shape)


def _kernel(owner: str, kernel: Array) -> Array:
    kernel = numbers_of(owner, kernel)
    if kernel.ndim != 1 or not kernel.size:
        raise ValueError(f"{owner}: the kernel has shape {kernel.shape}, expected [taps].")
    return kernel


def _signal_and_kernel(owner: str, signal: Array, kernel: Array) -> tuple[Array, Array]:
    signal = numbers_of(owner, signal)
    kernel = _kernel(owner, kernel)
    has_time(owner, signal)
    return signal, kernel.reshape(-1, *(1,) * (signal.ndim - 1)).astype(signal.dtype)


def _helps(ahead: Array, kernel: Array, threshold: float) -> Array:
    return jnp.abs(ahead - kernel).sum(0) <= jnp.abs(ahead).sum(0) - threshold


def _fits(ahead: Array, kernel: Array, _threshold: float) -> Array:
    return (ahead >= kernel).all(0)


@functools.partial(jax.jit, static_argnums=0)
def _peeled(
    fires: Callable[[Array, Array, float], Array], signal: Array, kernel: Array, threshold: float
) -> Array:
    """Kernels taken out of a signal from its beginning to its end."""
    taps = kernel.shape[0]
    long = jnp.concatenate([signal, jnp.zeros((taps, *signal.shape[1:]), signal.dtype)])

    def step(ahead: Array, following: Array) -> tuple[Array, Array]:
        fired = fires(ahead, kernel, threshold)
        left = jnp.where(fired, ahead - kernel, ahead)
        return jnp.concatenate([left[1:], following[None]]), fired.astype(signal.dtype)

    return jax.lax.scan(step, long[:taps], long[taps:])[1]
