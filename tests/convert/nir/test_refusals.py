"""What would change on the way is refused, by name: real cases, going out and coming in."""

import jax
import jax.numpy as jnp
import jax.random as jr
import nir
import numpy as np
import pytest

import ranvier as rv
from ranvier.convert.nir import read_nir, to_nir, write_nir
from ranvier.nets import Chain, Layer, Residual
from ranvier.neurons import (
    IF,
    LIF,
    SNU,
    AdEx,
    CurrentLIF,
    Driven,
    LeakyIntegrator,
    Refractory,
    Relay,
)
from ranvier.synapses import (
    Alpha,
    Bias,
    Convolution,
    Delayed,
    Exponential,
    Flatten,
    LearnedDelay,
    LowPass,
    MaximumPooling,
    OneToOne,
    Series,
    SumPooling,
    Transpose,
)
from tests.convert.nir.networks import NEURONS, WIDTH, dense, drive, lif, one_layer

KEY = jr.key(0)


def behind(synapse, neuron=None) -> Chain:
    return Chain([Layer(neuron or lif(synapse.shape), {"dendrite": synapse}, name="hidden")])


OUT = {
    "a neuron that NIR does not have": (
        lambda: one_layer(AdEx(WIDTH, time_step_ms=1.0)),
        r"only \(AdEx\): NIR has no node for the neuron AdEx. It can hold SNU, LIF",
    ),
    "a membrane that starts elsewhere": (
        lambda: one_layer(IF(WIDTH, starting_potential=0.5)),
        r"only \(IF\): its membrane starts at 0.5, and NIR has no field for that",
    ),
    "a refractory period": (
        lambda: one_layer(Refractory(LIF(WIDTH), 2.0)),
        r"only \(Refractory\): NIR has no node for the neuron Refractory",
    ),
    "a soft unit": (
        lambda: one_layer(SNU.soft(WIDTH)),
        r"only \(SNU\): NIR's neurons spike and do not rectify",
    ),
    "a rectified membrane": (
        lambda: one_layer(SNU(WIDTH, g=jax.nn.relu)),
        r"only \(SNU\): NIR's neurons spike and do not rectify",
    ),
    "several ports": (
        lambda: rv.chain(WIDTH, rv.LSTM(3), key=KEY),
        r"layer 1 \(LSTM\): its neuron has the ports",
    ),
    "excitation and inhibition with a time course each": (
        lambda: rv.chain(WIDTH, CurrentLIF(3), key=KEY),
        r"layer 1 \(CurrentLIF\): its neuron has the ports",
    ),
    "a current that rises": (
        lambda: one_layer(Driven(LIF(WIDTH), {"dendrite": ("dendrite", Alpha(3.0))})),
        r"only \(Driven\): NIR has one synaptic current per neuron, a low pass; here are \['Alpha'",
    ),
    "two discretisations in one neuron": (
        lambda: one_layer(
            Driven(LIF(WIDTH), {"dendrite": ("dendrite", LowPass(3.0, discretisation="euler"))})
        ),
        r"only \(Driven\): its LowPass is euler and its LIF exact",
    ),
    "an exact current before Euler steps": (
        lambda: one_layer(
            Driven(LIF(WIDTH, discretisation="euler"), {"dendrite": ("dendrite", Exponential(3.0))})
        ),
        r"only \(Driven\): an Exponential is exact and its LIF is not",
    ),
    "two time steps": (
        lambda: Chain([one_layer(LIF(WIDTH)), one_layer(LIF(WIDTH, time_step_ms=0.5))]),
        "the network has several time steps: 0.5 ms .* 1 ms",
    ),
    "maximum pooling": (
        lambda: behind(MaximumPooling((4, 4, 1), 2)),
        r"hidden \(LIF\): NIR has no node for the synapse MaximumPooling",
    ),
    "pooling along one axis": (
        lambda: behind(SumPooling((4, 1), 2)),
        "NIR pools along two axes, not 1",
    ),
    "a convolution of volumes": (
        lambda: behind(Convolution.random((4, 4, 4, 1), 2, 2, key=KEY)),
        "NIR has convolutions along one or two axes, not 3",
    ),
    "padding on one side": (
        lambda: behind(Convolution.random((5, 5, 1), 2, 2, padding="same", key=KEY)),
        "NIR pads both sides alike",
    ),
    "a bias that differs from place to place": (
        lambda: behind(
            Series(
                Convolution.random((5, 5, 1), 2, 3, key=KEY),
                Bias(jr.normal(KEY, (3, 3, 2))),
            )
        ),
        "the bias differs from place to place; NIR has one per channel",
    ),
    "a bias behind no weights": (
        lambda: behind(Series(OneToOne(3), Bias(jnp.ones(3)))),
        "NIR has a bias only within Affine and Conv nodes",
    ),
    "units that would change places": (
        lambda: behind(Flatten((3, 3, 2))),
        "NIR flattens with the channels first",
    ),
    "axes in another order": (
        lambda: behind(Series(Transpose((3, 4, 2), (1, 0, 2)), Flatten((4, 3, 2)))),
        r"NIR cannot put axes in the order \(1, 0, 2\)",
    ),
    "delays that learn": (
        lambda: behind(LearnedDelay.random(WIDTH, 3, longest_steps=4, width_steps=1.0, key=KEY)),
        "NIR has no node for the synapse LearnedDelay",
    ),
    "a join that does not add": (
        lambda: Chain([Residual(one_layer(lif(WIDTH)).layers[0], "iand")]),
        "NIR's edges add what they bring; a Residual that joins by 'iand'",
    ),
    "a decay at both ends": (
        lambda: one_layer(LeakyIntegrator(WIDTH, decay=jnp.array([0.0, 0.5, 0.9, 1.0]))),
        "its decays reach from 0 to 1",
    ),
    "an offset of what sums": (
        lambda: _with_bias(one_layer(LeakyIntegrator(WIDTH, decay=1.0))),
        "NIR's integrator has no offset",
    ),
    "a loop around nothing": (
        lambda: Chain(
            [
                Layer(
                    rv.Readout(3),
                    {"dendrite": dense(0, 3, 3)},
                    {"dendrite": dense(1, 3, 3)},
                    name="out",
                )
            ]
        ),
        r"out \(Readout\): NIR has no node for its neuron, so nothing can loop to it",
    ),
    "a name that is a path": (
        lambda: Chain([Layer(lif(2), {"dendrite": dense(0, 2, 2)}, name="a/b")]),
        "'a/b.linear' cannot be the name of a node",
    ),
}


