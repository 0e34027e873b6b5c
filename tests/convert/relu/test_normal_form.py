import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.convert.relu import normal_form
from ranvier.nets import Graph
from ranvier.nets.ttfs import Pool
from ranvier.neurons import LIF, RNN, ReLU
from ranvier.synapses import (
    AveragePooling,
    Convolution,
    Dense,
    Flatten,
    LayerNormalisation,
    MaximumPooling,
)
from tests.convert.relu.networks import NETWORKS, Drawn, line, logits_of, samples

pytestmark = pytest.mark.usefixtures("float64")
every_network = pytest.mark.parametrize("name", NETWORKS)
RANGES = [(0.0, 1.0), (-3.0, 3.0), (-0.5, 2.0)]


@every_network
@pytest.mark.parametrize("low, high", RANGES)
def test_it_computes_what_the_graph_computes(name, low, high):
    graph = NETWORKS[name](seed=3)
    u = samples(graph, low=low, high=high)
    network = normal_form(graph, input_range=(low, high))
    found = network.logits(jnp.asarray((u - low) / (high - low)))
    wanted = logits_of(graph, u)
    assert np.ptp(wanted, axis=0).max() > 0.01
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)


@every_network
def test_its_activities_are_those_of_the_rectified_nodes(name):
    graph = NETWORKS[name](seed=3)
    u = jnp.asarray(samples(graph))
    network = normal_form(graph)
    _, states, _ = graph.history(graph.init((len(u),)), u[None])
    found = network.activities(u)
    compared = [node for node in network.units if node in states]
    for node in compared:
        np.testing.assert_allclose(found[node], states[node].y[0], atol=1e-12)
    assert len(compared) >= len(network.units) - (name == "late rectified")


def test_nothing_but_weights_is_left_of_normalisation():
    network = normal_form(NETWORKS["convolutional"]())
    kinds = {type(s) for units in network.units.values() for w in units.ways for s in w.synapses}
    assert kinds == {Convolution}
    assert [type(s) for s in network.output.ways[0].synapses] == [AveragePooling, Flatten, Dense]


def test_a_padded_convolution_behind_an_offset_has_nine_biases():
    d = Drawn(0)
    one, two = d.convolution((7, 7, 2), 3, padding=1), d.convolution((7, 7, 3), 4, padding=1)
    graph = line(
        ("one", one),
        ("relu", ReLU(one.shape)),
        ("offset", d.bias(one.shape)),
        ("two", two),
        ("relu two", ReLU(two.shape)),
        ("flatten", Flatten(two.shape)),
    )
    network = normal_form(graph)
    bias = network.units["relu two"].bias
    assert network.units["relu"].bias.shape == (3,)
    assert bias.shape == (7, 7, 4)
    for channel in range(4):
        assert len(np.unique(bias[..., channel].round(12))) == 9
    # What code that does not know the border would take everywhere.
    same = np.einsum("hwio,i->o", np.asarray(two.weight), np.asarray(graph.nodes["offset"].bias))
    np.testing.assert_allclose(bias[1:-1, 1:-1], np.broadcast_to(same, (5, 5, 4)), atol=1e-12)
    assert abs(bias[0, 0] - same).max() > 0.01


def test_a_negative_factor_before_a_maximum_makes_it_a_minimum():
    network = normal_form(NETWORKS["convolutional"]())
    (pool,) = (part for part in network.parts if isinstance(part, Pool))
    scale = np.asarray(NETWORKS["convolutional"]().nodes["bn three scale"].scale)
    assert set(pool.signs.tolist()) == {-1, 1}
    np.testing.assert_array_equal(pool.signs, np.sign(scale))


def test_a_pool_before_its_rectified_unit_sees_rectified_units():
    network = normal_form(NETWORKS["late rectified"]())
    assert network.names == ("pool, rectified", "pool", "rnn")


def _refused(graph, **settings):
    with pytest.raises(ValueError) as error:
        normal_form(graph, **settings)
    return str(error.value)


def test_what_cannot_be_expressed_is_refused_by_name():
    d = Drawn(0)
    dense, relu = ("dense", d.dense(4, 3)), ("relu", ReLU(4))
    said = _refused(line(dense, ("squash", RNN(4))))
    assert "'squash'" in said and "tanh" in said
    said = _refused(line(dense, ("spikes", LIF(4))))
    assert "'spikes'" in said and "LIF" in said
    said = _refused(line(dense, relu, ("norm", LayerNormalisation((4,)))))
    assert "'norm'" in said and "LayerNormalisation" in said
    said = _refused(
        line(("convolution", d.convolution((4, 4, 1), 2)), ("top", MaximumPooling((2, 2, 2), 2)))
    )
    assert "'top'" in said and "not rectified" in said
    said = _refused(line(dense))
    assert "no rectified unit" in said
    loop = Graph(
        {"dense": d.dense(3, 3), "relu": ReLU(3), "back": d.dense(3, 3)},
        [
            ("input", "dense"),
            ("dense", "relu"),
            ("relu", "back"),
            ("back", "relu"),
            ("relu", "output"),
        ],
    )
    assert "leads back" in _refused(loop)


def test_weights_that_are_not_finite_are_named():
    graph = line(("dense", Dense(jnp.array([[1.0, jnp.nan]]))), ("relu", ReLU(1)))
    said = _refused(graph)
    assert "'dense'" in said and "1 of 2" in said


@pytest.mark.parametrize("input_range", [(1.0, 1.0), (1.0, 0.0), (0.0, float("inf"))])
def test_a_range_without_extent_is_refused(input_range):
    assert "range of the input" in _refused(NETWORKS["perceptron"](), input_range=input_range)
