"""Block-diagonal weights."""

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy.linalg import block_diag

from ranvier.synapses import Block, Dense


@pytest.mark.parametrize("leading", [(), (3,), (4, 3)])
def test_it_is_dense_with_a_block_diagonal_matrix(leading):
    synapse = Block.random(6, 9, 3, key=jr.key(0))
    assert synapse.in_size == 6 and synapse.shape == (9,) and synapse.weight.size == 18
    dense = Dense(jnp.asarray(block_diag(*np.asarray(synapse.weight))))
    z = jr.normal(jr.key(1), (*leading, 6))
    np.testing.assert_allclose(synapse(z), dense(z), rtol=1e-5, atol=1e-6)


def test_one_group_is_dense():
    synapse = Block.random(4, 3, 1, key=jr.key(0))
    z = jr.normal(jr.key(1), (4,))
    np.testing.assert_allclose(synapse(z), Dense(synapse.weight[0])(z), rtol=1e-5)


def test_groups_are_drawn_anew():
    weight = Block.random(4, 4, 2, key=jr.key(0)).weight
    assert not jnp.array_equal(weight[0], weight[1])


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="Block: 4 groups do not divide widths 8 and 6"):
        Block.random(8, 6, 4, key=jr.key(0))
    with pytest.raises(ValueError, match=r"Block: the weight has shape \(3, 4\)"):
        Block(jnp.ones((3, 4)))
