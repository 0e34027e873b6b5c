"""A neuron's own step as the source of a compiled loop over its units."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from ranvier.core import Neuron
from ranvier.nets._cast import cast
from ranvier.nets.populations._primitives import NAMES
from ranvier.nets.populations._writer import Writer

# Units between two looks at whether any of them spiked.
_BLOCK = 32


class Units(NamedTuple):
    """A neuron as a compiled loop knows it: rows of numbers, and what one step does to them.

    Attributes:
        source: a function `update(memory, arriving, scalars, outputs, busy, spikes, count)` of
            one step: it changes the memory in place, empties what was arriving, puts the units
            whose output is not zero into `spikes` from `count` on, and returns the new count.
            It keeps `outputs` of a few units, and whether such units were `busy` in the last step.
        variables: names of the state variables; variable k is row k of the memory.
        kept: the state's structure, with the kind of number of each variable at its place.
        output: the row of the output `y`.
        spiking: whether the output is known to be 0 or 1.
        scalars: constants that all units share.
        constants: constants that differ between units, the rows after the variables.

    Example:
        >>> from ranvier.neurons import IF
        >>> units_of(IF(2), [("dendrite", 1.0)]).variables
        ('v', 'y')
    """

    source: str
    variables: tuple[str, ...]
    kept: Any
    output: int
    spiking: bool
    scalars: np.ndarray
    constants: np.ndarray


def scratch(units: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """The `outputs` of a few units, and which were `busy`: all may have been.

    Outputs that are known to be 0 or 1 fit into truths (`"bool"`).

    Example:
        >>> [len(array) for array in scratch(300, "float32")]
        [32, 10]
    """
    return np.empty(_BLOCK, dtype), np.ones(-(-units // _BLOCK), np.bool_)


def row_length(units: int) -> int:
    """How far apart rows lie: never a power of two, or they would fight for the same cache lines.

    Example:
        >>> row_length(4096)
        4168
    """
    return -(-units // 8) * 8 + 72


def units_of(
    neuron: Neuron,
    channels: Sequence[tuple[str, float]],
    currents: Mapping[str, Any] | None = None,
    dtype: str = "float32",
) -> Units:
    """Trace one step of a neuron and write it as a loop over its units.

    Whatever does not depend on state or input is computed here, once, by JAX.

    Args:
        neuron: elementwise, as all are.
        channels: the port and the weight of each row of what is `arriving`; a port that is not
            reached by any, nor by a current, gets zero.
        currents: port to a constant current, one number or one per unit.
        dtype: the precision, `"float32"` or `"float64"`.

    Raises:
        NotImplementedError: the step uses a primitive that is not elementwise or not known.
        ValueError: a state variable that is not one number per unit.

    Example:
        >>> from ranvier.neurons import SNU
        >>> units = units_of(SNU(2), [("dendrite", 0.5)])
        >>> print(next(line.strip() for line in units.source.splitlines() if "x2 =" in line))
        x2 = np.float32(c0 * np.float32(arriving[np.uint64(0) + i]))
        >>> units.scalars[0]
        np.float32(0.5)
    """
    constant = dict(currents or {})
    count = int(np.prod(neuron.shape))
    stride = row_length(count)
    with jax.enable_x64(dtype == "float64"):
        neuron = cast(neuron, dtype)
        kept = jax.eval_shape(neuron.init)
        paths, structure = jax.tree_util.tree_flatten_with_path(kept)
        variables = tuple(jax.tree_util.keystr(p, simple=True, separator=".") for p, _ in paths)
        leaves = [leaf for _, leaf in paths]
        for name, leaf in zip(variables, leaves, strict=True):
            if leaf.shape != neuron.shape:
                raise ValueError(
                    f"{type(neuron).__name__}: the state variable {name!r} has shape "
                    f"{leaf.shape}, expected one number per unit, {neuron.shape}."
                )
        reached = {*constant, *(port for port, _ in channels)}
        ports = [port for port in neuron.ports if port in reached]

        def step(leaves: list[Any], *driven: Any) -> list[Any]:
            given = dict(zip(ports, driven, strict=True))
            state = jax.tree.unflatten(structure, leaves)
            new = neuron.step(state, *(given.get(port, 0.0) for port in neuron.ports))
            return jax.tree.leaves(new)

        one = jax.ShapeDtypeStruct(neuron.shape, dtype)
        traced = jax.make_jaxpr(step)(leaves, *[one] * len(ports))
        writer = Writer(type(neuron).__name__, neuron.shape, dtype)
        # Whole numbers and truths are kept as real numbers.
        values = [
            writer.write(
                f"memory[{_at(row * stride)}]" + " != 0" * (leaf.dtype == np.bool_), leaf.dtype
            )
            for row, leaf in enumerate(leaves)
        ]
        for port in ports:
            terms = [writer.name(np.asarray(constant[port], dtype))] if port in constant else []
            terms += [
                f"{writer.name(np.asarray(weight, dtype))} * "
                f"np.{dtype}(arriving[{_at(row * stride)}])"
                for row, (reaches, weight) in enumerate(channels)
                if reaches == port
            ]
            values.append(writer.write(" + ".join(terms), dtype))
        results = [
            writer.name(result) for result in writer.run(traced.jaxpr, traced.consts, values)
        ]
        output = jax.tree.unflatten(structure, range(len(variables))).y
        truth = writer.truth(results[output])
    first = len(variables)
    body = [
        *(f"r{k} = memory[{_at((first + k) * stride)}]" for k in range(len(writer.rows))),
        *writer.lines,
        *(
            f"memory[{_at(row * stride)}] = np.{dtype}({result})"
            for row, result in enumerate(results)
            if row != output
        ),
        f"outputs[i - begin] = {truth or f'np.{dtype}({results[output]})'}",
        *(f"arriving[{_at(row * stride)}] = 0" for row in range(len(channels))),
        f"fired |= {truth or f'{results[output]} != 0'}",
    ]
    source = _TEMPLATE.format(
        scalars="".join(f"    c{k} = scalars[{k}]\n" for k in range(len(writer.scalars))),
        units=count,
        block=_BLOCK,
        body="\n".join(f"            {line}" for line in body),
        output=f"memory[{_at(output * stride)}]",
    )
    rows = np.stack(writer.rows) if writer.rows else np.empty((0, count), dtype)
    scalars = np.array(writer.scalars, dtype)
    return Units(source, variables, kept, output, truth is not None, scalars, rows)


# Rows stand at distances that the compiler knows, and places have no sign: so it can use vectors.
# Outputs are mostly zero, again and again: they are written down only where they are not or were
# not, since what limits the loop is how much it moves.
_TEMPLATE = """def update(memory, arriving, scalars, outputs, busy, spikes, count):
{scalars}    for begin in range(np.uint64(0), np.uint64({units}), np.uint64({block})):
        end = min(begin + np.uint64({block}), np.uint64({units}))
        fired = False
        for i in range(begin, end):
{body}
        block = begin // np.uint64({block})
        if fired or busy[block]:
            busy[block] = fired
            for i in range(begin, end):
                {output} = 0
        if fired:
            for i in range(begin, end):
                if outputs[i - begin] != 0:
                    {output} = outputs[i - begin]
                    spikes[count] = i
                    count += 1
    return count
"""


def _at(place: int) -> str:
    """The place of unit `i` in the row that begins there."""
    return f"np.uint64({place}) + i"


@functools.cache
def compiled(source: str) -> Any:
    """The function of a source, compiled; one per source."""
    return jitted(python_function(source))


def python_function(source: str) -> Any:
    """The function of a source, as Python runs it.

    Example:
        >>> python_function("def update():\\n    return 1")()
        1
    """
    namespace = dict(NAMES)
    exec(compile(source, "<step of a neuron>", "exec"), namespace)
    return namespace["update"]


def jitted(function: Any) -> Any:
    """A function compiled by Numba when it is first called.

    Raises:
        ImportError: Numba is not installed; the extra that brings it is named.
    """
    try:
        import numba
    except ImportError as error:
        raise ImportError(
            "Simulating a population needs Numba. Install it with: pip install 'ranvier[compiled]'"
        ) from error
    # A product may be rounded together with its sum, as XLA does.
    return numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})(function)
