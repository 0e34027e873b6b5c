"""Event-driven products: those of dense connections and convolutions, to the order of summation."""

from concurrent.futures import ThreadPoolExecutor

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import losses
from ranvier.nets import event_driven
from ranvier.synapses import (
    Convolution,
    Dense,
    EventDriven,
    OneToOne,
    TransposedConvolution,
)

pytest.importorskip("numba", reason="the events' product is compiled by Numba")


def activity(shape, density, dtype=jnp.float32):
    """Graded events: zero, or a number."""
    there = jr.bernoulli(jr.key(1), density, shape)
    return jnp.where(there, jr.normal(jr.key(2), shape), 0).astype(dtype)


@pytest.fixture
def double():
    with jax.enable_x64(True):
        yield


# More rows than one block of the gradient's kernel, and remainders of its eight rows at a time.
@pytest.mark.parametrize("shape", [(1, 3), (5, 17), (1100, 33)])
@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
def test_current_and_both_gradients_are_those_of_the_dense_product(double, shape, density):
    dense = Dense.random(shape[1], 9, key=jr.key(0))
    z, g = activity(shape, density, jnp.float64), jr.normal(jr.key(3), (shape[0], 9))

    def scalar(synapse, z):
        return (synapse(z) * g).sum()

    both = [
        jax.jit(jax.value_and_grad(scalar, argnums=(0, 1)))(synapse, z)
        for synapse in (EventDriven(dense, 1.0), dense)
    ]
    (value, (by_weight, by_activity)), (value_, (by_weight_, by_activity_)) = both
    np.testing.assert_allclose(value, value_, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(by_weight.synapse.weight, by_weight_.weight, rtol=0, atol=1e-11)
    np.testing.assert_allclose(by_activity, by_activity_, rtol=0, atol=1e-12)


# One to three axes of space; windows side by side, apart, padded and spread.
CONVOLUTIONS = [
    Convolution.random(shape, channels, kernel, key=jr.key(0), **settings)
    for shape, channels, kernel, settings in (
        ((9, 1), 3, 2, {}),
        ((9, 3), 4, 3, {"padding": "same", "dilation": 2}),
        ((7, 8, 2), 9, (3, 2), {"stride": 2}),
        ((7, 8, 2), 5, 5, {"stride": (2, 1), "padding": (2, 3)}),
        ((6, 5, 3), 2, 2, {"padding": 1, "dilation": (1, 3)}),
        ((4, 5, 6, 2), 3, (2, 3, 2), {"stride": (1, 2, 3), "padding": 1, "dilation": (2, 1, 1)}),
    )
]


@pytest.mark.parametrize("density", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("synapse", CONVOLUTIONS, ids=lambda s: str(s.in_shape))
def test_current_and_both_gradients_are_those_of_the_convolution(double, synapse, density):
    synapse = jax.tree.map(lambda w: w.astype(jnp.float64), synapse)
    z = activity((3, 2, *synapse.in_shape), density, jnp.float64)
    g = jr.normal(jr.key(3), (3, 2, *synapse.shape))

    def scalar(synapse, z):
        return (synapse(z) * g).sum()

    (value, (by_weight, by_activity)), (value_, (by_weight_, by_activity_)) = (
        jax.jit(jax.value_and_grad(scalar, argnums=(0, 1)))(form, z)
        for form in (EventDriven(synapse, 1.0), synapse)
    )
    np.testing.assert_allclose(value, value_, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(by_weight.synapse.weight, by_weight_.weight, rtol=0, atol=1e-11)
    np.testing.assert_allclose(by_activity, by_activity_, rtol=0, atol=1e-11)


def test_many_rows_of_a_convolution_are_shared_out_over_the_threads(double):
    synapse = Convolution.random((20, 20, 3), 6, 3, key=jr.key(0))
    synapse = jax.tree.map(lambda w: w.astype(jnp.float64), synapse)
    z = activity((90, *synapse.in_shape), 0.1, jnp.float64)
    given = [
        jax.jit(lambda s, z: (s(z), jax.grad(lambda s: (s(z) ** 2).sum())(s)))(form, z)
        for form in (EventDriven(synapse, 1.0), synapse)
    ]
    for one, two in zip(jax.tree.leaves(given[0]), jax.tree.leaves(given[1]), strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-10)


def test_a_convolution_is_chosen_by_the_share_of_events():
    synapse = Convolution.random((8, 8, 3), 6, 3, key=jr.key(0))
    few, many = activity((50, 8, 8, 3), 0.05), activity((50, 8, 8, 3), 0.5)
    never, chosen, always = (eqx.filter_jit(EventDriven(synapse, d)) for d in (0.0, 0.15, 1.0))
    assert jnp.array_equal(chosen(few), always(few))
    assert jnp.array_equal(chosen(many), never(many))


def test_forward_mode_agrees_with_the_dense_product(double):
    dense = Dense.random(20, 6, key=jr.key(0))
    z, dz = activity((8, 20), 0.2, jnp.float64), jr.normal(jr.key(3), (8, 20))
    tangent = Dense(jr.normal(jr.key(4), dense.weight.shape))

    def pushed(wrap):
        return jax.jvp(lambda s, z: s(z), (wrap(dense), z), (wrap(tangent), dz))

    for one, two in zip(pushed(lambda d: EventDriven(d, 1.0)), pushed(lambda d: d), strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-12)


def test_the_product_is_chosen_by_the_share_of_events():
    dense = Dense.random(300, 70, key=jr.key(0))
    few, many = activity((50, 300), 0.05), activity((50, 300), 0.5)
    never, chosen, always = (eqx.filter_jit(EventDriven(dense, d)) for d in (0.0, 0.15, 1.0))
    assert jnp.array_equal(chosen(few), always(few))
    assert jnp.array_equal(chosen(many), never(many))
    assert not jnp.array_equal(never(many), always(many))


@pytest.mark.parametrize(
    ("axes", "letters"),
    [
        ((0, None), "nri,oi->nro"),
        ((None, 0), "ri,noi->nro"),
        ((0, 0), "nri,noi->nro"),
        ((1, 1), "rni,oni->nro"),
    ],
)
def test_vmap_over_activity_weights_or_both(axes, letters):
    shapes = [(4, 6) if axis is None else (4, 4, 6) for axis in axes]
    z, weight = activity(shapes[0], 0.3), jr.normal(jr.key(0), shapes[1])
    mapped = jax.vmap(lambda z, w: EventDriven(Dense(w), 1.0)(z), axes)(z, weight)
    np.testing.assert_allclose(mapped, jnp.einsum(letters, z, weight), rtol=0, atol=1e-5)


def test_a_network_learns_the_same_by_events():
    net = rv.chain(40, rv.SNU(30), rv.SNU(20), rv.Readout(4), key=jr.key(0))
    spikes = jr.bernoulli(jr.key(1), 0.1, (12, 5, 40)).astype(jnp.float32)
    batch = Batch(spikes, spikes[..., :4], jnp.ones((12, 5)))
    sparse = event_driven(net, 1.0)
    value, gradients = rv.bptt(losses.bernoulli)(net, batch, None)
    value_, gradients_ = rv.bptt(losses.bernoulli)(sparse, batch, None)
    np.testing.assert_allclose(value, value_, rtol=1e-6)
    for one, two in zip(jax.tree.leaves(gradients), jax.tree.leaves(gradients_), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
    assert jax.tree.structure(event_driven(sparse)) == jax.tree.structure(sparse)


def test_convolutions_of_a_network_follow_events_where_they_can():
    key = jr.key(0)
    whole = Convolution.random((6, 6, 2), 4, 3, key=key)
    grouped = Convolution.random((6, 6, 2), 4, 3, groups=2, key=key)
    back = TransposedConvolution.random((6, 6, 2), 4, 3, key=key)
    wrapped = event_driven([whole, grouped, back])
    assert [type(part).__name__ for part in wrapped] == [
        "EventDriven",
        "Convolution",
        "TransposedConvolution",
    ]


def test_calls_from_several_threads_share_the_machine_and_nothing_else():
    shapes = [(3000, 100, 64), (500, 700, 33), (2000, 64, 256), (9000, 30, 17)]
    work = []
    for seed, (rows, wide, narrow) in enumerate(shapes):
        z, g = activity((rows, wide), 0.1), jr.normal(jr.key(seed), (rows, narrow))
        synapse = EventDriven(Dense.random(wide, narrow, key=jr.key(seed)), 1.0)
        program = jax.jit(lambda s, z, g: jax.vjp(lambda s: s(z), s)[1](g))
        expected = np.asarray(g, np.float64).T @ np.asarray(z, np.float64)
        work.append((program, (synapse, z, g), expected))

    def repeat(first: int) -> float:
        worst = 0.0
        for turn in range(60):
            program, given, expected = work[(first + turn) % len(work)]
            found = program(*given)[0].synapse.weight
            worst = max(worst, float(np.abs(found - expected).max()))
        return worst

    with ThreadPoolExecutor(4) as pool:
        # Sums of some hundred numbers of order one.
        assert max(pool.map(repeat, range(4))) < 1e-3


def test_half_precision_is_left_to_the_dense_connections():
    dense = Dense.random(8, 3, key=jr.key(0))
    light = Dense(dense.weight.astype(jnp.bfloat16))
    z = activity((4, 8), 0.3)
    assert jnp.array_equal(EventDriven(light, 1.0)(z), light(z))


@pytest.mark.parametrize("densest", [-0.1, 1.1, float("nan")])
def test_refused_shares(densest):
    with pytest.raises(ValueError, match=f"densest is {densest}, expected 0 to 1"):
        EventDriven(Dense(jnp.ones((2, 2))), densest)


def test_connections_that_cannot_follow_events_are_refused():
    with pytest.raises(TypeError, match="connections are OneToOne, expected Dense or Convolution"):
        EventDriven(OneToOne(3))
    with pytest.raises(ValueError, match="has 2 groups, expected one"):
        EventDriven(Convolution.random((6, 2), 4, 3, groups=2, key=jr.key(0)))


def test_without_numba_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("ranvier.synapses._event_driven.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"Install ranvier\[compiled\]"):
        EventDriven(Dense(jnp.ones((2, 2))))
