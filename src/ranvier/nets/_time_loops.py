"""The three time loops of a neuron: its states, their tangents, and the cotangents back.

Each loop is written once for a block of elements whose state stays in registers, and once as
plain JAX, which says what the first has to give and can be differentiated again.

Time is taken in pieces of `every` steps. The loop forwards keeps the state before each piece; the
loop backwards goes through a piece again from there, holds its states in registers, and so
reads the currents and the arriving cotangents once. Per element and step, in numbers that pass
through memory, with $c$ currents, one output that is used, and $k$ state variables that the step
reads, forwards and backwards take

$$\\underbrace{c + 1 + k / K}_{\\text{forwards}} + \\underbrace{2 c + 1 + k / K}_{\\text{backwards}}
= 3 c + 2 + 2 k / K$$

for pieces of $K$ steps. $K = 1$ stores every state; no program that reads its currents in both
directions moves fewer numbers than $3 c + 2$.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

Read = Callable[..., Array]
Write = Callable[..., None]
# The length of a time axis, if there is one, and the type of the numbers.
Timed = tuple[int | None, Any]


@dataclass(frozen=True)
class Plan:
    """A neuron's step for one element, and how time is cut.

    Attributes:
        step: `(*parameters, *state, *currents) -> new state`, all numbers.
        types: of the parameters, the state and the currents.
        counts: how many of each.
        steps: how many there are.
        every: steps in a piece.
        reads: the state variables that the step reads; they are kept between pieces.
        interpret: run the kernels in JAX's interpreter, on any machine.
    """

    step: Callable[..., list[Array]]
    types: tuple[Any, ...]
    counts: tuple[int, int, int]
    steps: int
    every: int
    reads: tuple[int, ...]
    interpret: bool

    @property
    def pieces(self) -> int:
        return -(-self.steps // self.every)

    @property
    def operands(self) -> list[Timed]:
        """Parameters, state and currents."""
        parameters, states, currents = self.counts
        lengths = [None] * (parameters + states) + [self.steps] * currents
        return list(zip(lengths, self.types, strict=True))

    @property
    def kept(self) -> list[Timed]:
        """What the walk keeps for the way back."""
        return [(self.pieces, self.types[self.counts[0] + i]) for i in self.reads]

    def outputs(self, which: Sequence[int]) -> list[Timed]:
        """States at every step, their tangents or their cotangents."""
        return [(self.steps, self.types[self.counts[0] + i]) for i in which]

    def split(self, flat: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Parameters, state and currents."""
        first, last = self.counts[0], self.counts[0] + self.counts[1]
        return list(flat[:first]), list(flat[first:last]), list(flat[last : sum(self.counts)])

    def sweep(self, piece: Callable[..., Any], carried: Any, *, backwards: bool = False) -> Any:
        """`piece(index, carried, steps)` for all of time; the last piece may be short."""
        whole, rest = divmod(self.steps, self.every)
        if rest and backwards:
            carried = piece(whole, carried, rest)
        if whole:
            carried = jax.lax.fori_loop(
                0,
                whole,
                lambda i, x: piece(whole - 1 - i if backwards else i, x, self.every),
                carried,
            )
        if rest and not backwards:
            carried = piece(whole, carried, rest)
        return carried

    def states(self, *flat: Array) -> list[Array]:
        """All states in plain JAX, `[T, M]`, from parameters and state `[M]`, currents `[T, M]`."""
        parameters, start, currents = self.split(flat)

        def body(state: list[Array], at: list[Array]) -> tuple[list[Array], list[Array]]:
            state = jax.vmap(self.step)(*parameters, *state, *at)
            return state, state

        return jax.lax.scan(body, start, currents)[1]


@dataclass(frozen=True)
class Walk:
    """Forwards: the states in `outputs` at every step; before every piece, what the step reads."""

    plan: Plan
    outputs: tuple[int, ...]
    keeps: bool = False

    @property
    def operands(self) -> list[Timed]:
        return self.plan.operands

    @property
    def results(self) -> list[Timed]:
        return self.plan.outputs(self.outputs) + (self.plan.kept if self.keeps else [])

    def only(self, used: Sequence[bool]) -> "Walk":
        return replace(self, outputs=tuple(compress(self.outputs, used)))

    def block(self, read: list[Read], write: list[Write]) -> None:
        step, every = jax.vmap(self.plan.step), self.plan.every
        parameters, start, currents = self.plan.split(read)
        fixed = [r() for r in parameters]

        def piece(index: Any, state: list[Array], steps: int) -> list[Array]:
            for w, i in zip(write[len(self.outputs) :], self.plan.reads, strict=False):
                w(state[i], index)
            times = [index * every + k for k in range(steps)]
            for t, at in zip(times, [[r(t) for r in currents] for t in times], strict=True):
                state = step(*fixed, *state, *at)
                for w, i in zip(write, self.outputs, strict=False):
                    w(state[i], t)
            return state

        self.plan.sweep(piece, [r() for r in start])

    def plain(self, *flat: Array) -> list[Array]:
        start, states = self.plan.split(flat)[1], self.plan.states(*flat)
        reads = self.plan.reads if self.keeps else ()
        before = [jnp.concatenate([start[i][None], states[i][:-1]]) for i in reads]
        return [states[i] for i in self.outputs] + [b[:: self.plan.every] for b in before]


