"""What depends on what in a traced function, for any values at all."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
from jax.extend import core as jax_core


def dependence(function: Callable[..., Any], arguments: Sequence[Any]) -> list[list[bool]]:
    """`[input][output]`: may this output depend on that input?

    Args:
        function: takes and returns flat arrays.
        arguments: what it is traced with.

    Example:
        >>> dependence(lambda a, b: (a + b, 2 * b), (1.0, 2.0))
        [[True, False], [True, True]]
    """
    jaxpr = jax.make_jaxpr(function)(*arguments).jaxpr
    sources = {variable: {index} for index, variable in enumerate(jaxpr.invars)}
    for equation in jaxpr.eqns:
        into = set().union(*(sources.get(v, set()) for v in _variables(equation)))
        sources.update(dict.fromkeys(equation.outvars, into))
    reached = [
        set() if isinstance(v, jax_core.Literal) else sources.get(v, set()) for v in jaxpr.outvars
    ]
    return [[index in outs for outs in reached] for index in range(len(jaxpr.invars))]


def derivation(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    target: int,
    given_inputs: Sequence[int],
    given_outputs: Sequence[int],
) -> Callable[..., Any] | None:
    """One output of a function as a function of some inputs and other outputs, if it is one.

    Args:
        function: takes and returns flat arrays.
        arguments: what it is traced with; the result works on these shapes (or under `vmap`).
        target: index of the output.
        given_inputs: indices of inputs it may use.
        given_outputs: indices of other outputs it may use.

    Returns:
        `(*inputs, *outputs) -> target`, or `None` where it needs anything else.

    Example:
        The second output is the first one squared, whatever the inputs were.

        >>> def f(a, b):
        ...     c = a + b
        ...     return c, c * c
        >>> derivation(f, (1.0, 2.0), 1, (), (0,))(3.0)
        Array(9., dtype=float32, weak_type=True)
        >>> derivation(f, (1.0, 2.0), 0, (0,), ()) is None
        True
    """
    closed = jax.make_jaxpr(function)(*arguments)
    jaxpr = closed.jaxpr
    wanted = jaxpr.outvars[target]
    given = [jaxpr.invars[i] for i in given_inputs] + [jaxpr.outvars[i] for i in given_outputs]
    if any(isinstance(v, jax_core.Literal) for v in [wanted, *given]):
        return None
    # An output that is the same variable as another, or as an input, would be read as itself.
    if len(set(given)) != len(given) or wanted in given:
        return None
    needed, known, kept = {wanted}, set(given) | set(jaxpr.constvars), []
    for equation in reversed(jaxpr.eqns):
        if needed & set(equation.outvars) - known:
            kept.append(equation)
            needed |= set(_variables(equation))
    made = {variable for equation in kept for variable in equation.outvars}
    if needed - made - known or (made & set(given)):
        return None
    about = jaxpr.debug_info._replace(arg_names=None, result_paths=None)
    part = jax_core.Jaxpr(jaxpr.constvars, given, [wanted], kept[::-1], debug_info=about)
    run = jax_core.jaxpr_as_fun(jax_core.ClosedJaxpr(part, closed.consts))
    return lambda *values: run(*values)[0]


class Carry(NamedTuple):
    """The one state variable that suffices to go on from step to step.

    Attributes:
        index: which, as the state's leaves are ordered.
        derived: state variable to the function `(*parameters, carried) -> variable`, for all others
            that are read.

    Example:
        See `single_carry`.
    """

    index: int
    derived: dict[int, Callable[..., Any]]


def single_carry(
    step: Callable[..., Any],
    arguments: Sequence[Any],
    counts: tuple[int, int],
    also: Sequence[int] = (),
) -> Carry | None:
    """The one variable that a step hands to the next, if one suffices.

    Args:
        step: `(*parameters, *state, *currents) -> new state`, all flat.
        arguments: what it is traced with.
        counts: how many parameters, how many state variables.
        also: state variables that something else will read, whether the step does or not.

    Example:
        Of a position and its double, either will do:

        >>> carry = single_carry(lambda x, twice: (twice / 2 + 1, 2 * (twice / 2 + 1)), (0.0, 0.0),
        ...                      (0, 2))
        >>> carry.index, list(carry.derived)
        (1, [])
    """
    parameters, states = range(counts[0]), range(counts[0], sum(counts))
    depends = dependence(step, arguments)
    read = [i for i, row in enumerate(states) if any(depends[row]) or i in also]
    for index in read:
        others = [other for other in read if other != index]
        found = {o: derivation(step, arguments, o, parameters, (index,)) for o in others}
        derived = {other: function for other, function in found.items() if function is not None}
        if len(derived) == len(others):
            return Carry(index, derived)
    return None


def _variables(equation: Any) -> list[Any]:
    return [v for v in equation.invars if not isinstance(v, jax_core.Literal)]
