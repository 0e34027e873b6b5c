"""What every cell of the table is held to, whatever it computes."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from ranvier.core import Cell, load, save
from tests import through_time
from tests.public import kinds_in, public
from tests.table_cells import (
    CELLS,
    CONTAINERS,
    MIXES_EXAMPLES,
    NOISY,
    OWN_DERIVATIVE,
    WITHOUT_STATE,
)
from tests.through_time import close

STEPS, EXAMPLES = 7, 3
every_cell = pytest.mark.parametrize("name", CELLS)


@functools.cache
def cell_of(name: str) -> Cell:
    """Kept, so single precision whichever test asks first."""
    with jax.enable_x64(False):
        return CELLS[name]()


@functools.cache
def ways(name: str, noise: bool = False):
    cell = cell_of(name)
    return through_time.ways(cell.init, cell, cell.over_time, examples=EXAMPLES, noise=noise)


def inputs(cell: Cell, leading=(STEPS, EXAMPLES)) -> jax.Array:
    """Above zero, as spike times and shares are."""
    return jr.uniform(jr.key(1), (*leading, *cell.in_shape), minval=0.05, maxval=1.0)


@every_cell
def test_types_and_shapes_never_change(name):
    cell = cell_of(name)
    given = set()
    for batch in ((), (0,), (2, 3)):
        before = jax.eval_shape(lambda batch=batch: cell.init(batch))
        x = inputs(cell, batch)
        once, y = jax.eval_shape(lambda s, x: cell(s, x, key=jr.key(0)), before, x)
        after, ys = jax.eval_shape(cell.over_time, before, x[None])
        assert before == once == after
        assert ys.shape == (1, *y.shape) and y.shape[: len(batch)] == batch
        given.add(y.shape[len(batch) :])
        if name not in MIXES_EXAMPLES:
            leaves = jax.tree.leaves(before)
            assert all(leaf.shape[: len(batch)] == batch for leaf in leaves)
            assert (not leaves) is (name in WITHOUT_STATE)
    assert len(given) == 1


@every_cell
def test_all_ways_through_time_agree(name):
    whole, steps, pieces = ways(name)(inputs(cell_of(name)))
    assert np.unique(whole[1]).size > 1
    close(whole, steps)
    close(whole, pieces)


@pytest.mark.parametrize("name", NOISY)
def test_noise_is_drawn_from_the_keys_alone(name):
    xs = inputs(cell_of(name))
    whole, steps, pieces = ways(name, noise=True)(xs)
    close(whole, steps)
    close(whole, pieces)
    assert not np.allclose(whole[1], ways(name)(xs)[0][1])


@every_cell
def test_mapped_over_examples(name):
    cell, xs = cell_of(name), inputs(cell_of(name))
    alone = jax.jit(lambda xs: cell.over_time(cell.init(), xs)[1])
    mapped = jax.vmap(alone, in_axes=1, out_axes=1)(xs)
    assert np.allclose(ways(name)(xs)[0][1], mapped, rtol=2e-6, atol=2e-6) is (
        name not in MIXES_EXAMPLES
    )


@every_cell
def test_neither_the_future_nor_other_examples_act(name):
    xs = inputs(cell_of(name))
    before, later, other = (
        ways(name)(z)[0][1] for z in (xs, xs.at[4:].multiply(0.25), xs.at[:, 0].multiply(0.25))
    )
    close(before[:4], later[:4])
    assert not np.allclose(before, later)
    assert not np.allclose(before, other)
    if name not in MIXES_EXAMPLES:
        close(before[:, 1:], other[:, 1:])


@every_cell
def test_double_precision_stays_double(name, float64):
    cell = CELLS[name]()
    state = jax.eval_shape(cell.init)
    after, y = jax.eval_shape(cell, state, inputs(cell, ()))
    assert state == after
    found = {leaf.dtype for leaf in jax.tree.leaves((after, y)) if leaf.dtype.kind == "f"}
    assert found == {jnp.dtype("float64")}


@every_cell
def test_derivatives_are_right(name, float64):
    """Forward mode, reverse mode and central differences, by parameters and by the input."""
    cell = CELLS[name]()
    parameters, static = eqx.partition(cell, eqx.is_inexact_array)
    flat, rebuild = ravel_pytree((parameters, inputs(cell, (4, 2)).astype(jnp.float64)))

    def outputs(flat):
        parameters, xs = rebuild(flat)
        made = eqx.combine(parameters, static)
        return made.over_time(made.init((2,)), xs)[1].ravel()

    def found(flat):
        modes = jax.jacfwd(outputs)(flat), jax.jacrev(outputs)(flat)
        if name in OWN_DERIVATIVE:
            return modes
        nudges = 1e-5 * jnp.eye(flat.size)
        measured = jax.vmap(lambda d: (outputs(flat + d) - outputs(flat - d)) / 2e-5)(nudges)
        return *modes, measured.T

    forward, reverse, *measured = jax.jit(found)(flat)
    assert jnp.isfinite(forward).all() and forward.any()
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-13)
    for differences in measured:
        np.testing.assert_allclose(forward, differences, rtol=1e-6, atol=1e-7)


@every_cell
def test_it_is_saved_and_loaded(name, tmp_path):
    cell = cell_of(name)
    changed = jax.tree.map(lambda a: a + 0.125 if eqx.is_inexact_array(a) else a, cell)
    save(tmp_path / "cell", changed)
    assert eqx.tree_equal(load(tmp_path / "cell", cell), changed)


def test_the_table_holds_every_public_cell():
    made = set().union(*(kinds_in(cell_of(name)) for name in CELLS))
    assert {kind for kind in public(Cell) if kind is not Cell} - made <= CONTAINERS
