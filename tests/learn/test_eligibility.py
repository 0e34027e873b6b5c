"""The small Jacobians of elementwise neurons, and the traces that are kept from them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch, Synapse
from ranvier.learn import at_once, exact, local, losses
from ranvier.learn.eligibility import blocks, snap
from ranvier.learn.eligibility._meeting import meet
from ranvier.nets import Layer
from ranvier.neurons import LogisticEscape, Stochastic
from ranvier.synapses import Dense, SumPooling
from tests.table import NEURONS

UNITS = 3


@pytest.mark.parametrize("name", NEURONS)
def test_blocks_are_the_diagonals_of_the_jacobians(name, float64):
    unit = NEURONS[name](UNITS)
    parameters, static = eqx.partition(unit, eqx.is_inexact_array)
    keys = iter(jr.split(jr.key(0), 20))
    state = jax.tree.map(lambda s: jr.uniform(next(keys), s.shape) * 0.8 + 0.1, unit.init())
    driven = {port: jr.normal(next(keys), (UNITS,)) for port in unit.ports}

    def step(parameters, state, driven):
        new = eqx.combine(parameters, static).step(state, *(driven[port] for port in unit.ports))
        return jax.tree.leaves(new), new

    def both(parameters, state, driven):
        found = blocks(eqx.combine(parameters, static), state, driven)
        jacobians, new = jax.jacfwd(step, argnums=(0, 1, 2), has_aux=True)(
            parameters, state, driven
        )
        return found, jacobians, new

    found, jacobians, new = eqx.filter_jit(both)(parameters, state, driven)
    assert jax.tree.all(jax.tree.map(jnp.allclose, found.state, new))
    rows = {
        0: found.by_parameter,
        1: found.by_state,
        2: [found.by_current[port] for port in unit.ports],
    }
    checked = 0
    for argument, blocks_of in rows.items():
        for to, jacobian in enumerate(jacobians):
            if argument == 2:
                full = [jacobian[2][port] for port in unit.ports]
            else:
                full = jax.tree.leaves(jacobian[argument])
            for block, matrix in zip((row[to] for row in blocks_of), full, strict=True):
                expected = np.asarray(matrix)
                assert not (expected - np.diag(np.diag(expected))).any()
                # None is a promise that the derivative is always zero.
                diagonal = np.zeros(UNITS) if block is None else np.asarray(block)
                np.testing.assert_allclose(diagonal, np.diag(expected), rtol=1e-12, atol=1e-14)
                checked += 1
    assert checked == len(jacobians) * (sum(map(len, rows.values())))


def layer_of(unit, feedback=False):
    return rv.layer(4, rv.recurrent(unit) if feedback else unit, key=jr.key(0), name="middle")


LIF_KINDS = {"at_spike": [True, False], "next_carry": [True, True], "next_update": [True, True]}


@pytest.mark.parametrize(
    ("unit", "carried"),
    [
        (rv.Readout(UNITS), [False]),
        (rv.RNN(UNITS), [False]),
        (rv.GRU(UNITS), [True]),
        (rv.LSTM(UNITS), [True, False]),
        (rv.SNU(UNITS), [True, True]),
        (rv.SNU.soft(UNITS), [True, True]),
        (rv.LeakyIntegrator(UNITS, decay=0.9), [True, False]),
        *((rv.LIF(UNITS, reset_time=kind), carried) for kind, carried in LIF_KINDS.items()),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
)
def test_what_the_next_step_does_not_read_carries_no_trace(unit, carried):
    traces = local().init(layer_of(unit), (2,))
    for kept, _ in traces.neuron:
        assert [trace is not None for trace in kept] == carried
    for kept, _ in traces.synapses.values():
        # An output that is read and follows from the membrane has no trace per weight either.
        assert [trace is not None for trace in kept] == [carried[0], *(False for _ in carried[1:])]
        assert all(trace.shape == (2, UNITS, 4) for trace in kept if trace is not None)


def test_an_output_that_noise_decides_keeps_its_trace():
    sure, noisy = (
        local().init(layer_of(unit), ()).synapses["dendrite"][0]
        for unit in (rv.SNU(UNITS), Stochastic(rv.SNU(UNITS), LogisticEscape()))
    )
    assert [trace is not None for trace in sure] == [True, False]
    assert all(trace is not None for trace in noisy)


def test_one_step_of_influence_keeps_one_trace_of_a_unit_that_feeds_itself():
    traces = snap(1).init(layer_of(rv.LIF(UNITS), feedback=True), ())
    kept, _ = traces.recurrent["dendrite"]
    assert [trace is not None for trace in kept] == [True, True]
    traces = snap(1).init(layer_of(rv.LIF(UNITS, reset_time="next_carry"), feedback=True), ())
    kept, _ = traces.recurrent["dendrite"]
    assert [trace is not None for trace in kept] == [True, False]


@pytest.mark.parametrize("batch", [(), (1,), (3,), (2, 3)])
def test_signals_meet_traces_as_a_sum_over_examples(batch):
    signal = jr.normal(jr.key(0), (*batch, 4))
    trace = jr.normal(jr.key(1), (*batch, 4, 5))
    expected = np.einsum("bn,bnm->nm", signal.reshape(-1, 4), trace.reshape(-1, 4, 5))
    np.testing.assert_allclose(meet(signal, trace), expected, rtol=1e-5, atol=1e-6)


def test_exact_traces_are_of_every_weight_on_every_unit():
    traces = exact().init(layer_of(rv.SNU(UNITS), feedback=True), (2,))
    assert [t.shape for t in traces.synapses["dendrite"]] == [(UNITS, 4, 2, UNITS)] * 2
    assert [t.shape for t in traces.recurrent["dendrite"]] == [(UNITS, UNITS, 2, UNITS)] * 2
    # Without feedback no other unit is reached, and the local traces are exact.
    alone = exact().init(layer_of(rv.SNU(UNITS)), (2,))
    membrane, output = alone.synapses["dendrite"][0]
    assert membrane.shape == (2, UNITS, 4)
    assert output is None


class Diagonal(Synapse):
    """One weight per unit: not laid out as rows of fan-in."""

    gain: jax.Array

    @property
    def in_size(self):
        return len(self.gain)

    @property
    def shape(self):
        return self.gain.shape

    def __call__(self, z, *, key=None):
        return z * self.gain


@pytest.mark.parametrize("make", [local, exact])
@pytest.mark.parametrize("place", ["synapses", "recurrent"])
def test_a_synapse_without_one_trace_per_weight_is_refused(make, place):
    dense, other = Dense(jnp.ones((UNITS, UNITS))), Diagonal(jnp.ones(UNITS))
    wanted = {"synapses": {"dendrite": dense}, "recurrent": {"dendrite": dense}}
    wanted[place] = {"dendrite": other}
    layer = Layer(rv.SNU(UNITS), **wanted, name="middle")
    words = "middle: .*need a Dense synapse; got Diagonal. Use `bptt` or `rtrl`"
    with pytest.raises(TypeError, match=words):
        make().init(layer, (2,))
    batch = Batch(jnp.ones((3, 1, UNITS)), jnp.ones((3, 1, UNITS)), jnp.ones((3, 1)))
    with pytest.raises(TypeError, match=words):
        rv.online(losses.squared_error, eligibility=make())(layer, batch, None)
    value, gradients = rv.bptt(losses.squared_error)(layer, batch, None)
    assert jnp.isfinite(value) and getattr(gradients, place)["dendrite"].gain.shape == (UNITS,)


@pytest.mark.parametrize("make", [local, exact])
def test_several_axes_of_units_are_refused(make):
    pooling = SumPooling((4, 1), 2)
    net = rv.chain(
        (4, 1),
        Layer(rv.SNU(pooling.shape), {"dendrite": pooling}, name="middle"),
        rv.Readout(2),
        key=jr.key(0),
    )
    batch = Batch(jnp.ones((3, 1, 4, 1)), jnp.ones((3, 1, 2)), jnp.ones((3, 1)))
    with pytest.raises(
        TypeError, match=r"middle: traces per weight know one row .* \(4, 1\) to \(2, 1\)"
    ):
        rv.online(losses.squared_error, eligibility=make())(net, batch, None)
    values = [rule(losses.squared_error)(net, batch, None)[0] for rule in (rv.bptt, rv.rtrl)]
    assert jnp.allclose(*values)


@pytest.mark.parametrize("make", [local, exact])
def test_shared_parameters_collect_what_every_unit_adds(make, float64):
    """A threshold that all units share, against backpropagation."""
    unit = rv.LIF(UNITS, tau_membrane_ms=jnp.asarray(5.0), threshold=jnp.asarray(0.3))
    layer = layer_of(unit, feedback=True)
    if make is local:
        layer = layer_of(unit)
    x = jr.uniform(jr.key(1), (9, 2, 4))
    batch = Batch(x, jnp.zeros((9, 2, UNITS)), jnp.ones((9, 2)))
    rules = rv.bptt(losses.squared_error), rv.online(losses.squared_error, eligibility=make())
    found = [eqx.filter_jit(rule)(layer, batch, None)[1] for rule in rules]
    for name in ("tau_membrane_ms", "threshold"):
        one, two = (getattr(g.neuron, name) for g in found)
        assert one.shape == two.shape == () and abs(float(one)) > 1e-6
        assert float(one) == pytest.approx(float(two), rel=1e-11)


@pytest.mark.parametrize("traces", [local, at_once])
def test_a_single_step_is_a_step_of_a_loop(traces, float64):
    """Where a second step counts nothing, the first is taken by itself or in the loop alike."""
    net = rv.chain(4, rv.SNU.soft(5), rv.Readout(3), key=jr.key(0))
    x, target = jr.normal(jr.key(1), (2, 6, 4)), jr.normal(jr.key(2), (2, 6, 3))
    mask = jnp.stack([jnp.ones(6), jnp.zeros(6)])
    learn = rv.online(losses.squared_error, eligibility=traces())
    one = learn(net, Batch(x[:1], target[:1], mask[:1]), None)
    two = learn(net, Batch(x, target, mask), None)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-15)
    assert jnp.abs(one[1].layers[0].synapses["dendrite"].weight).max() > 1e-3
