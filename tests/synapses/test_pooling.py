"""Pooling against NumPy, and what it refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.synapses import AveragePooling, MaximumPooling, SumPooling

CASES = [
    ((9,), (2,), (2,), (0,)),
    ((7, 6), (3, 2), (2, 1), (1, 1)),
    ((4, 5, 3), (2, 2, 2), (2, 2, 1), (1, 0, 1)),
    ((7, 6), (3, 3), (2, 2), ((0, 2), (1, 0))),
]


def by_hand(z, window, stride, padding, reduce, silent):
    """NumPy's own windows, reduced."""
    axes = len(window)
    pairs = [p if isinstance(p, tuple) else (p, p) for p in padding]
    padded = np.pad(z, [*pairs, (0, 0)], constant_values=silent)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window, axis=tuple(range(axes)))
    windows = windows[tuple(slice(None, None, s) for s in stride)]
    return reduce(windows, axis=tuple(range(-axes, 0)))


@pytest.mark.parametrize(
    ("kind", "reduce", "silent"),
    [
        (SumPooling, np.sum, 0.0),
        (AveragePooling, np.mean, 0.0),
        (MaximumPooling, np.max, -np.inf),
    ],
)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_the_reduction_of_numpys_windows(kind, reduce, silent, case, float64):
    space, window, stride, padding = case
    z = np.random.default_rng(0).normal(size=(*space, 2)) - 3
    synapse = kind(z.shape, window, stride=stride, padding=padding)
    expected = by_hand(z, window, stride, padding, reduce, silent)
    assert synapse.in_shape == z.shape and synapse.shape == expected.shape
    np.testing.assert_allclose(synapse(jnp.asarray(z)), expected, rtol=1e-12)


def test_no_spike_is_lost_in_a_sum():
    spikes = jax.random.bernoulli(jax.random.key(0), 0.3, (5, 8, 8, 2))
    assert SumPooling((8, 8, 2), 2)(spikes).sum() == spikes.sum()


def test_equals_share_the_derivative_of_a_maximum():
    pooling = MaximumPooling((4, 1), 2)
    slope = jax.grad(lambda z: pooling(z).sum())(jnp.array([[1.0], [1.0], [0.0], [1.0]]))
    assert slope.ravel().tolist() == [0.5, 0.5, 0.0, 1.0]


@pytest.mark.parametrize("kind", [SumPooling, AveragePooling, MaximumPooling])
def test_what_does_not_fit(kind):
    name = kind.__name__
    with pytest.raises(ValueError, match=rf"{name}: a window that reaches \(5,\) does not fit"):
        kind((4, 1), 5)
    with pytest.raises(ValueError, match=f"{name}: padding 2 is not less than"):
        kind((4, 1), 2, padding=2)
    with pytest.raises(ValueError, match=f"{name}: the activity has shape 4"):
        kind(4, 2)
