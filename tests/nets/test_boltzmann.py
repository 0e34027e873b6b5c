"""The restricted Boltzmann machine against its definition."""

import itertools

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.nets import RestrictedBoltzmann


def small(visible=4, hidden=3, spread=1.0, seed=0):
    keys, shapes = jr.split(jr.key(seed), 3), [(visible, hidden), (visible,), (hidden,)]
    drawn = [spread * jr.normal(key, shape) for key, shape in zip(keys, shapes, strict=True)]
    return RestrictedBoltzmann(*drawn)


def test_free_energy_sums_out_the_hidden_units():
    machine = small()
    states = jnp.asarray(list(itertools.product([0.0, 1.0], repeat=3)))
    for visible in jnp.asarray(list(itertools.product([0.0, 1.0], repeat=4))):
        energies = machine.energy(jnp.tile(visible, (8, 1)), states)
        np.testing.assert_allclose(
            machine.free_energy(visible), -jax.nn.logsumexp(-energies), rtol=1e-5, atol=1e-5
        )


def test_conditionals_are_those_of_the_energy():
    machine = small(seed=1)
    hidden, visible = jnp.array([1.0, 0.0, 1.0]), jnp.array([0.0, 1.0, 1.0, 0.0])
    for unit in range(4):
        on, off = visible.at[unit].set(1.0), visible.at[unit].set(0.0)
        odds = machine.energy(off, hidden) - machine.energy(on, hidden)
        chance = machine.visible_probability(hidden)[unit]
        np.testing.assert_allclose(chance, jax.nn.sigmoid(odds), rtol=1e-5)


def test_correlations_are_the_gradient_of_the_log_likelihood():
    machine = small(seed=2)
    seen = jnp.asarray([[1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.0]])

    def loss(machine):
        states, _ = machine.exact_probabilities()
        return machine.free_energy(seen).mean() + jax.nn.logsumexp(-machine.free_energy(states))

    slope = jax.grad(loss)(machine)
    wanted = jax.tree.map(
        lambda model, data: model - data, machine.exact_correlations(), machine.correlations(seen)
    )
    for found, expected in zip(jax.tree.leaves(slope), wanted, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_gibbs_chains_end_in_the_exact_distribution():
    machine, chains = small(seed=3), 20_000
    start = jnp.zeros((chains, 4))
    drawn = jax.jit(lambda key: machine.gibbs(start, 60, key=key))(jr.key(4))
    _, chance = machine.exact_probabilities()
    found = np.bincount(np.asarray(drawn @ (2.0 ** jnp.arange(4))).astype(int), minlength=16)
    expected = chains * np.asarray(chance)
    statistic = ((found - expected) ** 2 / expected).sum()
    # 15 degrees of freedom; a right sampler is refused once in 100,000 seeds.
    assert statistic < 50.0


def test_what_cannot_be():
    with pytest.raises(ValueError, match="expected \\[visible, hidden\\]"):
        RestrictedBoltzmann(jnp.zeros((3, 2)), jnp.zeros(2), jnp.zeros(2))
    with pytest.raises(ValueError, match="at most 20"):
        small(21, 2).exact_probabilities()
    with pytest.raises(ValueError, match="spread"):
        RestrictedBoltzmann.random(3, 2, key=jr.key(0), spread=0.0)
