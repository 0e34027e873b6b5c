"""Population coding: a number becomes a hill of activity over units that prefer other numbers."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.encode._checks import above_zero, at_least, numbers_of


class GaussianTuning(NamedTuple):
    """Gaussian tuning curves of one width.

    Attributes:
        centres: the value that each unit prefers, `[n]`.
        width: standard deviation of every curve, in units of the values.

    Example:
        >>> gaussian_tuning(5, low=0.0, high=3.0).width
        0.6666666666666666
    """

    centres: Float[Array, "units"]
    width: float


def gaussian_tuning(units: int, *, low: float, high: float, beta: float = 1.5) -> GaussianTuning:
    r"""Tuning curves that are evenly spaced over a range, the outermost half a step beyond it.

    $$c_i = a + \frac{2 i - 3}{2} \cdot \frac{b - a}{n - 2}, \quad i = 1 \dots n, \qquad
    \sigma = \frac{1}{\beta} \cdot \frac{b - a}{n - 2}$$

    Args:
        units: $n$, at least 3.
        low, high: $a$ and $b$, the range of the values.
        beta: how narrow the curves are; 1.5 in the source.

    Raises:
        ValueError: fewer than three units, a range that is not one, or a beta that is not above 0.

    Source: Bohte, La Poutré, Kok, IEEE Trans. Neural Netw. 13 (2002).

    Example:
        >>> gaussian_tuning(5, low=0.0, high=3.0).centres.tolist()
        [-0.5, 0.5, 1.5, 2.5, 3.5]
    """
    at_least("gaussian_tuning", "units", units, 3)
    above_zero("gaussian_tuning", beta=beta)
    if not low < high:
        raise ValueError(f"gaussian_tuning: low is {low}, expected less than high = {high}.")
    apart = (high - low) / (units - 2)
    return GaussianTuning(low + apart * (jnp.arange(units) - 0.5), apart / beta)


def population(values: Float[Array, "..."], tuning: GaussianTuning) -> Float[Array, "... units"]:
    r"""The activity of every unit of a population, 1 where a value is the one that it prefers.

    $$f_i(x) = e^{-(x - c_i)^2 / 2 \sigma^2}$$

    Not yet spikes: give it to `rate`, `poisson`, `latency` or any other code. $n$ units whose
    counts go to $K$ carry less than $n \log_2(K + 1)$ bits of one number, since their counts hang
    together; what they buy is that no single spike matters.

    Args:
        values: $x$, of any shape.
        tuning: the curves; see `gaussian_tuning`.

    Returns:
        Within 0..1, `[*values.shape, n]`.

    Raises:
        TypeError: values that are whole numbers.

    Source: Bohte, La Poutré, Kok, IEEE Trans. Neural Netw. 13 (2002): latencies of these
    activities, none where the activity is below 0.1.

    Example:
        >>> import jax.numpy as jnp
        >>> curves = gaussian_tuning(5, low=0.0, high=3.0)
        >>> [round(float(f), 3) for f in population(jnp.array(0.5), curves)]
        [0.325, 1.0, 0.325, 0.011, 0.0]
    """
    values = numbers_of("population", values)
    away = (values[..., None] - tuning.centres) / tuning.width
    return jnp.exp(-0.5 * away**2)


def decode_population_vector(
    counts: Float[Array, "... units"], tuning: GaussianTuning
) -> Float[Array, "..."]:
    r"""The mean of the preferred values, weighted with the spikes; NaN where there is none.

    $$\hat x = \frac{\sum_i n_i c_i}{\sum_i n_i}$$

    It is drawn towards the middle where curves are missing beyond the range.

    Args:
        counts: $n$, spikes of each unit, or its activity.
        tuning: the curves.

    Raises:
        ValueError: as many counts as there are not units.

    Source: Georgopoulos, Schwartz, Kettner, Science 233 (1986), for directions; Dayan, Abbott,
    Theoretical Neuroscience (2001), section 3.3.

    Example:
        >>> import jax.numpy as jnp
        >>> curves = gaussian_tuning(5, low=0.0, high=3.0)
        >>> float(decode_population_vector(jnp.array([0, 2, 2, 0, 0]), curves))
        1.0
    """
    counts = _counts("decode_population_vector", counts, tuning)
    return counts @ tuning.centres / counts.sum(-1)


def population_log_likelihood(
    counts: Float[Array, "... units"],
    tuning: GaussianTuning,
    candidates: Float[Array, "candidates"],
    *,
    spikes: float,
) -> Float[Array, "... candidates"]:
    r"""How likely each of some values makes Poisson counts, as a logarithm without constants.

    $$\ln P(n \mid x) = \sum_i n_i \ln f_i(x) - K \sum_i f_i(x) + \text{const}$$

    Args:
        counts: $n$, spikes of each unit, `[..., n]`.
        tuning: the curves.
        candidates: values $x$ that are compared.
        spikes: $K$, mean count at the peak of a curve.

    Raises:
        ValueError: as many counts as there are not units, or `spikes` not above 0.

    Source: Dayan, Abbott, Theoretical Neuroscience (2001), section 3.3.

    Example:
        >>> import jax.numpy as jnp
        >>> curves = gaussian_tuning(5, low=0.0, high=3.0)
        >>> likely = population_log_likelihood(
        ...     jnp.array([0, 4, 1, 0, 0]), curves, jnp.array([0.5, 2.5]), spikes=5.0)
        >>> int(likely.argmax())
        0
    """
    counts = _counts("population_log_likelihood", counts, tuning)
    above_zero("population_log_likelihood", spikes=spikes)
    candidates = jnp.asarray(candidates)
    away = (candidates[:, None] - tuning.centres) / tuning.width
    # Logarithms of the curves, which stay finite where the curves themselves are nearly 0.
    return counts @ (-0.5 * away**2).T - spikes * jnp.exp(-0.5 * away**2).sum(-1)


def decode_population(
    counts: Float[Array, "... units"],
    tuning: GaussianTuning,
    candidates: Float[Array, "candidates"],
    *,
    spikes: float,
) -> Float[Array, "..."]:
    r"""The mean of a value given Poisson counts, every candidate being as likely beforehand.

    $$\hat x = \frac{\sum_x x\, P(n \mid x)}{\sum_x P(n \mid x)}$$

    No estimate has a smaller mean square error. With $K$ spikes at the peak of a curve and curves
    $\delta$ apart, the variance comes to the bound of Cramér and Rao,
    $\sigma \delta / (K \sqrt{2 \pi})$, when there are many spikes.

    Args:
        counts: $n$, spikes of each unit, `[..., n]`.
        tuning: the curves.
        candidates: values $x$ that are averaged over, evenly spaced.
        spikes: $K$, mean count at the peak of a curve.

    Raises:
        ValueError: as many counts as there are not units, or `spikes` not above 0.

    Source: Dayan, Abbott, Theoretical Neuroscience (2001), section 3.3.

    Example:
        >>> import jax.numpy as jnp
        >>> curves = gaussian_tuning(5, low=0.0, high=3.0)
        >>> guess = decode_population(
        ...     jnp.array([0, 5, 5, 0, 0]), curves, jnp.linspace(0, 3, 301), spikes=10.0)
        >>> round(float(guess), 1)
        1.0
    """
    likely = population_log_likelihood(counts, tuning, candidates, spikes=spikes)
    weight = jnp.exp(likely - likely.max(-1, keepdims=True))
    return weight @ jnp.asarray(candidates) / weight.sum(-1)


def _counts(owner: str, counts: Array, tuning: GaussianTuning) -> Array:
    counts = jnp.asarray(counts)
    units = tuning.centres.shape[0]
    if counts.ndim < 1 or counts.shape[-1] != units:
        raise ValueError(
            f"{owner}: the counts have shape {counts.shape}, expected [..., {units}], one per "
            "tuning curve."
        )
    return counts.astype(jnp.result_type(counts.dtype, jnp.float32))
