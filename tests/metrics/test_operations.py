"""Operations of whole networks, against counting one connection after the other."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ranvier as rv
from ranvier.metrics import (
    Operations,
    connection_sparsity,
    layer_operations,
    operations_per_example,
)
from ranvier.metrics._fan_out import fan_out
from ranvier.nets import Chain, Graph, Layer, Residual, Tied, connections, observe
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Block,
    Convolution,
    Delayed,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerMaximum,
    LayerNormalisation,
    LearnedDelay,
    OneToOne,
    Scale,
    Series,
    Sparse,
    SumPooling,
    TransposedConvolution,
    Trinary,
)

KEY = jax.random.key(0)


def pruned(tree, share=0.5, seed=0):
    """Every weight a whole number, a share of them zero."""
    rng = np.random.default_rng(seed)

    def some(leaf):
        if not eqx.is_inexact_array(leaf):
            return leaf
        drawn = rng.integers(1, 5, leaf.shape) * (rng.random(leaf.shape) >= share)
        return jnp.asarray(drawn, leaf.dtype)

    return jax.tree.map(some, tree)


def spikes(shape, seed=1, rate=0.4):
    return jnp.asarray(np.random.default_rng(seed).random(shape) < rate, jnp.float32)


def by_hand(convolution, activity):
    """Loops over places, kernel entries and channels; activity `[*space, channels]`."""
    weight, laid = np.asarray(convolution.weight), convolution.windows
    seen, made = weight.shape[-2:]
    count = dense = 0
    for place in np.ndindex(*laid.out_space):
        for entry in np.ndindex(*laid.size):
            at = [
                p * s + k * d - before
                for p, s, k, d, (before, _) in zip(
                    place, laid.stride, entry, laid.dilation, laid.padding, strict=True
                )
            ]
            if not all(0 <= a < n for a, n in zip(at, laid.space, strict=True)):
                continue
            for i, o in itertools.product(range(seen), range(made)):
                group = o // (made // convolution.groups)
                dense += 1
                count += weight[(*entry, i, o)] != 0 and activity[(*at, group * seen + i)] != 0
    return int(count), dense


@settings(max_examples=8, deadline=None)
@given(
    axes=st.integers(1, 2),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    padding=st.sampled_from([0, 1, "same"]),
    dilation=st.integers(1, 2),
    groups=st.sampled_from([1, 2]),
    seed=st.integers(0, 99),
)
def test_convolutions_count_what_loops_count(axes, kernel, stride, padding, dilation, groups, seed):
    if padding == 1 and (kernel - 1) * dilation < 1:
        padding = 0
    convolution = pruned(
        Convolution.random(
            (*(7, 6)[:axes], 2), 4, kernel, key=KEY, stride=stride, padding=padding,
            dilation=dilation, groups=groups,
        ),
        seed=seed,
    )  # fmt: skip
    activity = np.asarray(spikes(convolution.in_shape, seed))
    effective, dense = by_hand(convolution, activity)
    assert fan_out(convolution, effective=False).sum() == dense
    assert fan_out(convolution, effective=True) @ activity.ravel() == effective


SYNAPSES = {
    "dense": lambda: Dense(jnp.ones((5, 6))),
    "block": lambda: Block(jnp.ones((2, 3, 3))),
    "sparse": lambda: Sparse([0, 0, 2, 5], [1, 3, 3, 0], in_size=6, out_size=4,
                             weight=jnp.ones(4)),
    "convolution": lambda: Convolution(jnp.ones((3, 2, 4)), (3,), stride=2, padding=1),
    "transposed": lambda: TransposedConvolution.random((3, 4), 2, 3, key=KEY, stride=2,
                                                       padding=1),
    "series": lambda: Series(Scale(jnp.ones(6)), Dense(jnp.ones((5, 6))), Bias(jnp.ones(5))),
    "dropout": lambda: Dropout(Dense(jnp.ones((5, 6))), 0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", SYNAPSES)
def test_a_connection_is_where_a_current_depends_on_an_activity(name):
    synapse = pruned(SYNAPSES[name]())
    if name == "series":
        synapse = eqx.tree_at(lambda s: s.synapses[0].scale, synapse, jnp.ones(6))
    row = jnp.zeros(math.prod(synapse.in_shape))
    pattern = jax.jacobian(lambda z: synapse(z.reshape(synapse.in_shape)).ravel())(row) != 0
    layer = Layer(rv.LIF(synapse.shape), {"dendrite": synapse})
    xs = spikes((9, 3, *synapse.in_shape))
    found = operations_per_example(observe(layer, xs))
    expected = np.asarray(xs).reshape(9 * 3, -1) @ np.asarray(pattern).sum(0)
    assert found.effective_acs == pytest.approx(expected.sum() / 3)
    assert found.effective_macs == 0


def test_macs_are_told_from_acs_one_by_one():
    layer = Layer(rv.LIF(2), {"dendrite": Dense(jnp.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))})
    xs = jnp.array([[1.0, 0.5, 1.0], [-1.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    found = operations_per_example(observe(layer, xs))
    assert found == (2, 4, 18)


def test_feedback_counts_from_the_second_step():
    layer = rv.layer(2, rv.recurrent(rv.LIF(3)), key=KEY)
    layer = eqx.tree_at(
        lambda one: (one.synapses["dendrite"].weight, one.recurrent["dendrite"].weight),
        layer,
        (jnp.full((3, 2), 100.0), jnp.array([[0.0, 1.0, 1.0], [0.0] * 3, [0.0] * 3])),
    )
    # Every unit fires in every step but the last feedback is heard by nobody.
    found = operations_per_example(observe(layer, jnp.ones((4, 1, 2))))
    assert found.effective_acs == 4 * 6 + 3 * 2
    assert found.dense == 4 * (6 + 9)
    assert connection_sparsity(layer) == 7 / 15


def test_masks_leave_steps_out_and_counts_are_per_example():
    net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=KEY)
    xs = spikes((6, 2, 4))
    mask = np.ones((6, 2))
    mask[3:, 1] = 0
    both = operations_per_example(observe(net, xs, mask=mask))
    one = operations_per_example(observe(net, xs[:, :1]))
    two = operations_per_example(observe(net, xs[:3, 1:]))
    np.testing.assert_allclose(both, (np.array(one) + np.array(two)) / 2)


def test_pooling_and_flattening_pass_on_what_the_next_weights_count():
    pooling = SumPooling((4, 4, 1), 2)
    head = Series(pooling, Flatten(pooling.shape), Dense(jnp.ones((3, 4))))
    layer = Layer(rv.LIF(3), {"dendrite": head})
    xs = jnp.zeros((1, 1, 4, 4, 1)).at[0, 0, 0, 0].set(1).at[0, 0, 2:, 2:].set(1)
    # One place gives a spike, another a sum of four.
    assert operations_per_example(observe(layer, xs)) == (3, 3, 12)


def test_a_delay_moves_operations_and_loses_those_still_on_their_way():
    inner = Dense(jnp.ones((2, 1)))
    layer = Layer(rv.LIF(2), {"dendrite": Delayed(inner, 3)})
    xs = jnp.array([1.0, 0.0, 1.0, 0.0, 0.0]).reshape(5, 1, 1)
    assert operations_per_example(observe(layer, xs)) == (0, 2, 10)


def test_learned_delays_count_once_per_spike_and_connection():
    synapse = LearnedDelay(jnp.eye(3), jnp.ones((3, 3)), longest_steps=2, width_steps=0.0)
    layer = Layer(rv.LIF(3), {"dendrite": synapse})
    assert operations_per_example(observe(layer, jnp.ones((4, 1, 3)))) == (0, 12, 36)


def test_an_embedding_counts_as_its_one_hot_input():
    weight = pruned(jnp.ones((3, 5)))
    words = np.random.default_rng(3).integers(0, 5, (7, 2, 1))
    hot = jnp.asarray(np.eye(5)[words[..., 0]], jnp.float32)
    by_number = Layer(rv.LIF(3), {"dendrite": Embedding(weight)})
    by_row = Layer(rv.LIF(3), {"dendrite": Dense(weight)})
    expected = operations_per_example(observe(by_row, hot))
    assert operations_per_example(observe(by_number, jnp.asarray(words))) == expected
    mask = np.ones((7, 2))
    outputs = np.zeros((7, 2, 3))
    one, two = (
        layer_operations(layer, x, outputs, mask)[0]
        for layer, x in ((by_number, words), (by_row, hot))
    )
    assert one == pytest.approx(two)


def test_a_chain_a_graph_and_a_tied_network_count_alike():
    net = rv.chain(5, rv.LIF(3), rv.LIF(5), key=KEY)
    net = jax.tree.map(lambda a: 20 * jnp.abs(a) if eqx.is_inexact_array(a) else a, net)
    one, two = net.layers
    graph = Graph(
        {
            "a": one.synapses["dendrite"],
            "hidden": one.neuron,
            "b": two.synapses["dendrite"],
            "out": two.neuron,
        },
        [("input", "a"), ("a", "hidden"), ("hidden", "b"), ("b", "out"), ("out", "output")],
    )
    xs = spikes((12, 2, 5))
    expected = operations_per_example(observe(net, xs))
    assert expected.effective_acs > 12 * 3
    assert operations_per_example(observe(graph, xs)) == expected
    tied = Tied(
        net,
        lambda n: n.layers[0].synapses["dendrite"].weight,
        lambda n: n.layers[1].synapses["dendrite"].weight,
    )
    assert operations_per_example(observe(tied, xs)).dense == expected.dense


def test_a_loop_in_a_graph_counts_like_a_recurrent_layer():
    layer = rv.layer(4, rv.recurrent(rv.LIF(3)), key=KEY)
    layer = jax.tree.map(lambda a: 20 * jnp.abs(a) if eqx.is_inexact_array(a) else a, layer)
    graph = Graph(
        {
            "in": layer.synapses["dendrite"],
            "back": layer.recurrent["dendrite"],
            "unit": layer.neuron,
        },
        [("input", "in"), ("in", "unit"), ("unit", "back"), ("back", "unit"), ("unit", "output")],
    )
    xs = spikes((20, 2, 4))
    one, two = observe(layer, xs), observe(graph, xs)
    np.testing.assert_array_equal(one.neurons[0].outputs, two.neurons[0].outputs)
    assert one.neurons[0].outputs.sum() > 5
    assert operations_per_example(one) == operations_per_example(two)


def test_what_goes_around_a_cell_is_seen_by_what_follows():
    around = Residual(Layer(rv.LIF(2), {"dendrite": OneToOne(2)}))
    head = Layer(rv.LIF(1), {"dendrite": Dense(jnp.ones((1, 2)))})
    found = observe(Chain((around, head)), jnp.full((1, 1, 2), 100.0))
    # Each unit fires on top of its input: 101, which is no spike.
    assert operations_per_example(found) == (2, 0, 2)
    assert [part.name for part in found.connections] == ["layer, dendrite"]


def test_layers_count_biases_and_normalisation_as_no_connection():
    synapse = Series(
        AveragePooling((4, 4, 2), 2),
        Convolution(jnp.ones((2, 2, 2, 3)), (2, 2)),
        LayerNormalisation((1, 1, 3)),
        Bias(jnp.ones(3), (1, 1, 3)),
    )
    layer = Layer(rv.LIF((1, 1, 3)), {"dendrite": synapse})
    found = layer_operations(layer, jnp.ones((2, 1, 4, 4, 2)), jnp.zeros((2, 1, 1, 1, 3)),
                             np.ones((2, 1)))  # fmt: skip
    assert found == [Operations(24.0, 24.0)]
    lateral = Layer(rv.LIF(3), {"dendrite": Dense(jnp.ones((3, 2)))})
    assert len(layer_operations(lateral, jnp.ones((2, 1, 2)), jnp.zeros((2, 1, 3)),
                                np.ones((2, 1)))) == 1  # fmt: skip
    assert not [*connections(LayerMaximum(3), np.ones((1, 1, 3)), "here")]


def test_what_cannot_be_looked_into_is_named():
    class Diagonal(rv.core.Synapse):
        gain: jax.Array
        in_size = property(lambda self: len(self.gain))
        shape = property(lambda self: self.gain.shape)

        def __call__(self, z, *, key=None):
            return self.gain * z

    layer = Layer(rv.LIF(2), {"dendrite": Diagonal(jnp.ones(2))}, name="odd")
    with pytest.raises(TypeError, match=r"odd, dendrite: .* a Diagonal has is not known"):
        observe(layer, jnp.ones((3, 1, 2)))

    class Delay(rv.core.Cell):
        in_size: int

        def init(self, batch=()):
            return jnp.zeros((*batch, self.in_size))

        def __call__(self, state, x, *, key=None):
            return x, state

        def over_time(self, state, xs, *, keys=None):
            return xs[-1], xs

    with pytest.raises(TypeError, match="cannot look into a Delay"):
        observe(Delay(2), jnp.ones((3, 1, 2)))


@pytest.mark.parametrize("shape", [(4,), (3, 2, 5), (0, 2, 4), (3, 0, 4), (3, 2, 1, 4)])
def test_inputs_of_another_shape_are_refused(shape):
    net = rv.chain(4, rv.LIF(3), key=KEY)
    with pytest.raises(ValueError, match="expected"):
        observe(net, jnp.zeros(shape))


@pytest.mark.parametrize("mask", [np.zeros((3, 2)), np.ones((3, 1)), np.ones(3)])
def test_masks_of_another_shape_are_refused(mask):
    net = rv.chain(4, rv.LIF(3), key=KEY)
    with pytest.raises(ValueError, match="mask"):
        observe(net, jnp.zeros((3, 2, 4)), mask=mask)


def test_trinary_weights_count_as_they_show():
    """Two of three hidden weights show as zero."""
    layer = Layer(rv.LIF(1), {"dendrite": Trinary(Dense(jnp.array([[0.2, 0.9, -0.4]])))})
    found = operations_per_example(observe(layer, jnp.ones((4, 1, 3))))
    assert (found.effective_acs, found.dense) == (4, 12)
