"""In which order the nodes of a graph are computed, and which edges wait for the next step."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

INPUT, OUTPUT = "input", "output"
Edge = tuple[str, str]


class Wiring(NamedTuple):
    """An order of computation.

    Attributes:
        groups: the nodes, in order; those of a group depend on each other and take turns.
        feedback: the edges that hand on what their node gave in the step before.

    Example:
        See `wire`.
    """

    groups: tuple[tuple[str, ...], ...]
    feedback: frozenset[Edge]

    @property
    def looped(self) -> frozenset[str]:
        """The nodes that have to be computed step by step."""
        return frozenset(
            name
            for group in self.groups
            for name in group
            if len(group) > 1 or (name, name) in self.feedback
        )


def wire(neurons: Iterable[str], others: Iterable[str], edges: Iterable[Edge]) -> Wiring:
    """Find an order of computation, in which every loop waits for a step behind a neuron.

    Neurons are ranked by how few edges lead to them from the input, then by name. Within a loop,
    what a neuron sends to those of its own rank or of a lower one arrives in the next step.

    Args:
        neurons: names of the nodes that carry a state from step to step.
        others: names of the nodes between them.
        edges: pairs of names, from and to; `"input"` and `"output"` are the ends.

    Raises:
        ValueError: a loop without a neuron, or an edge out of a neuron that leads on as well as
            back; the nodes are named.

    Example:
        >>> wire(["a", "b"], ["w"], [("input", "a"), ("a", "b"), ("b", "w"), ("w", "a")])
        Wiring(groups=(('w', 'a', 'b'),), feedback=frozenset({('b', 'w')}))
    """
    neurons, edges = sorted(neurons), list(edges)
    names = [*neurons, *sorted(others)]
    after: dict[str, list[str]] = {name: [] for name in [INPUT, *names]}
    for one, two in edges:
        if two != OUTPUT:
            after[one].append(two)
    distance = _distances(after)
    rank = {name: (distance.get(name, len(names)), name) for name in neurons}
    feedback: set[Edge] = set()
    parts = _components(names, after)
    for part in parts:
        for name in rank.keys() & part:
            for target in set(after[name]) & part:
                # The neurons that hear of it within the step.
                hearing = _until_neurons(target, after, rank, part)
                back = {other for other in hearing if rank[other] <= rank[name]}
                if back and back != hearing:
                    raise ValueError(
                        f"{name!r} sends through {target!r} back to {sorted(back)} and on to "
                        f"{sorted(hearing - back)}: one edge cannot both wait for the next step "
                        f"and not. Give each its own copy of {target!r}."
                    )
                if back:
                    feedback.add((name, target))
    groups = []
    for part in parts:
        inside = [
            (one, two)
            for one in part
            for two in after[one]
            if two in part and (one, two) not in feedback
        ]
        groups.append(_sorted(part, inside))
    return Wiring(tuple(groups), frozenset(feedback))


def _distances(after: Mapping[str, list[str]]) -> dict[str, int]:
    """Edges from the input to each node that can be reached."""
    found, front = {INPUT: 0}, [INPUT]
    while front:
        following = []
        for one in front:
            for two in after[one]:
                if two not in found:
                    found[two] = found[one] + 1
                    following.append(two)
        front = following
    return found


def _until_neurons(
    start: str, after: Mapping[str, list[str]], neurons: Mapping[str, object], part: set[str]
) -> set[str]:
    """The neurons that are reached without passing another one."""
    found, seen, front = set(), set(), [start]
    while front:
        name = front.pop()
        if name in neurons:
            found.add(name)
        elif name not in seen:
            seen.add(name)
            front += [two for two in after[name] if two in part]
    return found


def _components(names: list[str], after: Mapping[str, list[str]]) -> list[set[str]]:
    """Sets of nodes that reach each other, each set before those that it leads to: Tarjan's."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []
    for root in names:
        if root in index:
            continue
        # Without recursion: a graph from a file may be deeper than Python's stack.
        path = [(root, iter(after[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while path:
            name, targets = path[-1]
            two = next(targets, None)
            if two is not None and two not in index:
                index[two] = low[two] = len(index)
                stack.append(two)
                path.append((two, iter(after[two])))
            elif two is not None:
                if two in stack:
                    low[name] = min(low[name], index[two])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[name])
                if low[name] == index[name]:
                    cut = stack.index(name)
                    found.append(set(stack[cut:]))
                    del stack[cut:]
    return found[::-1]


def _sorted(part: set[str], edges: list[Edge]) -> tuple[str, ...]:
    """The nodes, each after those that it waits for within a step."""
    waiting = {name: {one for one, two in edges if two == name} for name in sorted(part)}
    order: list[str] = []
    while waiting:
        ready = [name for name, before in waiting.items() if not before]
        if not ready:
            raise ValueError(
                f"the nodes {sorted(waiting)} form a loop without a neuron, in which each waits "
                "for the others within a step. Put a neuron into the loop, or cut it."
            )
        order += ready
        for name in ready:
            del waiting[name]
        for before in waiting.values():
            before.difference_update(ready)
    return tuple(order)
