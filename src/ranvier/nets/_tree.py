"""Branched trees of compartments, and the linear system that couples them."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ranvier.core import positive


class Branch(NamedTuple):
    """An unbranched piece of dendrite or axon.

    Attributes:
        length_um: its length.
        diameter_um: its diameter.
        compartments: equal pieces it is cut into.
        parent: index of the branch at whose far end it starts; -1 for the root, which comes first.

    Example:
        A trunk that splits in two:

        >>> trunk = Branch(200.0, 2.0, 10)
        >>> tree = Tree([trunk, Branch(100.0, 1.26, 5, parent=0), Branch(100.0, 1.26, 5, parent=0)])
        >>> tree.compartments
        20
    """

    length_um: float
    diameter_um: float
    compartments: int
    parent: int = -1


class Tree(eqx.Module):
    """A morphology: branches, cut into compartments, numbered branch by branch from the root out.

    A branch that carries others ends in a node of its own, without a membrane, to which they
    connect: where branches meet there is one potential. Parents have smaller numbers than their
    children (the order of Hines), so that eliminating from the last to the first fills nothing in.

    Args:
        branches: the root first; each of the others after its parent.

    Raises:
        ValueError: no branch, a second root, a parent that does not come before its branch, or a
            length, diameter or number of compartments that is not positive.

    Source: Hines, Int. J. Biomed. Comput. 15 (1984).

    Example:
        >>> Tree([Branch(300.0, 1.0, 3)]).distances_um
        (50.0, 150.0, 250.0)
    """

    branches: tuple[Branch, ...] = eqx.field(static=True)

    def __init__(self, branches: list[Branch] | tuple[Branch, ...]) -> None:
        for number, branch in enumerate(branches):
            positive(
                f"Tree: branch {number}", **{k: branch._asdict()[k] for k in Branch._fields[:3]}
            )
            if branch.compartments != int(branch.compartments):
                raise ValueError(
                    f"Tree: branch {number} has {branch.compartments} compartments, expected a "
                    "whole number."
                )
            known = range(number) if number else (-1,)
            if branch.parent not in known:
                raise ValueError(
                    f"Tree: branch {number} has parent {branch.parent}, expected one of "
                    f"{list(known)}. List the root first, with parent -1, and every other branch "
                    "after its parent."
                )
        if not branches:
            raise ValueError("Tree: no branches, expected at least one.")
        self.branches = tuple(branches)

    @property
    def compartments(self) -> int:
        """How many compartments the tree has."""
        return sum(branch.compartments for branch in self.branches)

    @property
    def distances_um(self) -> tuple[float, ...]:
        """From the root's near end to the middle of each compartment, along the branches."""
        ends, found = [], []
        for branch in self.branches:
            start = ends[branch.parent] if branch.parent >= 0 else 0.0
            piece = branch.length_um / branch.compartments
            found += [start + piece * (k + 0.5) for k in range(branch.compartments)]
            ends.append(start + branch.length_um)
        return tuple(found)

    @property
    def areas_cm2(self) -> np.ndarray:
        """Membrane of each compartment."""
        return np.array(
            [
                1e-8 * np.pi * branch.diameter_um * branch.length_um / branch.compartments
                for branch in self.branches
                for _ in range(branch.compartments)
            ]
        )

    def nodes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The graph that is solved: compartments, and the ends where branches meet.

        Returns:
            Of every node, its parent (the root's is itself); the resistance between the two, per
            resistivity, in 1/cm (infinite for the root); and of every compartment its node.
        """
        carries = {branch.parent for branch in self.branches}
        parents, per_cm, places, ends = [], [], [], []
        for number, branch in enumerate(self.branches):
            half = branch.length_um / branch.compartments / 2
            # um / um^2 is 1e4 / cm.
            ratio = 1e4 * half / (np.pi * branch.diameter_um**2 / 4)
            for k in range(branch.compartments):
                node = len(parents)
                places.append(node)
                if k:
                    parents.append(node - 1)
                    per_cm.append(2 * ratio)
                else:
                    parents.append(ends[branch.parent] if branch.parent >= 0 else 0)
                    per_cm.append(ratio if branch.parent >= 0 else np.inf)
            if number in carries:
                parents.append(len(parents) - 1)
                per_cm.append(ratio)
            ends.append(len(parents) - 1)
        return np.array(parents), np.array(per_cm), np.array(places)


def solve(
    parents: np.ndarray,
    diagonal: Float[Array, "nodes"],
    coupling: Float[Array, "nodes"],
    right: Float[Array, "... nodes"],
) -> Float[Array, "... nodes"]:
    r"""Solve $D_i v_i - \sum_{j \sim i} g_{ij} v_j = b_i$ on a tree in as many steps as nodes.

    Without branches it is Thomas' algorithm. Derivatives, in both modes, are solutions of the same
    system, so that nothing of the elimination is stored.

    Args:
        parents: of every node, a smaller number; the root's is itself.
        diagonal: $D$.
        coupling: $g$ between a node and its parent; that of the root is not read.
        right: $b$.

    Returns:
        $v$.

    Example:
        >>> import numpy as np
        >>> matrix = np.array([[2.0, -1.0, 0.0], [-1.0, 3.0, -1.0], [0.0, -1.0, 2.0]])
        >>> found = solve(np.array([0, 0, 1]), jnp.diag(matrix), jnp.ones(3), jnp.ones(3))
        >>> bool(jnp.allclose(found, np.linalg.solve(matrix, np.ones(3))))
        True
    """
    count = len(parents)
    below = jnp.asarray(parents[1:])
    children = jnp.arange(1, count)

    def matvec(v: Array) -> Array:
        to_parent = coupling[1:] * v[..., below]
        to_child = coupling[1:] * v[..., 1:]
        return (diagonal * v).at[..., 1:].add(-to_parent).at[..., below].add(-to_child)

    def eliminate(_: object, right: Array) -> Array:
        def inwards(carry: tuple[Array, Array], at: tuple[Array, Array]):
            d, b = carry
            node, parent = at
            share = coupling[node] / d[node]
            d = d.at[parent].add(-share * coupling[node])
            return (d, b.at[parent].add(share * b[node])), None

        def outwards(v: Array, at: tuple[Array, Array]):
            node, parent = at
            return v.at[node].set((b[node] + coupling[node] * v[parent]) / d[node]), None

        (d, b), _ = jax.lax.scan(
            inwards, (diagonal, jnp.moveaxis(right, -1, 0)), (children, below), reverse=True
        )
        start = b.at[0].divide(d[0])
        return jnp.moveaxis(jax.lax.scan(outwards, start, (children, below))[0], 0, -1)

    return jax.lax.custom_linear_solve(matvec, right, eliminate, symmetric=True)
