"""Derivatives against differences of the run itself, closed forms, and the published equations."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from ranvier.nets import Chain, Layer
from ranvier.nets.continuous import fire, first_spikes, ordered_spikes, spike_counts
from ranvier.synapses import Dense, Silent
from tests.nets.continuous.networks import (
    DURATION_MS,
    EXAMPLES,
    HIDDEN,
    INPUTS,
    OUTPUTS,
    input_times,
    network,
    unit,
)

pytestmark = pytest.mark.usefixtures("float64")


def everything(fired, factors):
    """A number that every spike time, area and largest potential moves."""
    total = 0.0
    for layer, (wave, highest, area) in zip(fired, factors, strict=True):
        times, finite = layer.spikes.times_ms, jnp.isfinite(layer.spikes.times_ms)
        phase = jnp.where(finite, times, 0.0) * 0.3 + wave * layer.spikes.units
        total += jnp.where(finite, jnp.sin(phase), 0.0).sum()
        total += (highest * layer.highest).sum() + 0.1 * (area * layer.area).sum()
    return total


def factors_of(net):
    keys = jr.split(jr.key(7), 2 * len(net.layers))
    shapes = [(EXAMPLES, layer.neuron.shape[0]) for layer in net.layers]
    return [
        (0.5 + n, jr.normal(keys[2 * n], shape), jr.normal(keys[2 * n + 1], shape))
        for n, shape in enumerate(shapes)
    ]


def differences(value, at, step=2e-6):
    """Central ones along every axis, and whether the spikes stayed the same in number."""
    directions = step * jnp.eye(len(at))
    up = jax.lax.map(lambda moved: value(at + moved), directions)
    down = jax.lax.map(lambda moved: value(at - moved), directions)
    same = (up[1] == down[1]).all(axis=tuple(range(1, up[1].ndim)))
    return (up[0] - down[0]) / (2 * step), same


def compare(net, times, value, most_spikes=60):
    """The derivatives by all weights and all times of input against differences."""
    weights, constant = eqx.partition(net, eqx.is_inexact_array)
    at, rebuild = ravel_pytree((weights, times))

    def total(flat):
        weights, times = rebuild(flat)
        fired = fire(
            eqx.combine(weights, constant),
            ordered_spikes(times),
            duration_ms=DURATION_MS,
            most_spikes=most_spikes,
        )
        counts = [spike_counts(f.spikes, f.highest.shape[1]).ravel() for f in fired]
        return value(fired), jnp.concatenate(counts)

    (_, counts), found = jax.jit(jax.value_and_grad(total, has_aux=True))(at)
    expected, same = jax.jit(lambda at: differences(total, at))(at)
    return np.asarray(found), np.asarray(expected), np.asarray(same), np.asarray(counts)


CASES = {
    "two currents": {},
    "one current, own potentials": {
        "taus": (20.0, 5.0, 5.0),
        "reset_potential": -0.4,
        "resting_potential": 0.2,
    },
    "as slow as the membrane": {"taus": (20.0, 20.0, 5.0)},
    "slower than the membrane": {"taus": (40.0, 45.0, 5.0)},
    "recurrent": {"recurrent": True},
    "recurrent, below a readout": {"recurrent": True, "readout": True, "taus": (20.0, 5.0, 5.0)},
}


@pytest.mark.parametrize("case", CASES)
def test_every_derivative_is_that_of_the_run(case):
    """Of weights and input times, by spike times, areas and largest potentials of both layers."""
    net = network(2, **CASES[case])
    factors = factors_of(net)
    found, expected, same, counts = compare(
        net, input_times(2, spikes=2), lambda fired: everything(fired, factors)
    )
    assert same.all() and counts[: EXAMPLES * HIDDEN].max() > 2
    assert (counts[EXAMPLES * HIDDEN :].max() == 0) == bool(CASES[case].get("readout"))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def test_a_largest_potential_that_a_spike_cuts_off():
    """Inhibition meets a rising membrane: the time of the inhibitory spike moves its peak."""
    weights = {"excitatory": jnp.array([[4.0, 0.0]]), "inhibitory": jnp.array([[0.0, -9.0]])}
    layer = Layer(unit(1), {port: Dense(w) for port, w in weights.items()})
    times = jnp.array([[2.0, 6.0]])
    found, expected, _, counts = compare(
        Chain((layer,)), times, lambda fired: fired[0].highest.sum()
    )
    assert counts.sum() == 0
    # Weights of either port, then the two times.
    assert found[-1] > 0.01 and found[-2] == pytest.approx(-found[-1], rel=1e-9)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("time_constants", ["twice as slow", "equal"])
def test_the_closed_form_of_a_first_spike_and_its_derivatives(time_constants):
    r"""One layer, one spike per input: autodiff through the formula of the crossing.

    With $a_n = \sum w e^{n t / \tau_s}$ over what came before the spike, the first is
    $t = -\tau \ln x$ with $x$ the root of a quadratic; for equal time constants Newton's steps
    solve $\sum w (t - t_j) e^{-(t - t_j)/\tau} = \tau$, and are differentiated.
    """
    tau_s = 5.0
    tau = 2 * tau_s if time_constants == "twice as slow" else tau_s
    weights = jnp.abs(jr.normal(jr.key(0), (5, 6))) * 2.0 + 1.0
    times = jr.uniform(jr.key(1), (3, 6), maxval=8.0)

    def by_events(weights, times):
        layer = Layer(
            unit(5, (tau, tau_s, 10.0)),
            {"excitatory": Dense(weights), "inhibitory": Silent(6, 5)},
        )
        (fired,) = fire(layer, ordered_spikes(times), duration_ms=25.0, most_spikes=30)
        return first_spikes(fired.spikes, 5, otherwise_ms=math.inf)

    def by_formula(weights, times):
        known = jax.lax.stop_gradient(by_events(weights, times))
        causal = weights * (times[:, None] < known[..., None])
        rise = jnp.exp(times / tau_s)[:, None]
        if time_constants == "twice as slow":
            a, b = (causal * rise).sum(-1), (causal * rise**0.5).sum(-1)
            return -tau * jnp.log((b + jnp.sqrt(b**2 - 4 * a)) / (2 * a))
        t = known
        for _ in range(2):
            since = t[..., None] - times[:, None]
            course = causal * jnp.exp(-since / tau) / tau
            t = t - ((course * since).sum(-1) - 1) / (course * (1 - since / tau)).sum(-1)
        return t

    np.testing.assert_allclose(by_events(weights, times), by_formula(weights, times), rtol=1e-12)
    factors = jr.normal(jr.key(2), (3, 5))
    found, expected = (
        jax.jit(jax.grad(lambda w, t, f=f: (factors * f(w, t)).sum(), (0, 1)))(weights, times)
        for f in (by_events, by_formula)
    )
    for one, two in zip(found, expected, strict=True):
        assert float(jnp.abs(two).max()) > 0.1
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)


def as_published(weights, recurrent, arrivals, spikes, tau, tau_s, worth):
    r"""The adjoint equations as printed: $\lambda_V$, $\lambda_I$, their jumps, the gradients.

    Args:
        weights, recurrent: `[n, inputs]` and `[n, n]`.
        arrivals, spikes: `(time, index)` in order.
        worth: derivative of the loss by the time of each of the network's spikes.
    """
    units = len(weights)
    lambda_v, lambda_i = np.zeros(units), np.zeros(units)
    events = [(t, k, "arrives") for t, k in arrivals]
    events += [(t, number, "fires") for number, (t, _) in enumerate(spikes)]
    now, by_input, by_own = 1e9, np.zeros_like(weights), np.zeros_like(recurrent)
    for time, which, what in sorted(events, reverse=True):
        passed = min(now - time, 500.0)
        mixed = tau / (tau - tau_s) * (np.exp(-passed / tau) - np.exp(-passed / tau_s))
        lambda_i = lambda_i * np.exp(-passed / tau_s) + lambda_v * mixed
        lambda_v, now = lambda_v * np.exp(-passed / tau), time
        if what == "arrives":
            by_input[:, which] -= tau_s * lambda_i
            continue
        n = spikes[which][1]
        by_own[:, n] -= tau_s * lambda_i
        current = sum(weights[n, k] * np.exp(-(time - t) / tau_s) for t, k in arrivals if t < time)
        current += sum(recurrent[n, m] * np.exp(-(time - t) / tau_s) for t, m in spikes if t < time)
        slope = (current - 1.0) / tau
        jump = 1.0 * lambda_v[n] + recurrent[:, n] @ (lambda_v - lambda_i) + worth[which]
        lambda_v[n] += jump / (tau * slope)
    return by_input, by_own


def test_the_published_equations_give_the_same_gradient():
    """Wunderlich and Pehle, table 1, in their own variables; the loss is a sum of spike times."""
    tau, tau_s = 20.0, 5.0
    net = network(5, (tau, tau_s, tau_s), recurrent=True).layers[0]
    times = input_times(5)[:1]

    def loss(net):
        (fired,) = fire(net, ordered_spikes(times), duration_ms=DURATION_MS, most_spikes=20)
        finite = jnp.isfinite(fired.spikes.times_ms)
        waves = jnp.sin(0.4 * jnp.where(finite, fired.spikes.times_ms, 0.0))
        return jnp.where(finite, waves, 0.0).sum(), fired.spikes

    gradient, spikes = eqx.filter_jit(eqx.filter_grad(loss, has_aux=True))(net)
    ordered = ordered_spikes(times)
    arrivals, own = (
        [(float(t), int(u)) for t, u in zip(s.times_ms[0], s.units[0], strict=True) if t < 1e9]
        for s in (ordered, spikes)
    )
    assert len(own) > 15
    weights, recurrent = (
        np.asarray(sum(synapse.weight for synapse in group.values()))
        for group in (net.synapses, net.recurrent)
    )
    worth = [0.4 * math.cos(0.4 * t) for t, _ in own]
    by_input, by_own = as_published(weights, recurrent, arrivals, own, tau, tau_s, worth)
    for port in ("excitatory", "inhibitory"):
        for found, expected in (
            (gradient.synapses[port].weight, by_input),
            (gradient.recurrent[port].weight, by_own),
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def test_what_is_silent_has_no_derivative_but_through_its_membrane():
    weak = jax.tree.map(lambda a: 0.02 * a, eqx.filter(network(), eqx.is_array))
    net = eqx.combine(weak, network())
    spikes = ordered_spikes(input_times())

    @eqx.filter_jit
    def gradients(net):
        def run(net):
            return fire(net, spikes, duration_ms=DURATION_MS, most_spikes=2)

        fired, back = eqx.filter_vjp(run, net)
        none = jax.tree.map(lambda a: jnp.zeros(a.shape) if a.dtype == float else None, fired)
        by_times = eqx.tree_at(lambda f: f[-1].spikes.times_ms, none, replace_fn=jnp.ones_like)
        by_highest = eqx.tree_at(lambda f: f[0].highest, none, replace_fn=jnp.ones_like)
        return back(by_times)[0], back(by_highest)[0]

    nothing, below = gradients(net)
    assert not ravel_pytree(nothing)[0].any()
    assert (jnp.abs(below.layers[0].synapses["excitatory"].weight).sum(1) > 0).all()


def test_examples_add_up():
    net, times = network(4, readout=True), input_times(4)
    weigh = jr.normal(jr.key(3), (EXAMPLES, OUTPUTS))

    @eqx.filter_jit
    def gradient(net, times, weigh):
        def loss(net):
            fired = fire(net, ordered_spikes(times), duration_ms=DURATION_MS, most_spikes=30)
            return (weigh * fired[-1].area).sum()

        return ravel_pytree(eqx.filter_grad(loss)(net))[0]

    both = gradient(net, times, weigh)
    apart = sum(gradient(net, times[e : e + 1], weigh[e : e + 1]) for e in range(EXAMPLES))
    assert times.shape[1] == INPUTS and float(jnp.abs(both).max()) > 0.1
    np.testing.assert_allclose(both, apart, rtol=1e-10, atol=1e-12)
