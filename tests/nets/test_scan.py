"""The neuron's time loop against the plain scan, values and both modes of autodiff."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import pytest

from ranvier.nets._scan import neuron_scan
from tests.table import NEURONS

UNITS, STEPS = 4, 9


def plain(neuron, state, currents):
    def body(state, at):
        state = neuron.step(state, *(at.get(port, 0.0) for port in neuron.ports))
        return state, state

    return jax.lax.scan(body, state, currents)[1]


def setting(name):
    neuron = NEURONS[name](UNITS)
    currents = {
        port: jr.normal(key, (STEPS, 2, UNITS))
        for port, key in zip(neuron.ports, jr.split(jr.key(0), len(neuron.ports)), strict=True)
    }
    # Not at rest: the first step must read the state it is given, not one derived from it.
    state = jax.tree.map(lambda a: a + 0.3, neuron.init((2,)))
    return neuron, state, currents


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", NEURONS)
def test_same_values_and_derivatives_as_the_plain_scan(name):
    neuron, state, currents = setting(name)
    learned, static = eqx.partition(neuron, eqx.is_inexact_array)
    arguments = (learned, state, currents)
    direction = jax.tree.map(lambda a: jr.normal(jr.key(a.size), a.shape), arguments)

    def both_modes(scan, learned, state, currents):
        def run(learned, state, currents):
            return scan(eqx.combine(learned, static), state, currents)

        states, moved = jax.jvp(run, (learned, state, currents), direction)
        value, back = jax.vjp(run, learned, state, currents)
        weights = jax.tree.map(lambda a: jnp.cos(jnp.arange(a.size)).reshape(a.shape), value)
        return states, moved, back(weights)

    ours, reference = (
        eqx.filter_jit(lambda *a, scan=scan: both_modes(scan, *a))(*arguments)
        for scan in (neuron_scan, plain)
    )
    assert jax.tree.structure(ours) == jax.tree.structure(reference)
    for one, two in zip(jax.tree.leaves(ours), jax.tree.leaves(reference), strict=True):
        assert jnp.allclose(one, two, rtol=1e-11, atol=1e-11)


def scans_in(jaxpr):
    """How many equations stand inside the loops of a program."""
    count = 0
    for equation in jaxpr.eqns:
        inner = equation.params.get("jaxpr")
        if equation.primitive.name == "scan":
            count += len(inner.jaxpr.eqns)
        elif inner is not None:
            count += scans_in(getattr(inner, "jaxpr", inner))
    return count


@pytest.mark.parametrize("name", ["snu", "ssnu", "lif", "leaky integrator"])
def test_the_backward_loop_is_shorter_than_the_plain_one(name):
    neuron, state, currents = setting(name)

    def size(scan):
        def total(currents):
            return sum(leaf.sum() for leaf in jax.tree.leaves(scan(neuron, state, currents)))

        return scans_in(jax.make_jaxpr(jax.grad(total))(currents).jaxpr)

    assert size(neuron_scan) < size(plain)
