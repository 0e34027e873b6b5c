"""Builders and lateral connections: a neuron says which ports its layer reaches by itself."""

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp
import jax.random as jr
import pytest

import ranvier as rv
from ranvier.core import Neuron
from ranvier.nets import Layer, parameter_count
from ranvier.neurons import LateralInhibitionSNU
from ranvier.synapses import BatchMaximum, Dense, LayerMaximum


class Balanced(Neuron):
    """A neuron that is not ours, with a lateral port of any kind."""

    ports = ("balance", "dendrite")
    lateral_ports: ClassVar[Mapping[str, str]] = {"balance": "maximum"}
    bias: jnp.ndarray

    @property
    def shape(self):
        return self.bias.shape

    def init(self, batch=()):
        return rv.Readout(self.shape).init(batch)

    def step(self, state, balance, dendrite, *, key=None):
        return state._replace(y=dendrite - balance + self.bias)


@pytest.mark.parametrize("unit", [LateralInhibitionSNU(3), Balanced(jnp.zeros(3))])
@pytest.mark.parametrize("feedback", [False, True], ids=["feed-forward", "recurrent"])
def test_the_lateral_connection_is_built_with_the_layer(unit, feedback):
    ((port, _),) = unit.lateral_ports.items()
    made = rv.layer(2, rv.recurrent(unit) if feedback else unit, key=jr.key(0))
    assert set(made.synapses) == {"dendrite"}
    assert set(made.recurrent) == ({port, "dendrite"} if feedback else {port})
    assert isinstance(made.recurrent[port], LayerMaximum)
    assert parameter_count(made) == 3 * 2 + 3 + 9 * feedback


def test_weights_are_drawn_as_for_the_plain_unit():
    """The lateral connection takes no key: with and without it, a seed means the same."""
    plain, lateral = (
        rv.layer(2, rv.recurrent(kind(3)), key=jr.key(0)) for kind in (rv.SNU, LateralInhibitionSNU)
    )
    for group in ("synapses", "recurrent"):
        one, two = (getattr(made, group)["dendrite"].weight for made in (plain, lateral))
        assert jnp.array_equal(one, two)


def test_what_the_neuron_does_not_say():
    assert LateralInhibitionSNU.input_ports == LateralInhibitionSNU.recurrent_ports == ("dendrite",)
    assert Balanced.input_ports == Balanced.recurrent_ports == ("dendrite",)
    assert rv.SNU.lateral_ports == rv.LSTM.lateral_ports == {}


INPUT, SQUARE = {"dendrite": Dense(jnp.ones((3, 2)))}, Dense(jnp.ones((3, 3)))


@pytest.mark.parametrize(
    ("synapses", "recurrent"),
    [
        (INPUT, {}),
        (INPUT, {"dendrite": SQUARE}),
        ({"dendrite": SQUARE, "inhibition": LayerMaximum(3)}, {}),
        ({"dendrite": SQUARE, "inhibition": SQUARE}, {"inhibition": LayerMaximum(3)}),
    ],
)
def test_a_layer_without_its_lateral_connection_is_refused(synapses, recurrent):
    words = "middle: the port 'inhibition' of LateralInhibitionSNU is reached from within the layer"
    with pytest.raises(ValueError, match=words):
        Layer(LateralInhibitionSNU(3), synapses, recurrent, name="middle")


@pytest.mark.parametrize("maximum", [LayerMaximum, BatchMaximum])
def test_any_recurrent_synapse_of_the_right_size_will_do(maximum):
    made = Layer(LateralInhibitionSNU(3), INPUT, {"inhibition": maximum(3)})
    assert rv.run(made, jnp.ones((4, 2)))[1].shape == (4, 3)
    with pytest.raises(ValueError, match=r"onto 'inhibition' reaches units \(4,\)"):
        Layer(LateralInhibitionSNU(3), INPUT, {"inhibition": maximum(4)})


def test_a_kind_of_connection_that_there_is_not():
    class Strange(Balanced):
        lateral_ports: ClassVar[Mapping[str, str]] = {"balance": "maximun"}

    words = r"layer: port 'balance' of Strange asks for a lateral 'maximun'. Did you mean 'maximum'"
    with pytest.raises(ValueError, match=words):
        rv.layer(2, Strange(jnp.zeros(3)), key=jr.key(0))


def test_a_lateral_port_that_is_not_among_the_ports():
    with pytest.raises(TypeError, match=r"Strange names ports \['axon'\].*'dendrite'"):
        type("Strange", (Neuron,), {"ports": ("dendrite",), "lateral_ports": {"axon": "maximum"}})