@dataclass(frozen=True)
class Push:
    """Tangents of the states in `outputs`, for tangents of the operands in `moving`.

    Its operands are the walk's, what the walk kept, and the tangents.
    """

    plan: Plan
    outputs: tuple[int, ...]
    moving: tuple[int, ...]

    @property
    def operands(self) -> list[Timed]:
        own = self.plan.operands
        return [*own, *self.plan.kept, *(own[i] for i in self.moving)]

    @property
    def results(self) -> list[Timed]:
        return self.plan.outputs(self.outputs)

    def only(self, used: Sequence[bool]) -> "Push":
        return replace(self, outputs=tuple(compress(self.outputs, used)))

    def block(self, read: list[Read], write: list[Write]) -> None:
        step, every = jax.vmap(self.plan.step), self.plan.every
        parameters, start, currents = self.plan.split(read)
        first, last = self.plan.counts[0], self.plan.counts[0] + self.plan.counts[1]
        directions = dict(zip(self.moving, read[-len(self.moving) :], strict=True))
        fixed, state = [r() for r in parameters], [r() for r in start]
        turned = {i: directions[i]() for i in self.moving if i < first}
        moved = [
            directions[i]() if i in directions else jnp.zeros_like(s)
            for i, s in enumerate(state, start=first)
        ]

        def piece(index: Any, carried: Any, steps: int) -> Any:
            times = [index * every + k for k in range(steps)]
            given = [[r(t) for r in currents] for t in times]
            pushed = [{i: r(t) for i, r in directions.items() if i >= last} for t in times]
            for t, at, push in zip(times, given, pushed, strict=True):
                state, moved = carried
                values = [*fixed, *state, *at]
                tangents = {**turned, **dict(enumerate(moved, start=first)), **push}

                def along(live: dict[int, Array], values: list[Array] = values) -> list[Array]:
                    return step(*(live.get(i, value) for i, value in enumerate(values)))

                carried = jax.jvp(along, ({i: values[i] for i in tangents},), (tangents,))
                for w, i in zip(write, self.outputs, strict=True):
                    w(carried[1][i], t)
            return carried

        self.plan.sweep(piece, (state, moved))

    def plain(self, *flat: Array) -> list[Array]:
        values = list(flat[: sum(self.plan.counts)])

        def along(*live: Array) -> list[Array]:
            moved = dict(zip(self.moving, live, strict=True))
            states = self.plan.states(*(moved.get(i, v) for i, v in enumerate(values)))
            return [states[i] for i in self.outputs]

        primals = tuple(values[i] for i in self.moving)
        return jax.jvp(along, primals, tuple(flat[-len(self.moving) :]))[1]


@dataclass(frozen=True)
class Pull:
    """Cotangents of the operands in `wanted`, for cotangents of the states in `outputs`.

    Its operands are the walk's, what the walk kept, and the arriving cotangents. What it gives is
    per element; the sum over elements that share an operand is taken outside.
    """

    plan: Plan
    outputs: tuple[int, ...]
    wanted: tuple[int, ...]

    @property
    def operands(self) -> list[Timed]:
        return [*self.plan.operands, *self.plan.kept, *self.plan.outputs(self.outputs)]

    @property
    def results(self) -> list[Timed]:
        return [(self.plan.operands[i][0], self._type(i)) for i in self.wanted]

    def _type(self, operand: int) -> Any:
        """Sums over time deserve single precision."""
        own = self.plan.types[operand]
        return jnp.promote_types(own, jnp.float32) if operand < self.plan.counts[0] else own

    def only(self, used: Sequence[bool]) -> "Pull":
        return replace(self, wanted=tuple(compress(self.wanted, used)))

    def block(self, read: list[Read], write: list[Write]) -> None:
        step, every = jax.vmap(self.plan.step), self.plan.every
        parameters, start, currents = self.plan.split(read)
        first, last = self.plan.counts[0], self.plan.counts[0] + self.plan.counts[1]
        kept = read[sum(self.plan.counts) :]
        arriving = kept[len(self.plan.reads) :]
        fixed, begin = [r() for r in parameters], [r() for r in start]
        writers = dict(zip(self.wanted, write, strict=True))
        summed = [i for i in self.wanted if i < first]

        def piece(index: Any, carried: Any, steps: int) -> Any:
            back, sums = carried
            times = [index * every + k for k in range(steps)]
            given = [[r(t) for r in currents] for t in times]
            arrived = [[r(t) for r in arriving] for t in times]
            state = list(begin)
            for r, i in zip(kept, self.plan.reads, strict=False):
                state[i] = r(index)
            before = [state]
            for at in given[:-1]:
                before.append(step(*fixed, *before[-1], *at))
            for k in reversed(range(steps)):
                back = list(back)
                for cotangent, i in zip(arrived[k], self.outputs, strict=True):
                    back[i] = back[i] + cotangent
                pulled = jax.vjp(step, *fixed, *before[k], *given[k])[1](back)
                sums = [s + pulled[i].astype(s.dtype) for s, i in zip(sums, summed, strict=True)]
                back = list(pulled[first:last])
                for i in self.wanted:
                    if i >= last:
                        writers[i](pulled[i], times[k])
            return back, sums

        none = [jnp.zeros_like(b) for b in begin]
        nothing = [jnp.zeros(fixed[i].shape, self._type(i)) for i in summed]
        back, sums = self.plan.sweep(piece, (none, nothing), backwards=True)
        for i, total in zip(summed, sums, strict=True):
            writers[i](total)
        for i in self.wanted:
            if first <= i < last:
                writers[i](back[i - first])

    def plain(self, *flat: Array) -> list[Array]:
        count = sum(self.plan.counts)
        arriving = flat[count + len(self.plan.reads) :]

        def outputs(*values: Array) -> list[Array]:
            states = self.plan.states(*values)
            return [states[i] for i in self.outputs]

        pulled = jax.vjp(outputs, *flat[:count])[1](list(arriving))
        return [pulled[i].astype(self._type(i)) for i in self.wanted]


Loop = Walk | Push | Pull
