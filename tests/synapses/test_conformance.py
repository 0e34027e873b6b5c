"""What every synapse of the table is held to, whatever it connects."""

import functools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from ranvier.core import Synapse, load, save
from ranvier.synapses import Around
from tests import through_time
from tests.public import kinds_in, public
from tests.table import (
    MIXES_EXAMPLES,
    NO_CURRENT,
    NUMBERS_OF_UNITS,
    OWN_DERIVATIVE,
    SYNAPSES,
)
from tests.through_time import close

STEPS, EXAMPLES, UNITS = 9, 4, 5
every_synapse = pytest.mark.parametrize("name", SYNAPSES)
with_and_without_noise = pytest.mark.parametrize("noise", [False, True], ids=["bare", "noise"])


@functools.cache
def synapse_of(name: str) -> Synapse:
    """Kept, so single precision whichever test asks first."""
    with jax.enable_x64(False):
        return SYNAPSES[name](UNITS, UNITS)


def activity(synapse: Synapse, leading=(STEPS, EXAMPLES)) -> jax.Array:
    return jr.uniform(jr.key(1), (*leading, *synapse.in_shape), minval=-0.5, maxval=1.5)


@functools.cache
def ways(name: str, noise: bool):
    """Whole, step by step, and in two pieces, in one program: `[(memory, currents)]`."""
    synapse = synapse_of(name)
    return through_time.ways(
        synapse.init, synapse.advance, synapse.over_time, examples=EXAMPLES, noise=noise
    )


@every_synapse
def test_shapes(name):
    synapse = synapse_of(name)
    assert synapse.in_size == math.prod(synapse.in_shape)
    if len(synapse.in_shape) == 1:
        assert synapse.in_size == (1 if name in NUMBERS_OF_UNITS else UNITS)
        assert synapse.shape == (UNITS,)
    for batch in ((), (3,), (0,), (2, 3)):
        memory, currents = synapse.over_time(
            synapse.init(batch), activity(synapse, (STEPS, *batch))
        )
        assert currents.shape == (STEPS, *batch, *synapse.shape)
        assert jax.tree.structure(memory) == jax.tree.structure(synapse.init(batch))
        for leaf in jax.tree.leaves(memory):
            assert leaf.shape[: len(batch)] == batch


@every_synapse
@with_and_without_noise
def test_all_ways_through_time_agree(name, noise):
    whole, steps, pieces = ways(name, noise)(activity(synapse_of(name)))
    assert (np.unique(steps[1]).size > 1) is (name not in NO_CURRENT)
    if name in MIXES_EXAMPLES and not noise:
        assert (whole[1] >= steps[1]).all() and (whole[1] > steps[1]).any()
        return
    close(whole, steps)
    close(whole, pieces)


@every_synapse
def test_a_memoryless_synapse_is_its_map(name):
    synapse = synapse_of(name)
    z = activity(synapse)[0]
    if synapse.init() is None:
        memory, current = synapse.advance(None, z, key=jr.key(2))
        assert memory is None and jnp.array_equal(current, synapse(z, key=jr.key(2)))
    else:
        with pytest.raises(TypeError, match="has a memory"):
            synapse(z)


@every_synapse
def test_compiled_and_mapped_over_examples(name):
    synapse = synapse_of(name)
    zs = activity(synapse)
    mapped = jax.vmap(
        lambda memory, zs: synapse.over_time(memory, zs), in_axes=(0, 1), out_axes=(0, 1)
    )(synapse.init((EXAMPLES,)), zs)
    together = synapse.over_time(synapse.init((EXAMPLES,)), zs)
    close(ways(name, False)(zs)[0], together)
    if name in MIXES_EXAMPLES:
        assert not jnp.allclose(together[1], mapped[1])
        return
    close(together, mapped)


@every_synapse
def test_examples_do_not_see_each_other(name):
    order = jnp.array([2, 0, 3, 1])
    zs = activity(synapse_of(name))
    moved = ways(name, False)(zs[:, order])[0][1]
    close(moved, ways(name, False)(zs)[0][1][:, order])


