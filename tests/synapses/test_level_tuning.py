"""Units that divide the level of their input: who hears, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.nets import Layer
from ranvier.neurons import SNU
from ranvier.synapses import Dense, LevelTuning, Series


def test_units_that_hear_the_same_take_bands_of_it():
    """Each from its own level up to the next one; the first waits for its level."""
    tuning = LevelTuning([3.0, 1.0, 2.0])
    level = jnp.linspace(0, 4, 41)[:, None]
    heard = jax.jit(tuning)(jnp.broadcast_to(level, (41, 3))) > 0
    at = np.asarray(level[:, 0])
    wanted = np.stack([at >= 3, (at >= 1) & (at < 2), (at >= 2) & (at < 3)], 1)
    np.testing.assert_array_equal(heard, wanted)


def test_silence_comes_from_units_that_reach_their_level_alone():
    tuning = LevelTuning([1.0, 3.0])
    found = tuning(jnp.array([[2.0, 2.9], [2.0, 3.0], [-1.0, 3.5]]))
    np.testing.assert_array_equal(found, [[2.0, 0.0], [0.0, 3.0], [0.0, 3.5]])


def test_equal_levels_hear_side_by_side():
    tuning = LevelTuning([1.0, 1.0])
    assert tuning(jnp.array([2.0, 1.5])).tolist() == [2.0, 1.5]


def test_it_stands_behind_weights_in_a_layer():
    layer = Layer(
        SNU(2, threshold=0.5),
        {"dendrite": Series(Dense(jnp.array([[1.0, 1.0], [1.0, 1.0]])), LevelTuning([0.9, 1.9]))},
    )
    assert layer(layer.init(), jnp.array([1.0, 0.0]))[1].tolist() == [1.0, 0.0]
    assert layer(layer.init(), jnp.array([1.0, 1.0]))[1].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("levels", [[], 1.0, [[1.0]], [float("nan")]])
def test_levels_are_one_per_unit(levels):
    with pytest.raises(ValueError, match="expected one number per unit"):
        LevelTuning(levels)
