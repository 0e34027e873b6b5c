"""Networks of layers that fire once: their shape, their answers, and their life as cells."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import load, save
from ranvier.nets.single_spike import MostafaLayer, S4NNLayer, SingleSpikeNetwork, clocked


def network(last: int = 64, seed: int = 0) -> SingleSpikeNetwork:
    one, two = jax.random.split(jax.random.key(seed))
    return SingleSpikeNetwork(
        [
            S4NNLayer.random(6, 5, key=one, high=60.0, last=last),
            S4NNLayer.random(5, 3, key=two, high=60.0, last=last),
        ]
    )


def test_to_the_runner_an_example_is_one_step():
    net = network()
    times = jax.random.randint(jax.random.key(1), (1, 4, 6), 0, 64)
    _, outputs = rv.run(net, times)
    np.testing.assert_array_equal(outputs, net.times(times)[-1])
    state, y = net(net.init(), times[0, 0])
    assert state == () and y.tolist() == outputs[0, 0].tolist()


def test_answers_are_those_of_the_last_layer():
    net = network()
    times = jax.random.randint(jax.random.key(1), (20, 6), 0, 64)
    hidden, outputs = net.times(times)
    expected = net.layers[-1].decide(hidden, outputs)
    np.testing.assert_array_equal(net.answers(times), expected)
    single = SingleSpikeNetwork(net.layers[:1])
    assert single.answers(times).shape == (20,)


def test_a_network_is_kept_in_a_file(tmp_path):
    net = network()
    save(tmp_path / "net.safetensors", net)
    kept = load(tmp_path / "net.safetensors", network(seed=1))
    np.testing.assert_array_equal(kept.layers[0].weight, net.layers[0].weight)
    with pytest.raises(ValueError, match=r"layers.0.last is 64 in the file, 32"):
        load(tmp_path / "net.safetensors", network(32))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: SingleSpikeNetwork([]), ValueError, "got no layer"),
        (
            lambda: SingleSpikeNetwork([MostafaLayer(jnp.ones((2, 3)))] * 2),
            ValueError,
            "layer 0 has 2 units, but layer 1 hears 3",
        ),
        (lambda: clocked(network(), steps=0), ValueError, "steps is 0, expected more than 0"),
    ],
)
def test_what_cannot_be_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_clocked_names_a_layer_that_it_does_not_know():
    class Other(S4NNLayer.__mro__[1]):
        units: int = 2
        in_size: int = 3

    with pytest.raises(TypeError, match="layer 0 is Other, expected S4NNLayer or MostafaLayer"):
        clocked(SingleSpikeNetwork([Other()]), steps=5)
