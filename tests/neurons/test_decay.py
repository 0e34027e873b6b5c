"""Decays that learn: free, or held between 0 and 1."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.neurons import (
    AdaptiveSNU,
    AxoAxonicSNU,
    AxoSomaticSNU,
    LateralInhibitionSNU,
    LearnedDecay,
    lif_from_snu,
)

TAKERS = [
    rv.SNU,
    AdaptiveSNU,
    AxoSomaticSNU,
    AxoAxonicSNU,
    LateralInhibitionSNU,
    rv.LeakyIntegrator,
]


def after(unit, steps=6):
    """Some steps with constant currents."""
    state = unit.init()
    for _ in range(steps):
        state = unit.step(state, *(jnp.full(unit.shape, 0.45) for _ in unit.ports))
    return state


@pytest.mark.parametrize("start", [1e-6, 0.1, 0.5, 0.8, 0.999, 1 - 1e-6])
def test_it_starts_where_it_is_told(start, float64):
    np.testing.assert_allclose(LearnedDecay(start, (2, 3))(), np.full((2, 3), start), rtol=1e-12)
    assert LearnedDecay(start).logit.shape == ()
    assert LearnedDecay(jnp.full(4, start)).logit.shape == (4,)


@pytest.mark.parametrize("kind", TAKERS)
def test_the_three_ways_give_the_same_steps(kind, float64):
    ways = 0.7, jnp.full(3, 0.7), LearnedDecay(0.7, 3), LearnedDecay(0.7)
    found = [eqx.filter_jit(after)(kind(3, decay=decay)) for decay in ways]
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    counts = [
        sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(kind(3, decay=d), eqx.is_array)))
        for d in ways
    ]
    assert [count - counts[0] for count in counts] == [0, 3, 3, 1]


@pytest.mark.parametrize("kind", [AdaptiveSNU, AxoSomaticSNU])
def test_an_adaptation_may_learn_as_well(kind, float64):
    ways = 0.7, jnp.full(3, 0.7), LearnedDecay(0.7, 3)
    found = [eqx.filter_jit(after)(kind(3, rho=rho)) for rho in ways]
    for other in found[1:]:
        np.testing.assert_allclose(found[0].b, other.b, rtol=1e-12)


@pytest.mark.parametrize("kind", TAKERS)
def test_its_slope_is_that_of_the_free_array_times_that_of_the_sigmoid(kind, float64):
    decay = jnp.array([0.3, 0.6, 0.9])

    @eqx.filter_jit
    @eqx.filter_grad
    def slope(decay):
        return sum(map(jnp.sum, after(kind(3, decay=decay))))

    free, held = slope(decay), slope(LearnedDecay(decay)).logit
    assert jnp.abs(free).min() > 0
    np.testing.assert_allclose(held, free * decay * (1 - decay), rtol=1e-12)


@pytest.mark.parametrize("push", [-1e3, 1e3])
def test_no_update_takes_it_out_of_its_range(push):
    decay = LearnedDecay(jnp.array([0.1, 0.9]))
    pushed = eqx.tree_at(lambda d: d.logit, decay, replace_fn=lambda a: a + push)
    assert ((pushed() >= 0) & (pushed() <= 1)).all()
    assert jnp.isfinite(jax.grad(lambda d: d().sum())(pushed).logit).all()


def test_it_finds_the_decay_of_a_filter():
    """Learned from what a leaky integrator of decay 0.6 gives."""
    import optax

    xs = jax.random.normal(jax.random.key(0), (50, 1, 1))

    def integrator(decay):
        one = rv.nets.Layer(
            rv.LeakyIntegrator(1, decay=decay), {"dendrite": rv.synapses.Dense(jnp.ones((1, 1)))}
        )
        return rv.run(one, xs)[1]

    target, optimiser = integrator(0.6), optax.adam(0.05)

    def update(carry, _):
        decay, state = carry
        slope = jax.grad(lambda d: ((integrator(d) - target) ** 2).mean())(decay)
        change, state = optimiser.update(slope, state)
        return (eqx.apply_updates(decay, change), state), None

    start = LearnedDecay(0.95, 1)
    carry = start, optimiser.init(start)
    (found, _), _ = eqx.filter_jit(lambda c: jax.lax.scan(update, c, length=300))(carry)
    np.testing.assert_allclose(found(), 0.6, atol=1e-3)


def test_checkpoints_of_free_arrays_go_on_being_read(tmp_path):
    """By its path in the file: `decay`, as it has always been; `decay.logit` is another model."""
    from safetensors.numpy import load_file

    for kind in TAKERS:
        free, held = kind(3, decay=jnp.full(3, 0.8)), kind(3, decay=LearnedDecay(0.8, 3))
        rv.save(tmp_path / "free", free)
        assert load_file(tmp_path / "free")["decay"].shape == (3,)
        assert eqx.tree_equal(rv.load(tmp_path / "free", kind(3, decay=jnp.ones(3))), free)
        rv.save(tmp_path / "held", held)
        assert load_file(tmp_path / "held")["decay.logit"].shape == (3,)
        assert eqx.tree_equal(rv.load(tmp_path / "held", held), held)
        with pytest.raises(ValueError, match="decay"):
            rv.load(tmp_path / "free", held)


def test_a_unit_is_built_within_a_compiled_function():
    unit = jax.jit(lambda start: rv.SNU(2, decay=LearnedDecay(start, 2)).decay())(0.25)
    np.testing.assert_allclose(unit, 0.25, rtol=1e-6)


def test_the_correspondence_reads_the_decay_as_it_stands():
    unit = rv.SNU(2, decay=LearnedDecay(0.8, 2))
    neuron = lif_from_snu(unit, discretisation="euler")
    np.testing.assert_allclose(neuron.tau_membrane_ms, 5.0, rtol=1e-5)


@pytest.mark.parametrize("start", [0.0, 1.0, -0.5, 2.0, float("nan")])
def test_a_start_that_no_logit_reaches(start):
    words = rf"LearnedDecay: the start is {start}, expected strictly between 0 and 1"
    with pytest.raises(ValueError, match=words):
        LearnedDecay(start, 3)


@pytest.mark.parametrize("kind", TAKERS)
@pytest.mark.parametrize("decay", [jnp.full(2, 0.5), jnp.full((3, 1), 0.5), LearnedDecay(0.5, 2)])
def test_a_decay_for_other_units(kind, decay):
    words = rf"{kind.__name__}: decay has shape \(.*\), expected \(3,\), one number per unit"
    with pytest.raises(ValueError, match=words):
        kind(3, decay=decay)
