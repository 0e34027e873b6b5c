"""What NIR can express comes back with every spike at its time."""

import jax
import jax.numpy as jnp
import nir
import numpy as np
import pytest

import ranvier as rv
from ranvier.convert.nir import certify, read_nir, to_nir, write_nir
from ranvier.nets import Chain, Graph, Layer
from ranvier.synapses import Dense, Dropout, EventDriven, Sparse
from tests.convert.nir.networks import (
    GRADED,
    NETWORKS,
    NEURONS,
    WIDTH,
    dense,
    drive,
    lif,
    one_layer,
)


@pytest.mark.parametrize("name", NEURONS)
def test_no_spike_is_lost_by_a_neuron(name, tmp_path):
    net = one_layer(NEURONS[name](WIDTH))
    proof = write_nir(net, tmp_path / "net.nir", example=drive(net), time_step_ms=_step(net))
    assert proof.spikes > 50 and proof.lost == proof.added == 0
    assert proof.layers[0].membrane < 1e-5 and proof.output == 0
    assert (tmp_path / "net.nir").is_file()


def _step(net) -> float:
    from ranvier.convert.nir._neurons_out import own_step_ms

    return own_step_ms(net.layers[0].neuron) or 1.0


@pytest.mark.parametrize("name", GRADED)
def test_what_does_not_spike_comes_back_up_to_rounding(name, tmp_path):
    net = one_layer(GRADED[name](WIDTH))
    proof = write_nir(net, tmp_path / "net.nir", example=drive(net), time_step_ms=1.0)
    assert proof.same and proof.output < 1e-4
    assert jnp.abs(rv.run(net, drive(net))[1]).max() > 1


def test_a_bias_that_a_readout_learned_comes_back(tmp_path):
    import equinox as eqx

    net = rv.chain(WIDTH, rv.LIF(5, threshold=0.2), rv.Readout(2), key=jax.random.key(0))
    net = eqx.tree_at(lambda n: n.layers[1].neuron.bias, net, jnp.array([0.5, -1.0]))
    proof = write_nir(net, tmp_path / "net.nir", example=drive(net))
    assert proof.spikes and proof.same and proof.output < 1e-6
    assert sorted(nir.read(tmp_path / "net.nir").nodes)[3] == "layer 2.affine"


@pytest.mark.parametrize("name", NETWORKS)
def test_no_spike_is_lost_by_a_network(name, tmp_path):
    net = NETWORKS[name]()
    proof = write_nir(net, tmp_path / "net.nir", example=drive(net))
    assert proof.spikes > 50 and proof.lost == proof.added == 0 and proof.output == 0
    twin = read_nir(tmp_path / "net.nir").model
    layered = isinstance(net, Chain) and name != "residual"
    assert isinstance(twin, Chain if layered else Graph)


# nir 1.0.8 takes the channels of a group for those of the input.
@pytest.mark.parametrize("name", [name for name in NETWORKS if "one dimension" not in name])
def test_nir_itself_accepts_what_is_written(name):
    """Its own check of types, edges and shapes, on what it builds and on what it reads."""
    graph = to_nir(NETWORKS[name]())
    graph.infer_types()
    assert graph.check_types()


def test_a_network_comes_back_with_what_learns():
    net = one_layer(NEURONS["lif, all its own"](WIDTH))
    twin = read_nir(to_nir(net)).model
    one, two = (jax.tree.leaves_with_path(n) for n in (net, twin))
    assert [path for path, _ in one] == [path for path, _ in two]
    assert all(jnp.allclose(a, b, rtol=1e-6) for (_, a), (_, b) in zip(one, two, strict=True))
    uniform = rv.LIF(WIDTH, threshold=jnp.ones(WIDTH))
    back = read_nir(to_nir(one_layer(uniform))).model.layers[0].neuron
    assert back.threshold.shape == (WIDTH,) and back.tau_membrane_ms == uniform.tau_membrane_ms


def test_double_precision_comes_back(float64):
    net = one_layer(NEURONS["lif, all its own"](WIDTH))
    proof = certify(net, to_nir(net), drive(net))
    assert proof.same and proof.layers[0].membrane < 1e-13


def test_what_only_computes_otherwise_is_written_as_what_it_computes():
    weight = dense(0, WIDTH, WIDTH)
    post, pre = np.divmod(np.arange(WIDTH**2), WIDTH)
    values = weight.weight.ravel()
    sparse = Sparse(pre, post, in_size=WIDTH, out_size=WIDTH, weight=values)
    for synapse in (EventDriven(weight, 1.0), sparse):
        net = Chain([Layer(lif(WIDTH), {"dendrite": synapse}, name="only")])
        assert np.allclose(to_nir(net).nodes["only.linear"].weight, weight.weight)


def test_a_dropout_that_is_left_out_is_told(tmp_path):
    net = Chain([Layer(lif(WIDTH), {"dendrite": Dropout(dense(0, WIDTH, WIDTH), 0.3)}, name="a")])
    proof = write_nir(net, tmp_path / "net.nir", example=drive(net))
    assert proof.same
    assert proof.notes == ("a (LIF): the dropout is left out; it acts in training alone",)


def test_a_certificate_says_what_a_reader_without_metadata_would_lose():
    net = one_layer(NEURONS["lif, exact, subtract, at_spike"](WIDTH))
    proof = certify(net, to_nir(net), drive(net))
    assert proof.same and not proof.portable
    (bare,) = proof.bare
    assert bare.lost > 0.1 * bare.spikes and bare.first_step is not None and bare.membrane > 0.1
    told = str(proof)
    assert "read as meant: only: 0 of" in told and "metadata unread: only:" in told


def test_the_layers_of_a_feed_forward_network_are_learned_on(tmp_path):
    """What comes back is a network as any other: it has gradients."""
    from ranvier.core import Batch

    net = NETWORKS["recurrent"]()
    write_nir(net, tmp_path / "net.nir", example=drive(net))
    twin = read_nir(tmp_path / "net.nir").model
    batch = Batch(drive(net), jnp.zeros((150, 3, 2)), jnp.ones((150, 3)))
    rule = jax.jit(rv.bptt(rv.losses.squared_error))
    one, two = rule(net, batch, None)[1], rule(twin, batch, None)[1]
    assert jnp.allclose(
        one.layers[0].recurrent["dendrite"].weight, two.layers[0].recurrent["dendrite"].weight
    )
    assert isinstance(two.layers[0].synapses["dendrite"], Dense)


def test_neurons_are_compared_in_the_order_of_the_network_whatever_they_are_called(tmp_path):
    """Names that are there twice get a number in the file, and sort otherwise then."""
    sizes = {"x": 3, "x ": 4, "x1": 5}
    layers, width = [], WIDTH
    for key, (name, size) in enumerate(sizes.items()):
        synapse = dense(key, size, width)
        layers.append(Layer(lif(size), {"dendrite": synapse}, name=name.strip()))
        width = size
    net = Chain(layers)
    proof = write_nir(net, tmp_path / "net.nir", example=drive(net))
    assert [layer.name for layer in proof.layers] == ["x", "x", "x1"]
    assert proof.same and all(layer.spikes for layer in proof.layers)
