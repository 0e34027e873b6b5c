"""Approximations of the exact influence: unbiased where they are random, exact in their limits."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import eligibility as e
from ranvier.learn import losses, signals
from ranvier.learn.rules import rflo
from ranvier.nets import Chain, Layer
from ranvier.synapses import Dense
from tests.learn.test_rules import cosine, flat

pytestmark = pytest.mark.usefixtures("float64")
STEPS, UNITS, WIDTH = 8, 4, 3
LOSS = losses.squared_error

RANDOM = {"uoro": e.uoro, "kf_rtrl": e.kf_rtrl, "ok_rtrl": lambda: e.ok_rtrl(2)}
UNITS_OF = {
    "RNN": rv.RNN,
    "sSNU": rv.SNU.soft,
    "LSTM": rv.LSTM,
    "stateless output": lambda n: rv.LIF(n, tau_membrane_ms=jnp.full(n, 5.0)),
}


def layer_of(unit, feedback=True, key=0):
    return rv.layer(WIDTH, rv.recurrent(unit) if feedback else unit, key=jr.key(key))


def data(steps=STEPS, examples=2):
    keys = jr.split(jr.key(5), 2)
    mask = jnp.ones((steps, examples)).at[steps - 2 :, 1].set(0.0)
    return Batch(
        jr.normal(keys[0], (steps, examples, WIDTH)),
        jr.normal(keys[1], (steps, examples, UNITS)),
        mask,
    )


def drawn(make, layer, batch, count):
    """The gradient under so many keys, `[count, parameters]`, and the exact one."""
    rule = rv.online(LOSS, eligibility=make())
    # One after another: thousands of factorisations at once come to a standstill on few threads.
    many = jax.jit(lambda keys: jax.lax.map(lambda key: flat(rule(layer, batch, key)[1]), keys))
    exact = eqx.filter_jit(lambda: flat(rv.bptt(LOSS)(layer, batch, None)[1]))
    return many(jr.split(jr.key(7), count)), exact()


@pytest.mark.parametrize("unit", UNITS_OF)
@pytest.mark.parametrize("name", RANDOM)
def test_the_mean_over_random_signs_is_the_exact_gradient(name, unit):
    """Some 50 parameters, each within 4 standard errors: were the keys drawn anew, one false alarm
    in 300 such tests.
    """
    found, exact = drawn(RANDOM[name], layer_of(UNITS_OF[unit](UNITS)), data(), 3000)
    spread = found.std(0) / np.sqrt(len(found))
    away = jnp.abs(found.mean(0) - exact)
    # Parameters of the neuron are followed exactly by some: no spread, and no error.
    assert bool((away <= 4 * spread + 1e-10 * jnp.abs(exact).max()).all())
    assert float(jnp.linalg.norm(spread)) > 0


def test_the_variance_falls_from_uoro_to_many_kronecker_terms():
    """The order of the reference, each step a factor: 3.4, 1.4, 0.3 and 0.03 of the gradient."""
    layer, batch, ratios = layer_of(rv.RNN(UNITS)), data(examples=1), []
    makes = [e.uoro, e.kf_rtrl, lambda: e.ok_rtrl(2), lambda: e.ok_rtrl(4)]
    for make in makes:
        found, exact = drawn(make, layer, batch, 1000)
        ratios.append(float(jnp.linalg.norm(found.std(0)) / jnp.linalg.norm(exact)))
    assert all(one > 1.5 * two for one, two in itertools.pairwise(ratios)), ratios


@pytest.mark.parametrize("unit", UNITS_OF)
def test_as_many_terms_as_steps_are_exact(unit):
    found, exact = drawn(lambda: e.ok_rtrl(STEPS), layer_of(UNITS_OF[unit](UNITS)), data(), 2)
    np.testing.assert_allclose(found[0], exact, rtol=0, atol=1e-9 * float(jnp.abs(exact).max()))


@pytest.mark.parametrize("name", RANDOM)
def test_the_error_of_the_mean_falls_as_the_square_root_of_the_draws(name):
    """Means of 4 to 256 of 4096 draws: a bias would end the fall.

    Under the bootstrap, this power spreads by 0.013 to 0.018: within 4 times that, one false alarm
    in 16,000 such tests, were the keys drawn anew.
    """
    found, exact = drawn(RANDOM[name], layer_of(rv.RNN(UNITS)), data(examples=1), 4096)
    away, counts = np.asarray(found - exact), [4, 16, 64, 256]
    means = [away.reshape(-1, n, away.shape[1]).mean(1) for n in counts]
    errors = [np.sqrt((mean**2).sum(1).mean()) for mean in means]
    power = np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert power == pytest.approx(-0.5, abs=0.07), errors


@pytest.mark.parametrize(("unit", "variables"), [("RNN", 1), ("sSNU", 2), ("LSTM", 2)])
def test_as_many_terms_as_the_influence_has_rank_are_exact(unit, variables):
    """Over far more steps: r of min(m, v n^2), with v variables of n units and m weights each."""
    units, steps = 2, 30
    layer, batch = layer_of(UNITS_OF[unit](units)), data(steps)
    batch = batch._replace(target=batch.target[..., :units])
    rank = min(WIDTH + units, variables * units**2)
    enough, fewer = (drawn(lambda r=r: e.ok_rtrl(r), layer, batch, 2) for r in (rank, rank - 2))
    exact = enough[1]
    scale = float(jnp.abs(exact).max())
    np.testing.assert_allclose(enough[0][1], exact, rtol=0, atol=1e-12 * scale)
    assert float(jnp.abs(fewer[0][1] - exact).max()) > 1e-3 * scale


def test_fewer_terms_have_the_mean_of_all():
    """Random matrices of seven columns in six; each entry within 5 standard errors."""
    left, right = jr.normal(jr.key(0), (5, 7)), jr.normal(jr.key(1), (9, 7))
    many = jax.lax.map(
        lambda key: jnp.einsum("ir,jr->ij", *e.reduced(key, left, right)),
        jr.split(jr.key(2), 4000),
    )
    spread = many.std(0) / np.sqrt(len(many))
    assert bool((jnp.abs(many.mean(0) - left @ right.T) <= 5 * spread + 1e-9).all())


def ring(units):
    """Recurrent weights from each unit to the next: what one does comes round after `units`."""
    return jnp.roll(jnp.eye(units), 1, axis=0) * jr.normal(jr.key(3), (units, 1))


def with_feedback(unit, weight):
    layer = layer_of(unit)
    return Layer(layer.neuron, layer.synapses, dict.fromkeys(layer.recurrent, Dense(weight)))


def by(eligibility, layer, batch=None):
    rule = rv.online(LOSS, eligibility=eligibility)
    return eqx.filter_jit(lambda layer, batch: flat(rule(layer, batch, None)[1]))(
        layer, batch or data()
    )


@pytest.mark.parametrize("unit", UNITS_OF)
def test_influence_of_n_steps_is_exact_once_it_reaches_everyone(unit):
    own = with_feedback(UNITS_OF[unit](UNITS), jnp.diag(jr.normal(jr.key(4), (UNITS,))))
    around = with_feedback(UNITS_OF[unit](UNITS), ring(UNITS))
    for layer, steps in ((own, 1), (around, UNITS), (layer_of(UNITS_OF[unit](UNITS)), 2)):
        exact = by(e.exact(), layer)
        found = by(e.snap(steps), layer)
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12 * float(jnp.abs(exact).max()))
    short = [cosine(by(e.snap(n), around), by(e.exact(), around)) for n in (1, 2, 3)]
    assert short[0] < 0.9999 and short[1] < 1 - 1e-9


def test_without_recurrent_weights_all_local_rules_are_exact():
    layer = with_feedback(rv.SNU.soft(UNITS), jnp.zeros((UNITS, UNITS)))
    exact = by(e.exact(), layer)
    for eligibility in (e.local(), e.snap(1)):
        np.testing.assert_allclose(by(eligibility, layer), exact, rtol=0, atol=1e-13)


@pytest.mark.parametrize("unit", ["RNN", "sSNU", "LSTM"])
def test_random_feedback_that_is_the_readouts_own_is_exact_without_recurrent_weights(unit):
    """`rflo`: both of its approximations gone, it is backpropagation; each alone, it is not."""
    key, hidden = jr.key(6), UNITS_OF[unit](UNITS)
    feedback = signals.feedback_matrix(key, 0, (2, UNITS), signals.he_uniform)
    batch = data()._replace(target=data().target[..., :2])

    def gap(recurrent, readout):
        above = Layer(rv.Readout(2), {"dendrite": Dense(readout)})
        model = Chain((with_feedback(hidden, recurrent), above))
        one, two = eqx.filter_jit(
            lambda: [flat(r(LOSS)(model, batch, None)[1]) for r in (by_rflo, rv.bptt)]
        )()
        return float(jnp.linalg.norm(one - two) / jnp.linalg.norm(two))

    def by_rflo(loss):
        return rflo(loss, feedback=key)

    nothing = jnp.zeros((UNITS, UNITS))
    assert gap(nothing, feedback) < 1e-13
    assert gap(ring(UNITS), feedback) > 1e-3
    assert gap(nothing, 2 * feedback[::-1]) > 1e-3


def test_no_trace_grows_with_the_sequence():
    layer = layer_of(rv.SNU.soft(UNITS))
    for make in (*RANDOM.values(), lambda: e.snap(1), e.exact):
        rule = rv.online(LOSS, eligibility=make())
        needed = []
        for steps in (20, 80):
            program = jax.jit(rule).lower(layer, data(steps), jr.key(0)).compile()
            needed.append(program.memory_analysis().temp_size_in_bytes)
        # The keys of the steps, 16 bytes each and twice, are all that grows.
        assert needed[1] - needed[0] <= 64 * 60, (make, needed)


@pytest.mark.parametrize("name", RANDOM)
def test_random_signs_need_a_key(name):
    with pytest.raises(ValueError, match=f"layer: {name} draws random signs and got no key"):
        by(RANDOM[name](), layer_of(rv.RNN(UNITS)))


def test_counts_below_one_are_refused():
    with pytest.raises(ValueError, match="snap: steps is 0, expected at least 1"):
        e.snap(0)
    with pytest.raises(ValueError, match="ok_rtrl: terms is 0, expected at least 1"):
        e.ok_rtrl(0)
