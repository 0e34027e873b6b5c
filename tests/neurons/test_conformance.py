"""What every neuron of the table is held to, whatever its equation."""

import functools
import inspect

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.flatten_util import ravel_pytree

from ranvier.core import Neuron, NeuronState, load, save
from ranvier.neurons import check_contract
from tests.table import DRIVE, GRADED, NEURONS, NOISY

STEPS, EXAMPLES, UNITS = 12, 4, 3
SPIKING = [name for name in NEURONS if name not in GRADED]
every_neuron = pytest.mark.parametrize("name", NEURONS)


@functools.cache
def unit_of(name: str) -> Neuron:
    """Kept, so single precision whichever test asks first."""
    with jax.enable_x64(False):
        return NEURONS[name](UNITS)


def advance(unit, state, currents):
    """One step after another, every state on the way."""

    def body(state, now):
        state = unit.step(state, *now)
        return state, state

    return jax.lax.scan(body, state, currents)[1]


@functools.cache
def compiled(name: str):
    """The neuron over time, from rest, as one program."""
    unit = unit_of(name)
    return jax.jit(lambda currents: advance(unit, unit.init(currents[0].shape[1:-1]), currents))


def currents(name: str, seed: int = 0, shape=(STEPS, EXAMPLES, UNITS)) -> tuple[jax.Array, ...]:
    keys, size = jr.split(jr.key(seed), len(unit_of(name).ports)), DRIVE.get(name, 1.0)
    return tuple(size * jr.uniform(key, shape, minval=-0.5, maxval=1.5) for key in keys)


def close(one, two, tolerance=1e-6) -> None:
    """Alike up to the rounding of fused products; a spike has no rounding to hide behind."""
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def same(one, two) -> bool:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@every_neuron
def test_ports_are_the_signature_of_step(name):
    parameters = inspect.signature(type(unit_of(name)).step).parameters
    ports = unit_of(name).ports
    # A neuron made from a neuron hands on whatever currents that one takes.
    if [p.name for p in parameters.values() if p.kind is p.VAR_POSITIONAL]:
        assert hasattr(unit_of(name), "neuron")
        ports = ("currents",)
    assert tuple(parameters) == ("self", "state", *ports, "key")
    assert parameters["key"].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters["key"].default is None


@every_neuron
def test_the_state_holds_the_output_and_starts_at_rest(name):
    state = unit_of(name).init((2, 5))
    assert isinstance(state, NeuronState)
    assert all(leaf.shape == (2, 5, UNITS) for leaf in jax.tree.leaves(state))
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(state))
    assert not state.y.any()


@every_neuron
def test_compiled_equals_step_by_step(name):
    unit = unit_of(name)
    driven = currents(name)
    state, states = unit.init((EXAMPLES,)), []
    for step in range(STEPS):
        key = None if name in NOISY else jr.key(step)
        state = unit.step(state, *(c[step] for c in driven), key=key)
        states.append(state)
    close(compiled(name)(driven), jax.tree.map(lambda *leaves: jnp.stack(leaves), *states))


@pytest.mark.parametrize("name", NOISY)
def test_noise_is_drawn_from_the_key_alone(name):
    unit, driven = unit_of(name), currents(name)
    keys = jr.split(jr.key(1), STEPS)

    def body(state, at):
        state = unit.step(state, *at[0], key=at[1])
        return state, state

    noisy = jax.jit(lambda: jax.lax.scan(body, unit.init((EXAMPLES,)), (driven, keys))[1])()
    state, states = unit.init((EXAMPLES,)), []
    for step in range(STEPS):
        state = unit.step(state, *(c[step] for c in driven), key=keys[step])
        states.append(state)
    close(noisy, jax.tree.map(lambda *leaves: jnp.stack(leaves), *states))
    assert not same(noisy, compiled(name)(driven))


@every_neuron
def test_leading_axes_equal_vmap(name):
    driven = currents(name)
    mapped = jax.vmap(compiled(name), in_axes=1, out_axes=1)(driven)
    close(compiled(name)(driven), mapped)


@every_neuron
def test_examples_do_not_see_each_other(name):
    order = jnp.array([2, 0, 3, 1])
    driven = currents(name)
    moved = compiled(name)(jax.tree.map(lambda c: c[:, order], driven))
    straight = jax.tree.map(lambda s: s[:, order], compiled(name)(driven))
    assert same(moved, straight)