def _with_bias(net):
    import equinox as eqx

    return eqx.tree_at(lambda n: n.layers[0].neuron.bias, net, jnp.ones(WIDTH))


@pytest.mark.parametrize("name", OUT)
def test_going_out(name, tmp_path):
    make, message = OUT[name]
    net = make()
    with pytest.raises(ValueError, match=message):
        write_nir(net, tmp_path / "net.nir", example=drive(net), time_step_ms=1.0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "lossy"),
    [
        ("lif, exact, subtract, at_spike", "a reset by subtraction becomes one to zero"),
        ("lif, exact, zero, next_update", "a late reset comes at once"),
        ("if, subtract, next_update", "a late subtraction becomes a reset at once"),
        ("lif, euler, zero, at_spike", "Euler steps become an exact solution"),
        ("lif behind a low pass, euler, zero", "so do those of a current"),
        ("if, subtract, at_spike", "charge above the threshold is thrown away"),
        ("lif behind a low pass, exact, subtract", "with a current, too"),
    ],
)
def test_for_readers_who_know_nir_alone(name, lossy, tmp_path):
    """Each of these loses spikes in the libraries that read `.nir` today."""
    net = one_layer(NEURONS[name](WIDTH))
    message = r"not written: a reader that ignores metadata would change spikes \(only: [1-9]"
    with pytest.raises(ValueError, match=message):
        write_nir(net, tmp_path / "net.nir", example=drive(net), time_step_ms=1.0, portable=True)
    assert not list(tmp_path.iterdir()), lossy


def test_what_is_plain_nir_is_portable(tmp_path):
    net = one_layer(NEURONS["lif, exact, zero, at_spike"](WIDTH))
    assert write_nir(net, tmp_path / "a.nir", example=drive(net), portable=True).portable


