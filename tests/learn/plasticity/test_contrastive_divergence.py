"""Contrastive divergence and its event-driven form, against enumeration."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.learn.plasticity import EventDrivenCD, contrastive_divergence, modulation
from ranvier.nets import RestrictedBoltzmann, Spikes, SpikingBoltzmann


def bars_and_stripes(side=4):
    """Every picture of whole rows and every picture of whole columns, once each."""
    bits = (np.arange(2**side)[:, None] >> np.arange(side)) & 1
    rows = np.repeat(bits[:, :, None], side, axis=2).reshape(-1, side**2)
    columns = np.repeat(bits[:, None, :], side, axis=1).reshape(-1, side**2)
    return jnp.asarray(np.unique(np.concatenate([rows, columns]), axis=0), jnp.float32)


def elsewhere(visible, hidden=8):
    """A machine whose own distribution is not that of the pictures."""
    keys = jr.split(jr.key(0), 3)
    return RestrictedBoltzmann(
        0.6 * jr.normal(keys[0], (visible, hidden)),
        1.5 * jr.normal(keys[1], (visible,)),
        jr.normal(keys[2], (hidden,)),
    )


def test_long_chains_give_the_exact_gradient():
    seen = bars_and_stripes()
    machine = elsewhere(seen.shape[1])
    examples = jnp.tile(seen, (100, 1))
    change = jax.jit(lambda key: contrastive_divergence(machine, examples, key=key, sweeps=100))
    found = change(jr.key(1))
    wanted = jax.tree.map(
        lambda m, d: m - d, machine.exact_correlations(), machine.correlations(seen)
    )
    # 3000 chains: standard errors of at most 0.0092; 152 means at 6 of them.
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=0.055)


def test_one_sweep_starts_from_the_data():
    machine = RestrictedBoltzmann(jnp.full((3, 2), 40.0), jnp.full(3, -60.0), jnp.full(2, -60.0))
    seen = jnp.asarray([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    for change in contrastive_divergence(machine, seen, key=jr.key(0)):
        np.testing.assert_allclose(change, 0.0, atol=1e-6)


def test_all_at_once_is_spike_by_spike():
    keys = jr.split(jr.key(0), 5)
    shapes = [(50, 3, 6), (50, 3, 4), (50, 3, 1), (50, 3, 1)]
    spikes = Spikes(
        *(jr.bernoulli(k, 0.2, s).astype(float) for k, s in zip(keys, shapes, strict=False))
    )
    signs = jr.randint(keys[4], (50,), -1, 2).astype(float)
    rule = EventDrivenCD(5.0)
    for one, other in zip(rule.in_turn(spikes, signs), rule.at_once(spikes, signs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("lag", [-9, -1, 0, 1, 9])
def test_the_window_is_symmetric_and_later_spikes_carry_the_sign(lag):
    none = jnp.zeros((20, 1, 1))
    spikes = Spikes(none.at[10].set(1.0), none.at[10 + lag].set(1.0), none, none)
    later = max(10, 10 + lag)
    signs = jnp.ones(20).at[later].set(-1.0)
    change = EventDrivenCD().in_turn(spikes, signs)
    np.testing.assert_allclose(change.weight, -np.exp(-abs(lag) / 4), rtol=1e-5)


def test_mean_change_is_the_exact_gradient_on_bars_and_stripes():
    seen = bars_and_stripes()
    machine = elsewhere(seen.shape[1])
    half = 200
    signs = jnp.asarray(modulation(half, silent=0.4))
    pictures = jnp.tile(jnp.clip(seen, 1e-4, 1 - 1e-4), (10, 1))
    cell, rule = SpikingBoltzmann(machine), EventDrivenCD()

    @jax.jit
    def learned(key):
        one, two = jr.split(key)
        x = jnp.log(pictures / (1 - pictures))
        state = cell.init((len(x),))
        state, first = cell.freed(0, 0).history(state, x, keys=jr.split(one, half))
        state, second = cell.history(state, 0 * x, keys=jr.split(two, half))
        spikes = jax.tree.map(lambda *parts: jnp.concatenate(parts), first, second)
        return rule.scaled(rule.at_once(spikes, signs), len(x), signs)

    found = learned(jr.key(2))
    wanted = jax.tree.map(
        lambda d, m: d - m, machine.correlations(seen), machine.exact_correlations()
    )
    # Exponential currents are no boxes: what runs free is off by some hundredths.
    for one, other, off in zip(found, wanted, (0.02, 0.02, 0.03), strict=True):
        one, other = np.ravel(one), np.ravel(other)
        assert np.corrcoef(one, other)[0, 1] > 0.98
        assert np.abs(one - other).mean() < off
        assert 0.9 < (one * other).sum() / (other**2).sum() < 1.1


def test_modulation_of_the_publication():
    signs = modulation()
    assert len(signs) == 140 and signs.sum() == 0
    assert (signs[:7] == 0).all() and (signs[7:70] == 1).all() and (signs[77:] == -1).all()


def test_what_cannot_be():
    with pytest.raises(ValueError, match="share"):
        modulation(silent=1.0)
    with pytest.raises(ValueError, match="tau_ms"):
        EventDrivenCD(0.0)
