"""Trees of compartments: their geometry, and the solution of their systems."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.nets import Branch, Tree
from ranvier.nets._tree import solve

FORKED = Tree(
    [
        Branch(90.0, 2.0, 3),
        Branch(40.0, 1.0, 2, parent=0),
        Branch(60.0, 1.5, 3, parent=0),
        Branch(20.0, 0.5, 1, parent=2),
    ]
)


def dense(parents, diagonal, coupling):
    matrix = np.diag(np.asarray(diagonal))
    for node, parent in enumerate(parents):
        if node:
            matrix[node, parent] = matrix[parent, node] = -coupling[node]
    return matrix


@pytest.mark.usefixtures("float64")
def test_the_solution_and_its_derivatives_are_those_of_the_dense_system():
    rng = np.random.default_rng(0)
    parents = np.array([0, *(int(rng.integers(0, k)) for k in range(1, 17))])
    coupling = rng.uniform(0.5, 2.0, 17)
    diagonal = np.bincount(parents[1:], coupling[1:], 17) + coupling + rng.uniform(0.5, 1.0, 17)
    right = rng.normal(size=(2, 3, 17))
    matrix = dense(parents, diagonal, coupling)
    ours = jax.jit(lambda d, c, b: solve(parents, d, c, b))
    expected = np.linalg.solve(matrix, right[..., None])[..., 0]
    np.testing.assert_allclose(ours(diagonal, coupling, right), expected, rtol=1e-12)

    def by_matrix(d, c, b):
        below = jnp.arange(1, 17)
        m = jnp.diag(d).at[below, parents[1:]].add(-c[1:]).at[parents[1:], below].add(-c[1:])
        return jnp.linalg.solve(m, b[..., None])[..., 0]

    weights = rng.normal(size=right.shape)
    for differentiate in (jax.grad, jax.jacfwd):
        found, reference = (
            jax.jit(
                differentiate(lambda *a, way=way: (way(*a) * weights).sum(), argnums=(0, 1, 2))
            )(diagonal, coupling, right)
            for way in (ours, by_matrix)
        )
        for one, two in zip(found, reference, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)


def test_parents_come_before_their_children():
    parents, per_cm, places = FORKED.nodes()
    assert (parents[1:] < np.arange(1, len(parents))).all()
    # Nine compartments and two places where branches meet.
    assert FORKED.compartments == len(places) == 9 and len(parents) == 11
    assert np.isinf(per_cm[0]) and np.isfinite(per_cm[1:]).all()


def test_geometry():
    assert FORKED.distances_um == (15, 45, 75, 100, 120, 100, 120, 140, 160)
    assert FORKED.areas_cm2.sum() == pytest.approx(
        1e-8 * np.pi * (90 * 2.0 + 40 * 1.0 + 60 * 1.5 + 20 * 0.5)
    )
    # From the root's first middle to the last branch's: half pieces left out at both ends.
    parents, per_cm, places = FORKED.nodes()
    node, total = places[-1], 0.0
    while node:
        total += per_cm[node]
        node = parents[node]
    pieces = (75 / 2.0**2, 60 / 1.5**2, 10 / 0.5**2)
    assert total == pytest.approx(1e4 * sum(pieces) * 4 / np.pi)


@pytest.mark.parametrize(
    ("branches", "message"),
    [
        ([], "Tree: no branches"),
        ([Branch(10.0, 1.0, 2, parent=0)], r"branch 0 has parent 0, expected one of \[-1\]"),
        ([Branch(10.0, 1.0, 2)] * 2, r"branch 1 has parent -1, expected one of \[0\]"),
        ([Branch(10.0, 1.0, 2), Branch(10.0, 1.0, 2, 1)], "branch 1 has parent 1"),
        ([Branch(-1.0, 1.0, 2)], "Tree: branch 0: length_um is -1.0, expected more than 0"),
        ([Branch(1.0, 1.0, 0)], "branch 0: compartments is 0, expected more than 0"),
        ([Branch(1.0, 1.0, 1.5)], "branch 0 has 1.5 compartments, expected a whole number"),
    ],
)
def test_what_is_refused(branches, message):
    with pytest.raises(ValueError, match=message):
        Tree(branches)