@pytest.mark.parametrize(
    "layer",
    [
        Layer(rv.SNU(2), {"dendrite": dense(0, 2, 2)}),
        Layer(LeakyIntegrator(2), {"dendrite": dense(0, 2, 2)}),
        Layer(Relay(2), {"dendrite": Delayed(OneToOne(2), 3)}),
    ],
    ids=["snu", "integrator", "delay"],
)
def test_a_time_step_that_nothing_states_is_asked_for(layer):
    with pytest.raises(ValueError, match=r"Give time_step_ms"):
        to_nir(layer)


def lif_node(**changed):
    one = np.ones(2)
    fields = {"tau": 0.02 * one, "r": one, "v_leak": 0 * one, "v_threshold": one}
    return nir.LIF(**{**fields, **changed})


def graph(node):
    return nir.NIRGraph.from_list(nir.Linear(np.ones((2, 2))), node, type_check=False)


MEANING = {"time_step_ms": 1.0, "time_unit": "s", "reset": "zero"}


@pytest.mark.parametrize(
    ("node", "given", "message"),
    [
        (
            lif_node(),
            {"time_unit": "ms"},
            "node 'lif' .* a time step of 1 ms is 50 times the time constant 'tau', 0.02 ms",
        ),
        (
            lif_node(tau=0.0005 * np.ones(2)),
            {"discretisation": "euler"},
            "2 times the time constant 'tau', 0.5 ms in the unit 's': Euler steps diverge",
        ),
        (lif_node(tau=np.array([0.02, 0.0])), {}, "field 'tau' has a least value of 0.0"),
        (lif_node(r=np.array([1.0, np.nan])), {}, "field 'r' holds 1 values that are no finite"),
        (
            nir.Delay(np.array([0.0004, 0.001])),
            {},
            "node 'delay' .* a delay of 1 ms is 1 time steps of 1 ms, expected whole ones",
        ),
        (nir.Delay(np.array([-0.001, 0.001])), {}, "field 'delay' has a least value of -0.001"),
        (lif_node(), {"reset": "soft"}, "read_nir: reset is 'soft'. Known: subtract, zero"),
        (lif_node(), {"time_step_ms": -1.0}, "read_nir: time_step_ms is -1.0"),
        (lif_node(), {"repair": ["everything"]}, "read_nir: repair is 'everything'"),
    ],
)
def test_coming_in(node, given, message):
    with pytest.raises(ValueError, match=message):
        read_nir(graph(node), **{**MEANING, **given})


def test_a_file_is_not_overruled(tmp_path):
    net = one_layer(LIF(WIDTH, reset="subtract"))
    path = tmp_path / "net.nir"
    write_nir(net, path, example=drive(net))
    for key, wrong in (("reset", "zero"), ("time_step_ms", 0.1), ("time_unit", "ms")):
        message = rf"node 'only' \(LIF\): the file says {key} = .*, but {wrong!r} was given"
        with pytest.raises(ValueError, match=message):
            read_nir(path, **{key: wrong})
    assert read_nir(path, reset="subtract", time_step_ms=1.0).meaning["only"].reset == "subtract"


def test_an_example_of_another_shape_is_refused(tmp_path):
    net = one_layer(LIF(WIDTH))
    with pytest.raises(ValueError, match=r"certify: the input has the shape .* expected \[T, b"):
        write_nir(net, tmp_path / "net.nir", example=jnp.ones((5, 3, WIDTH + 1)))
    assert not list(tmp_path.iterdir())


def test_an_old_file_stays_where_a_new_one_is_refused(tmp_path):
    path = tmp_path / "net.nir"
    path.write_bytes(b"what was there")
    net = one_layer(LIF(WIDTH, reset="subtract"))
    with pytest.raises(ValueError, match="was not written"):
        write_nir(net, path, example=drive(net), portable=True)
    assert path.read_bytes() == b"what was there" and len(list(tmp_path.iterdir())) == 1


def test_membranes_that_never_fire_have_no_reset():
    node = nir.LI(tau=0.02 * np.ones(2), r=np.ones(2), v_leak=np.zeros(2))
    read = read_nir(graph(node), time_step_ms=1.0, time_unit="s")
    assert read.meaning["li"].time_step_ms == 1.0