@every_neuron
@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    unit=st.integers(0, UNITS - 1),
    seed=st.integers(0, 2**16),
    size=st.floats(0.25, 8) | st.floats(-8, -0.25),
)
def test_units_do_not_see_each_other(name, unit, seed, size):
    driven = currents(name, seed)
    pushed = jax.tree.map(lambda c: c.at[..., unit].add(size * DRIVE.get(name, 1.0)), driven)
    before, after = compiled(name)(driven), compiled(name)(pushed)
    others = [u for u in range(UNITS) if u != unit]
    assert same(*(jax.tree.map(lambda s: s[..., others], states) for states in (before, after)))
    assert not same(*(jax.tree.map(lambda s: s[..., unit], states) for states in (before, after)))


@every_neuron
@pytest.mark.parametrize("examples", [(), (0,), (2, 3)])
def test_types_and_shapes_never_change(name, examples):
    unit = unit_of(name)

    def once(state):
        return unit.step(state, *(jnp.ones((*examples, UNITS)) for _ in unit.ports))

    before = jax.eval_shape(lambda: unit.init(examples))
    after = jax.eval_shape(once, before)
    assert before == after
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(before))


@every_neuron
def test_double_precision_stays_double(name, float64):
    unit = NEURONS[name](UNITS)
    before = jax.eval_shape(unit.init)
    after = jax.eval_shape(
        lambda s: unit.step(s, *(jnp.ones(UNITS, jnp.float64) for _ in unit.ports)), before
    )
    assert before == after
    assert all(leaf.dtype == jnp.float64 for leaf in jax.tree.leaves(after))


@every_neuron
def test_single_precision_stays_single_where_double_is_allowed(name):
    """With its gradient: a pseudo-derivative must not widen either."""
    unit = unit_of(name)
    driven = [jnp.ones(UNITS, jnp.float32) for _ in unit.ports]
    state = unit.init() if jax.tree.leaves(eqx.filter(unit, eqx.is_array)) else None
    jax.config.update("jax_enable_x64", True)
    try:
        if state is None:
            state = jax.tree.map(lambda s: s.astype(jnp.float32), unit.init())
        for function in (
            lambda c: unit.step(state, *c),
            jax.jacrev(lambda c: unit.step(state, *c)),
            jax.jacfwd(lambda c: unit.step(state, *c)),
        ):
            found = jax.tree.leaves(jax.eval_shape(function, driven))
            assert {leaf.dtype for leaf in found} == {jnp.dtype("float32")}
    finally:
        jax.config.update("jax_enable_x64", False)


@every_neuron
def test_forward_mode_equals_reverse_mode(name, float64):
    unit = NEURONS[name](2)
    parameters, static = eqx.partition(unit, eqx.is_inexact_array)
    driven = currents(name, shape=(4, 2))
    flat, rebuild = ravel_pytree((parameters, driven))

    def states(flat):
        parameters, driven = rebuild(flat)
        return ravel_pytree(advance(eqx.combine(parameters, static), unit.init(), driven))[0]

    forward, reverse = eqx.filter_jit(lambda f: (jax.jacfwd(states)(f), jax.jacrev(states)(f)))(
        flat
    )
    assert jnp.isfinite(forward).all() and forward.any()
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-13)


@every_neuron
def test_it_passes_the_check_that_users_have(name):
    check_contract(unit_of(name))


@every_neuron
def test_memoryless_is_the_truth(name):
    unit = unit_of(name)
    now = [c[0] for c in currents(name)]
    some = jax.tree.map(
        lambda s: jr.uniform(jr.key(3), s.shape, minval=0.1, maxval=0.9), unit.init((EXAMPLES,))
    )
    forgets = same(unit.step(unit.init((EXAMPLES,)), *now), unit.step(some, *now))
    assert unit.memoryless == forgets


@pytest.mark.parametrize("name", SPIKING)
def test_spikes_are_zero_or_one(name):
    y = compiled(name)(currents(name)).y
    assert set(np.unique(y)) == {0.0, 1.0}


@every_neuron
def test_it_is_saved_and_loaded(name, tmp_path):
    unit = unit_of(name)
    changed = jax.tree.map(lambda a: a + 0.125 if eqx.is_inexact_array(a) else a, unit)
    save(tmp_path / "unit", changed)
    assert eqx.tree_equal(load(tmp_path / "unit", unit), changed)


def test_the_table_holds_every_neuron_of_the_catalogue():
    from ranvier.neurons import catalogue

    def kind(made):
        return getattr(made, "__self__", made)

    # A neuron made from a neuron has no name of its own.
    simple = [n for n in NEURONS if not hasattr(unit_of(n), "neuron")]
    assert {kind(catalogue[name]) for name in catalogue} == {type(unit_of(n)) for n in simple}
