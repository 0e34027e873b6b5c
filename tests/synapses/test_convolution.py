"""Convolutions against SciPy, their way back, and what they refuse."""

import itertools

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy.signal import correlate

import ranvier as rv
from ranvier.nets import Layer
from ranvier.synapses import Convolution, Dense, Flatten, Series, SumPooling, TransposedConvolution


def draw(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def by_hand(z, weight, stride, padding, dilation, groups):
    """The class's equation with SciPy: one correlation per pair of channels that are connected."""
    axes = weight.ndim - 2
    spread = np.zeros([(k - 1) * d + 1 for k, d in zip(weight.shape, dilation, strict=False)])
    spread = np.repeat(spread[..., None], weight.shape[-2], -1)
    spread = np.repeat(spread[..., None], weight.shape[-1], -1)
    spread[tuple(slice(None, None, d) for d in dilation)] = weight
    padded = np.pad(z, [*padding, (0, 0)])
    seen, made = weight.shape[-2], weight.shape[-1] // groups
    channels = []
    for channel in range(weight.shape[-1]):
        first = channel // made * seen
        channels.append(
            sum(
                correlate(padded[..., first + i], spread[..., i, channel], "valid", "direct")
                for i in range(seen)
            )
        )
    every = tuple(slice(None, None, s) for s in stride)
    return np.stack(channels, -1)[(*every, slice(None))].reshape(-1), axes


CASES = [
    ((9,), (3,), (1,), (0,), (1,), 1),
    ((9,), (3,), (2,), (1,), (2,), 2),
    ((6, 7), (3, 2), (1, 1), (0, 0), (1, 1), 1),
    ((6, 7), (2, 3), (2, 1), (1, 2), (1, 2), 2),
    ((4, 5, 3), (2, 3, 2), (1, 2, 1), (1, 0, 1), (2, 1, 1), 1),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_the_correlation_of_scipy(case, float64):
    space, kernel, stride, padding, dilation, groups = case
    weight = draw(0, *kernel, 2, 4)
    z = draw(1, *space, 2 * groups)
    synapse = Convolution(
        jnp.asarray(weight), space, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    assert synapse.in_shape == z.shape
    expected, axes = by_hand(z, weight, stride, [(p, p) for p in padding], dilation, groups)
    current = synapse(jnp.asarray(z))
    assert current.shape == synapse.shape and len(synapse.shape) == axes + 1
    np.testing.assert_allclose(current.ravel(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("padding", [((1, 0), (0, 2)), ((2, 1), (0, 0)), [[0, 1], [1, 0]]], ids=str)
def test_padding_may_differ_before_and_after(padding, float64):
    weight, z = draw(0, 3, 4, 2, 2), draw(1, 6, 7, 2)
    synapse = Convolution(jnp.asarray(weight), (6, 7), stride=(2, 1), padding=padding)
    expected, _ = by_hand(z, weight, (2, 1), padding, (1, 1), 1)
    np.testing.assert_allclose(synapse(jnp.asarray(z)).ravel(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("units", [7, 8])
@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_padding_gives_one_unit_per_stride(units, kernel, stride):
    synapse = Convolution(jnp.ones((kernel, 1, 1)), units, stride=stride, padding="same")
    assert synapse.shape == (-(-units // stride), 1)
    ((before, after),) = synapse.windows.padding
    assert after - before in (0, 1)


def test_a_kernel_of_one_place_is_dense_weights_at_every_place():
    weight = jnp.asarray(draw(0, 3, 4), jnp.float32)
    z = jnp.asarray(draw(1, 6, 5, 2, 4), jnp.float32)
    synapse = Convolution(weight.T[None, None], (5, 2))
    np.testing.assert_allclose(synapse(z), Dense(weight)(z), rtol=1e-5, atol=1e-6)


def test_a_kernel_of_all_places_is_dense_weights():
    weight = jnp.asarray(draw(0, 3, 5 * 2 * 4), jnp.float32)
    z = jnp.asarray(draw(1, 6, 5, 2, 4), jnp.float32)
    synapse = Convolution(jnp.moveaxis(weight.reshape(3, 5, 2, 4), 0, -1), (5, 2))
    row = Series(Flatten((5, 2, 4)), Dense(weight))
    np.testing.assert_allclose(synapse(z)[:, 0, 0], row(z), rtol=1e-5, atol=1e-5)


def test_drawn_weights_are_bounded_by_their_fan_in():
    synapse = Convolution.random((8, 8, 6), 30, (3, 2), groups=3, key=jr.key(0))
    assert synapse.weight.shape == (3, 2, 2, 30)
    bound = (6 / (12 + 30)) ** 0.5
    assert 0.97 * bound < abs(synapse.weight).max() <= bound


@pytest.mark.parametrize("case", CASES, ids=str)
def test_transposed_is_the_adjoint(case, float64):
    """For any x and y: the product of C x with y is that of x with C^T y."""
    space, kernel, stride, padding, dilation, groups = case
    forth = Convolution(
        jnp.asarray(draw(0, *kernel, 2, 4)),
        space,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )
    back = TransposedConvolution(forth)
    assert (back.in_shape, back.shape) == (forth.shape, forth.in_shape)
    x, y = jnp.asarray(draw(1, *forth.in_shape)), jnp.asarray(draw(2, *forth.shape))
    np.testing.assert_allclose((forth(x) * y).sum(), (x * back(y)).sum(), rtol=1e-12)


def test_transposed_in_one_dimension_is_numpys_full_convolution(float64):
    kernel, z = draw(0, 3), draw(1, 6)
    back = TransposedConvolution.random((6, 1), 1, 3, key=jr.key(0))
    assert back.shape == (8, 1)
    back = TransposedConvolution(Convolution(jnp.asarray(kernel).reshape(3, 1, 1), 8))
    np.testing.assert_allclose(back(jnp.asarray(z)[:, None])[:, 0], np.convolve(z, kernel))


def test_transposed_with_gaps_adds_up_a_kernel_per_unit(float64):
    weight, z = draw(0, 3, 2, 2, 4), draw(1, 3, 4, 4)
    forth = Convolution(jnp.asarray(weight), (7, 8), stride=2)
    assert forth.shape == z.shape
    expected = np.zeros((7, 8, 2))
    for i, j in itertools.product(range(3), range(4)):
        expected[2 * i : 2 * i + 3, 2 * j : 2 * j + 2] += np.einsum("klio,o->kli", weight, z[i, j])
    np.testing.assert_allclose(TransposedConvolution(forth)(jnp.asarray(z)), expected, rtol=1e-12)


def test_transposed_derivatives_by_weight_and_activity(float64):
    forth = Convolution(jnp.asarray(draw(0, 2, 2, 3)), 7, stride=2, padding=1)
    z, g = jnp.asarray(draw(1, *forth.shape)), jnp.asarray(draw(2, *forth.in_shape))

    def through_back(weight):
        return (TransposedConvolution(Convolution(weight, 7, stride=2, padding=1))(z) * g).sum()

    def through_forth(weight):
        return (Convolution(weight, 7, stride=2, padding=1)(g) * z).sum()

    one, two = (jax.grad(f)(forth.weight) for f in (through_back, through_forth))
    np.testing.assert_allclose(one, two, rtol=1e-12)


# Networks


def network(key=0):
    keys = jr.split(jr.key(key), 3)
    first = Convolution.random((8, 8, 2), 4, 3, padding="same", key=keys[0])
    pooling = SumPooling(first.shape, 2)
    second = Series(pooling, Convolution.random(pooling.shape, 3, 3, key=keys[1]))
    return rv.chain(
        (8, 8, 2),
        Layer(rv.SNU(first.shape, threshold=0.5), {"dendrite": first}, name="first"),
        Layer(rv.SNU(second.shape, threshold=0.5), {"dendrite": second}, name="second"),
        rv.Readout(5),
        key=keys[2],
    )


def test_a_network_layer_by_layer_step_by_step_and_in_chunks():
    net = network()
    assert net.in_shape == (8, 8, 2)
    xs = jr.bernoulli(jr.key(1), 0.5, (7, 3, 8, 8, 2)).astype(jnp.float32)
    state, ys = rv.run(net, xs)
    assert ys.shape == (7, 3, 5)
    for chunk in (1, 3):
        other, zs = rv.run(net, xs, chunk=chunk)
        np.testing.assert_allclose(ys, zs, atol=1e-5)
        for one, two in zip(jax.tree.leaves(state), jax.tree.leaves(other), strict=True):
            np.testing.assert_allclose(one, two, atol=1e-5)
    hidden = rv.record(net, xs)
    assert [s.y.shape[2:] for s in hidden] == [(8, 8, 4), (2, 2, 3), (5,)]
    assert all(0 < float(s.y.mean()) < 1 for s in hidden[:2])
    alone = rv.run(net, xs[:, 0])[1]
    np.testing.assert_allclose(alone, ys[:, 0], atol=1e-5)


def test_an_input_of_another_shape_names_the_layer():
    for shape in ((7, 3, 8, 8), (7, 8, 8, 3), (7, 2), (7, 2, 8, 8)):
        with pytest.raises(ValueError, match=r"first \(SNU\).* last axes to be \(8, 8, 2\)"):
            rv.run(network(), jnp.ones(shape))


def test_layers_that_disagree_are_both_named():
    first = Convolution.random((8, 8, 2), 4, 3, key=jr.key(0))
    second = Convolution.random((8, 8, 4), 4, 3, key=jr.key(0))
    layers = [
        Layer(rv.SNU(synapse.shape), {"dendrite": synapse}, name=name)
        for name, synapse in (("below", first), ("above", second))
    ]
    words = r"part 2, above \(SNU\), .* \(8, 8, 4\), .* below \(SNU\), gives shape \(6, 6, 4\)"
    with pytest.raises(ValueError, match=words):
        rv.chain((8, 8, 2), *layers, key=jr.key(0))
    with pytest.raises(ValueError, match=r"onto 'dendrite' reaches units \(6, 6, 4\)"):
        Layer(rv.SNU(4), {"dendrite": first})
    with pytest.raises(
        ValueError, match=r"synapse 1, a Convolution, gives \(6, 6, 4\), .* 2, a Con"
    ):
        Series(first, second)


# What does not fit


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stride": 0}, "stride is 0, expected a whole number of at least 1"),
        ({"stride": (1, 2, 3)}, r"stride is \(1, 2, 3\), .* each of 2 axes"),
        ({"dilation": 1.5}, "dilation is 1.5"),
        ({"padding": "full"}, "padding is 'full', expected 'same' or whole"),
        ({"padding": -1}, "padding is -1, expected a whole number of at least 0"),
        (
            {"padding": ((1, 0),)},
            r"padding is \(\(1, 0\),\), expected a pair .* for each of 2 axes",
        ),
        ({"padding": ((1, 0), 1)}, r"padding is \(\(1, 0\), 1\), expected a pair"),
        ({"padding": ((1, 0), (1,))}, r"a pair of padding is \(1,\), expected"),
        ({"padding": ((1, 0), (0, -1))}, r"a pair of padding is \(0, -1\), expected a whole"),
        ({"padding": ((0, 0), (0, 3))}, "padding .* is not less than the window's reach"),
        ({"padding": 3}, r"padding 3 is not less than the window's reach \(3, 3\)"),
        ({"dilation": 3}, r"window that reaches \(7, 7\) does not fit into \(6, 6\)"),
        ({"groups": 2}, "2 groups do not divide 5 channels"),
        ({"groups": 0}, "groups is 0"),
    ],
)
def test_what_does_not_fit(given, words):
    with pytest.raises(ValueError, match=f"Convolution: .*{words}"):
        Convolution(jnp.ones((3, 3, 1, 5)), (6, 6), **given)


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="Convolution: 2 groups do not divide 3 channels"):
        Convolution.random((6, 6, 3), 4, 3, groups=2, key=jr.key(0))
    with pytest.raises(ValueError, match=r"shape \(6,\), expected one to three axes of space"):
        Convolution.random((6,), 4, 3, key=jr.key(0))
    with pytest.raises(ValueError, match=r"weight has shape \(3, 3\), expected one to three axes"):
        Convolution(jnp.ones((3, 3)), 6)
    with pytest.raises(ValueError, match="no synapse"):
        Series()
    with pytest.raises(ValueError, match=r"Flatten: in_shape is \(3, 0\)"):
        Flatten((3, 0))
