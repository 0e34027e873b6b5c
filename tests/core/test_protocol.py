"""The protocol: what a neuron must say, and what every part is held to."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import pytest

import ranvier as rv
from ranvier.core import (
    Cell,
    Kinetics,
    Neuron,
    NeuronState,
    Synapse,
    precision,
    scan_steps,
    zeros,
)


class State(NamedTuple):
    y: jax.Array


def test_ports_default_to_all():
    assert rv.SNU.input_ports == rv.SNU.recurrent_ports == rv.SNU.ports
    assert rv.GRU.input_ports == ("reset", "update", "candidate")
    assert rv.GRU.recurrent_ports == ("reset", "update", "memory")


@pytest.mark.parametrize("kind", ["input_ports", "recurrent_ports"])
def test_a_port_that_is_not_among_the_ports(kind):
    with pytest.raises(TypeError, match=r"Strange names ports \['axon'\].*'dendrite'"):
        type("Strange", (Neuron,), {"ports": ("dendrite",), kind: ("axon",)})


@pytest.mark.parametrize("contract", [Neuron, Synapse, Kinetics, Cell])
def test_contracts_are_abstract(contract):
    with pytest.raises(TypeError):
        contract()


def test_a_neuron_without_a_step_cannot_be_made():
    class Half(Neuron):
        ports = ("dendrite",)
        shape: tuple[int, ...] = eqx.field(static=True, default=(1,))

        def init(self, batch=()):
            return State(zeros(self, batch))

    with pytest.raises(TypeError, match="step"):
        Half()


def test_a_state_is_known_by_its_output():
    assert isinstance(State(jnp.zeros(1)), NeuronState)
    assert not isinstance((jnp.zeros(1),), NeuronState)


def test_zeros_take_the_precision_of_the_parameters():
    single = rv.SNU(2)
    half = eqx.tree_at(lambda unit: unit.bias, single, jnp.zeros(2, jnp.bfloat16))
    assert zeros(single).dtype == jnp.float32
    assert zeros(half, (3,)).dtype == jnp.bfloat16
    assert zeros(rv.LIF(2)).dtype == jnp.float32
    assert precision(half) == jnp.bfloat16 and precision(rv.LIF(2)) == jnp.float32


def test_zeros_in_double_precision(float64):
    assert zeros(rv.SNU(2)).dtype == zeros(rv.LIF(2)).dtype == jnp.float64


def test_scan_steps_is_a_loop():
    layer = rv.layer(2, rv.recurrent(rv.SNU(3, threshold=0.3)), key=jr.key(0))
    xs, state, outputs = jr.uniform(jr.key(1), (6, 2)), layer.init(), []
    step = jax.jit(layer.__call__)
    for x in xs:
        state, y = step(state, x)
        outputs.append(y)
    last, ys = scan_steps(layer, layer.init(), xs)
    assert jnp.array_equal(ys, jnp.stack(outputs)) and ys.any()
    assert all(map(jnp.array_equal, last, state))


def test_a_name_the_package_does_not_have():
    with pytest.raises(AttributeError, match="'ranvier' has no attribute 'SNNU'"):
        rv.SNNU  # noqa: B018
    assert {"SNU", "fit", "chain"} <= set(dir(rv))
    assert all(getattr(rv, name) is not None for name in rv.__all__)


def test_a_synapse_says_what_it_does_or_what_it_remembers():
    class Half(Synapse):
        in_size: int = eqx.field(static=True, default=1)
        shape: tuple[int, ...] = eqx.field(static=True, default=(1,))

    class Remembering(Half):
        def init(self, batch=()):
            return jnp.zeros((*batch, 1))

    class Whole(Remembering):
        def advance(self, memory, z, *, key=None):
            return z, memory

    for kind in (Half, Remembering):
        with pytest.raises(TypeError, match=f"{kind.__name__} says neither.*`init` and `advance`"):
            kind()
    late = Whole()
    memory, currents = late.over_time(late.init(), jnp.array([[1.0], [2.0], [3.0]]))
    assert memory.tolist() == [3] and currents.ravel().tolist() == [0, 1, 2]
    with pytest.raises(TypeError, match="Whole has a memory: its current does not follow"):
        late(jnp.ones(1))
