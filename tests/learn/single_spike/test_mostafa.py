"""Mostafa's rule: its gradient by finite differences, its costs by hand, and that it learns."""

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn.single_spike import FirstSpike, limit_rows, mostafa, weight_sum_cost
from ranvier.nets.single_spike import AtLevels, MostafaLayer, SingleSpikeNetwork


def network(seed: int, sizes: tuple[int, ...], dtype=np.float64, **first) -> SingleSpikeNetwork:
    random = np.random.default_rng(seed)
    layers = [
        MostafaLayer(
            jnp.asarray(random.uniform(-0.3, 1.0, (b, a)).astype(dtype)),
            **(first if number == 0 else {}),
        )
        for number, (a, b) in enumerate(pairwise(sizes))
    ]
    return SingleSpikeNetwork(layers)


def examples(seed: int, count: int, inputs: int, classes: int) -> Batch:
    random = np.random.default_rng(seed)
    z = random.uniform(1, 5, (1, count, inputs))
    target = np.eye(classes)[random.integers(0, classes, (1, count))]
    return Batch(jnp.asarray(z), jnp.asarray(target), jnp.ones((1, count)))


def test_the_gradient_of_a_deep_network_is_that_of_finite_differences(float64):
    model, batch = network(0, (8, 7, 6, 3)), examples(1, 5, 8, 3)
    # A unit whose weights do not add up to one, so that the cost of it has a part.
    weight = model.layers[0].weight.at[0].set(0.05)
    model = eqx.tree_at(lambda m: m.layers[0].weight, model, weight)
    rule = mostafa(weight_sum=0.7, weight_decay=0.01)
    loss, found = rule(model, batch, None)
    hidden = model.times(batch.x)[0]
    assert np.isinf(np.asarray(hidden[..., 0])).all() and np.isfinite(np.asarray(hidden)).any()
    value = jax.jit(lambda m: rule(m, batch, None)[0])
    assert float(loss) == pytest.approx(float(value(model)))
    for number in range(6):
        keys = jax.random.split(jax.random.key(number), 3)
        ways = [
            jax.random.normal(key, layer.weight.shape)
            for key, layer in zip(keys, model.layers, strict=True)
        ]
        # One layer at a time, then all together.
        ways = [way * (number >= 3 or number == which) for which, way in enumerate(ways)]
        up, down = (
            float(value(jax.tree.map(lambda w, d: w + by * d, model, _tree(model, ways))))  # noqa: B023
            for by in (1e-6, -1e-6)
        )
        along = sum(
            float((layer.weight * way).sum()) for layer, way in zip(found.layers, ways, strict=True)
        )
        assert along == pytest.approx((up - down) / 2e-6, rel=1e-5)


def _tree(model: SingleSpikeNetwork, weights: list) -> SingleSpikeNetwork:
    return eqx.tree_at(lambda m: [layer.weight for layer in m.layers], model, weights)


def test_the_loss_is_low_where_the_true_class_fires_first():
    loss = FirstSpike(latest=50.0)
    target = jnp.array([1.0, 0.0, 0.0])
    assert float(loss(jnp.array([1.0, 9.0, jnp.inf]), target)) < 0.001
    assert float(loss(jnp.array([3.0, 3.0, 3.0]), target)) == pytest.approx(np.log(3))
    # Silence is as late as can be, and there its derivative ends.
    silent = jnp.array([jnp.inf, 2.0, 3.0])
    value, slope = jax.value_and_grad(loss)(silent, target)
    assert float(value) == pytest.approx(48 + np.log1p(np.exp(-1)), rel=1e-6)
    assert float(slope[0]) == 0 and float(slope[1]) < 0


def test_costs_by_hand():
    layers = [MostafaLayer(jnp.array([[0.5, 0.25], [2.0, -0.5], [-1.0, -1.0]]))]
    assert float(weight_sum_cost(SingleSpikeNetwork(layers))) == 0.25 + 3.0
    batch = Batch(jnp.ones((1, 1, 2)), jnp.eye(3)[None, :1], jnp.ones((1, 1)))
    plain, _ = mostafa(weight_sum=0.0)(SingleSpikeNetwork(layers), batch, None)
    costly, taken = mostafa(weight_sum=2.0, weight_decay=0.5)(
        SingleSpikeNetwork(layers), batch, None
    )
    squares = 0.25 + 0.0625 + 4 + 0.25 + 1 + 1
    assert float(costly - plain) == pytest.approx(2 * 3.25 + squares / 4)
    # A silent unit moves by its costs alone: K towards one, and lambda w.
    assert taken.layers[0].weight[2].tolist() == [-2.5, -2.5]


def test_no_gradient_is_other_than_a_number_near_the_pole():
    """Sums of weights of one and a little: derivatives are huge, and rows are shortened."""
    weight = jnp.array([[0.5, 0.5 + 1e-6], [0.5, 0.5], [3.0, 3.0]])
    model = SingleSpikeNetwork([MostafaLayer(weight)])
    batch = Batch(jnp.array([[[1.0, 1.2]]]), jnp.eye(3)[None, :1], jnp.ones((1, 1)))
    _, taken = mostafa(latest=1e9)(model, batch, None)
    found = taken.layers[0].weight
    assert np.isfinite(np.asarray(found)).all() and float(jnp.abs(found[0]).max()) > 1e5
    shorten = limit_rows(0.5)
    shortened, _ = shorten.update(taken, shorten.init(None))
    norms = np.linalg.norm(np.asarray(shortened.layers[0].weight), axis=-1)
    assert norms[0] == pytest.approx(0.5) and (norms <= 0.5 + 1e-6).all()
    np.testing.assert_allclose(
        shortened.layers[0].weight[0] / norms[0],
        np.asarray(found[0]) / np.linalg.norm(found[0]),
        rtol=1e-5,
    )


def test_short_rows_stay_as_they_are():
    gradients = {"weight": jnp.array([[0.3, 0.4], [0.0, 0.0]])}
    shorten = limit_rows(1.0)
    assert (shorten.update(gradients, shorten.init(None))[0]["weight"] == gradients["weight"]).all()


def xor(count: int, seed: int) -> Batch:
    """Two inputs, each early or late, and one that always is early: exclusive or."""
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2, (count, 2))
    z = np.concatenate([np.where(bits, 6.0, 1.0), np.ones((count, 1))], 1)
    target = np.eye(2)[bits.sum(1) % 2]
    return Batch(*(a[None].astype(np.float32) for a in (z, target, np.ones(count))))


def test_it_learns_what_one_layer_cannot():
    """Exclusive or in the time of spikes, by the training loop of every other network."""
    model = SingleSpikeNetwork(
        [
            MostafaLayer.random(3, 20, key=jax.random.key(0), causal=AtLevels((1.0, 6.0))),
            MostafaLayer.random(20, 2, key=jax.random.key(1)),
        ]
    )
    batch = xor(64, 0)
    model, history = rv.fit(
        model,
        lambda epoch: [batch],
        mostafa(weight_sum=10.0),
        optax.chain(limit_rows(1.0), optax.sgd(0.05, momentum=0.9)),
        epochs=200,
    )
    answers = model.answers(batch.x[0])
    assert (np.asarray(answers) == batch.target[0].argmax(-1)).all()
    assert history.train[-1] < 0.1 < history.train[0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mostafa(weight_sum=-1.0), "weight_sum is -1.0 and weight_decay 0.0, expected 0"),
        (lambda: mostafa(latest=1.0), "latest is 1.0, expected a time above z = 1"),
        (lambda: limit_rows(0.0), "largest is 0.0, expected more than 0"),
    ],
)
def test_what_cannot_be_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