@every_synapse
def test_the_future_does_not_act(name):
    zs = activity(synapse_of(name))
    pushed = zs.at[5:].add(3.0)
    # Step by step where many steps at once are mixed.
    way = 1 if name in MIXES_EXAMPLES else 0
    before, after = (ways(name, False)(z)[way][1] for z in (zs, pushed))
    close(before[:5], after[:5])
    assert jnp.allclose(before, after) == (name in NO_CURRENT)


@every_synapse
def test_spikes_of_any_type(name):
    synapse = synapse_of(name)
    spikes = (activity(synapse) > 0.5).astype(jnp.uint8)
    expected = synapse.over_time(synapse.init((EXAMPLES,)), spikes.astype(jnp.float32))
    for kind in (jnp.uint8, jnp.bool_, jnp.int32):
        close(synapse.over_time(synapse.init((EXAMPLES,)), spikes.astype(kind)), expected)
        first = synapse.advance(synapse.init((EXAMPLES,)), spikes[0].astype(kind))[1]
        assert first.dtype == jnp.float32


@every_synapse
def test_double_precision_stays_double(name, float64):
    synapse = SYNAPSES[name](UNITS, UNITS)
    rest = jax.eval_shape(lambda: synapse.init((EXAMPLES,)))
    zs = jnp.ones((STEPS, EXAMPLES, *synapse.in_shape), jnp.float64)
    for function, given in ((synapse.over_time, zs), (synapse.advance, zs[0])):
        found = jax.eval_shape(function, rest, given)
        assert found[0] == rest
        assert {leaf.dtype for leaf in jax.tree.leaves(found)} == {jnp.dtype("float64")}


@every_synapse
def test_single_precision_stays_single_where_double_is_allowed(name):
    synapse = synapse_of(name)
    zs = activity(synapse)
    rest = synapse.init((EXAMPLES,))
    jax.config.update("jax_enable_x64", True)
    try:
        for function, given in ((synapse.over_time, zs), (synapse.advance, zs[0])):
            for differentiate in (lambda f: f, jax.jacrev, jax.jacfwd):
                differentiated = differentiate(lambda z, f=function: f(rest, z)[1])
                assert jax.eval_shape(differentiated, given).dtype == jnp.float32
    finally:
        jax.config.update("jax_enable_x64", False)


@every_synapse
def test_derivatives_are_right(name, float64):
    """Forward mode, reverse mode and central differences, by parameters and by activity."""
    synapse = SYNAPSES[name](3, 3)
    parameters, static = eqx.partition(synapse, eqx.is_inexact_array)
    flat, rebuild = ravel_pytree((parameters, activity(synapse, (5, 2)).astype(jnp.float64)))

    def currents(flat):
        parameters, zs = rebuild(flat)
        made = eqx.combine(parameters, static)
        return made.over_time(made.init((2,)), zs)[1].ravel()

    @jax.jit
    def found(flat):
        nudges = 1e-5 * jnp.eye(flat.size)
        measured = jax.vmap(lambda d: (currents(flat + d) - currents(flat - d)) / 2e-5)(nudges)
        return jax.jacfwd(currents)(flat), jax.jacrev(currents)(flat), measured.T

    forward, reverse, measured = found(flat)
    assert bool(forward.any()) is (name not in NO_CURRENT)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-13)
    if name in OWN_DERIVATIVE:
        assert not np.allclose(forward, measured, atol=1e-3)
    else:
        np.testing.assert_allclose(forward, measured, rtol=1e-7, atol=1e-8)


@every_synapse
def test_it_is_saved_and_loaded(name, tmp_path):
    synapse = synapse_of(name)
    changed = jax.tree.map(lambda a: a + 0.125 if eqx.is_inexact_array(a) else a, synapse)
    save(tmp_path / "synapse", changed)
    assert eqx.tree_equal(load(tmp_path / "synapse", synapse), changed)


def test_the_table_holds_every_public_synapse():
    made = set().union(*(kinds_in(synapse_of(name)) for name in SYNAPSES))
    # `Around` is what others are built on: it has no current.
    assert public(Synapse) - made == {Synapse, Around}
