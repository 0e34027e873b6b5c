"""S4NN: its updates against a loop over time and weights, and what its parts are there for."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn.single_spike import S4NN, Counted, _s4nn
from ranvier.nets.single_spike import MostafaLayer, S4NNLayer, SingleSpikeNetwork

LAST = 40


def network(seed: int, sizes: tuple[int, ...], high: tuple[float, ...], dtype=np.float64):
    random = np.random.default_rng(seed)
    return Counted(
        SingleSpikeNetwork(
            [
                S4NNLayer(jnp.asarray(random.uniform(0, top, (b, a)).astype(dtype)), last=LAST)
                for a, b, top in zip(sizes, sizes[1:], high, strict=False)
            ]
        )
    )


def examples(seed: int, count: int, inputs: int, classes: int) -> Batch:
    random = np.random.default_rng(seed)
    times = random.integers(0, LAST + 1, (1, count, inputs))
    labels = random.integers(0, classes, (1, count))
    return Batch(jnp.asarray(times), jnp.asarray(labels), jnp.ones((1, count)))


def looped(weights, times, labels, *, rate, decay, margin, threshold=100.0):
    """One example after another, one step of time after another, all weights at every example."""
    weights, fired = [w.copy() for w in weights], [np.zeros(len(w)) for w in weights[:-1]]
    loss = 0.0
    for example, label in zip(times, labels, strict=True):
        layers = [example]
        for weight in weights:
            potential, found = np.zeros(len(weight)), np.full(len(weight), LAST)
            for step in range(LAST - 1):
                potential += weight[:, layers[-1] == step].sum(1)
                found[(potential > threshold) & (found == LAST)] = step + 1
            layers.append(found)
        out = layers[-1]
        first = out.min()
        if first == LAST:
            target = np.full(len(out), LAST)
            target[label] = LAST - margin
        else:
            target = np.where(out - first < margin, np.minimum(first + margin, LAST), out)
            target[label] = first
        delta = (target - out) / LAST
        loss += (delta**2).sum() / 2
        for which in reversed(range(len(weights))):
            norm = np.linalg.norm(delta)
            delta = delta / norm if norm else delta
            heard = layers[which][None] < layers[which + 1][:, None]
            weights[which] -= rate * delta[:, None] * heard
            weights[which] -= rate * decay * weights[which]
            delta = (delta[:, None] * heard * weights[which]).sum(0)
        for count, found in zip(fired, layers[1:-1], strict=True):
            count += found < LAST
    return weights, [count / len(labels) for count in fired], loss / len(labels)


@pytest.mark.parametrize("sizes", [(12, 3), (12, 17, 3), (12, 9, 8, 3)], ids=str)
def test_an_epoch_is_what_a_loop_over_everything_does(float64, sizes):
    high = (40.0, 60.0, 60.0)
    model, batch = network(0, sizes, high), examples(1, 30, sizes[0], 3)
    rule = S4NN(0.7, weight_decay=1e-3, margin=4, high=high[: len(sizes) - 2])
    loss, taken = rule(model, batch)
    weights = [np.asarray(layer.weight) for layer in model.network.layers]
    expected, fired, total = looped(
        weights,
        np.asarray(batch.x[0]),
        np.asarray(batch.target[0]),
        rate=0.7,
        decay=1e-3,
        margin=4,
    )
    for old, off, new in zip(weights, taken.network.layers, expected, strict=True):
        assert np.abs(new - old).max() > 0.1  # Something was learned,
        np.testing.assert_allclose(old - off.weight, new, rtol=1e-12, atol=1e-11)  # and the same.
    for off, share in zip(taken.firing, fired, strict=True):
        np.testing.assert_allclose(1 - off, share, atol=1e-12)
    assert float(loss) == pytest.approx(total, rel=1e-12)


def test_examples_with_a_mask_of_zero_are_only_looked_at(float64):
    model, batch = network(0, (12, 9, 3), (40.0, 60.0)), examples(1, 8, 12, 3)
    rule = S4NN(0.7, weight_decay=1e-3, high=(40.0,))
    some = jnp.array([[1.0, 0, 1, 0, 0, 1, 1, 0]])
    _, taken = rule(model, batch._replace(mask=some))
    kept = [array[:, some[0] > 0] for array in batch]
    _, expected = rule(model, Batch(*kept))
    for one, two in zip(taken.network.layers, expected.network.layers, strict=True):
        np.testing.assert_allclose(one.weight, two.weight, rtol=1e-12, atol=1e-14)


def test_who_leads_by_the_margin_learns_nothing():
    layer = S4NNLayer(jnp.array([[120.0, 0.0], [0.0, 120.0]]), last=LAST)
    batch = Batch(jnp.array([[[5, 8]]]), jnp.array([[0]]), jnp.ones((1, 1)))
    model = Counted(SingleSpikeNetwork([layer]))
    loss, taken = S4NN(weight_decay=0.0, margin=3, high=())(model, batch)
    assert float(loss) == 0 and (taken.network.layers[0].weight == 0).all()
    # One step closer, and both learn: the other one fires too soon.
    loss, taken = S4NN(weight_decay=0.0, margin=4, high=())(model, batch)
    assert float(loss) > 0 and taken.network.layers[0].weight[1, 1] > 0
    assert taken.network.layers[0].weight[0].tolist() == [0.0, 0.0]


def test_one_layer_tells_two_disjoint_patterns_apart_in_a_few_examples():
    model = network(2, (10, 2), (60.0,), np.float32)
    patterns = np.full((2, 10), LAST)
    patterns[0, :5] = patterns[1, 5:] = np.arange(5)
    batch = Batch(jnp.asarray(np.tile(patterns, (10, 1)))[None], jnp.arange(20)[None] % 2, None)
    batch = batch._replace(mask=jnp.ones((1, 20)))
    rule = S4NN(5.0, margin=2, high=())
    for _ in range(3):
        _, taken = rule(model, batch)
        model = eqx.apply_updates(model, jax.tree.map(jnp.negative, taken))
    assert model.network.answers(jnp.asarray(patterns)).tolist() == [0, 1]


def bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Four classes of early inputs in pairs, among inputs that come at any time."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, count)
    times = random.integers(10, LAST + 1, (count, 24))
    for one, label in zip(times, labels, strict=True):
        one[6 * label : 6 * label + 6] = random.integers(0, 14, 6)
    return times, labels


def taught(epochs: int) -> float:
    """Share of right answers after some epochs with a hidden layer."""
    model = network(3, (24, 30, 4), (25.0, 25.0), np.float32)
    times, labels = bars(400, 0)
    batch = Batch(times[None], labels[None], np.ones((1, 400), np.float32))
    model, _ = rv.fit(
        model,
        lambda epoch: [batch],
        S4NN(1.0, high=(25.0,)),
        optax.sgd(1.0),
        key=jax.random.key(0),
        epochs=epochs,
    )
    times, labels = bars(400, 1)
    return float((np.asarray(model.network.answers(jnp.asarray(times))) == labels).mean())


def test_it_learns_and_not_without_the_causal_factor(monkeypatch):
    """Without [t_i < t_j], weights change that had no part in the spike, and nothing is learned."""
    jax.clear_caches()
    learned = taught(5)
    monkeypatch.setattr(_s4nn, "_in_time", lambda before, after: before >= 0)
    jax.clear_caches()
    without = taught(5)
    jax.clear_caches()
    assert learned > 0.9
    assert without < 0.6


def test_dead_units_are_drawn_anew_and_others_are_not():
    model = network(0, (12, 9, 3), (40.0, 60.0), np.float32)
    shares = jnp.array([0.0, 0.5, 0.0005, 1.0, 1.0, 0.002, 1.0, 1.0, 1.0])
    model = eqx.tree_at(lambda m: m.firing[0], model, shares)
    batch = examples(1, 1, 12, 3)._replace(mask=jnp.zeros((1, 1)))
    rule = S4NN(weight_decay=0.0, rarest=0.001, high=(7.0,))
    _, taken = rule(model, batch, jax.random.key(1))
    changed = np.asarray((taken.network.layers[0].weight != 0).any(1))
    assert changed.tolist() == [True, False, True, *[False] * 6]
    anew = model.network.layers[0].weight - taken.network.layers[0].weight
    assert 5 < float(anew[changed].max()) < 7.001 and float(anew[changed].min()) >= -1e-5
    assert (taken.network.layers[1].weight == 0).all()
    # Without a key nothing is drawn.
    assert (rule(model, batch)[1].network.layers[0].weight == 0).all()


def test_counted_is_the_network_to_a_runner():
    model = network(0, (12, 9, 3), (40.0, 60.0), np.float32)
    times = examples(1, 4, 12, 3).x
    np.testing.assert_array_equal(rv.run(model, times)[1], rv.run(model.network, times)[1])
    assert model.in_size == 12 and model(model.init(), times[0])[0] == ()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: S4NN(0.0), ValueError, "learning_rate is 0.0, expected more than 0"),
        (lambda: S4NN(2.0, weight_decay=0.5), ValueError, "less than one over the learning rate"),
        (lambda: S4NN(rarest=2.0), ValueError, "rarest is 2.0, expected a share"),
        (
            lambda: S4NN()(network(0, (4, 3), (9.0,)), examples(0, 1, 4, 3)),
            ValueError,
            "high has 1 numbers, but the network has 0 hidden layers",
        ),
        (
            lambda: S4NN()(network(0, (4, 3), (9.0,)).network, examples(0, 1, 4, 3)),
            TypeError,
            r"the model is SingleSpikeNetwork, expected Counted\(network\)",
        ),
        (
            lambda: S4NN(high=())(
                Counted(SingleSpikeNetwork([MostafaLayer(jnp.ones((3, 4)))])), examples(0, 1, 4, 3)
            ),
            TypeError,
            "layer 0 is MostafaLayer, expected S4NNLayer",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
