"""Writing a traced function down as lines of source, as far as its values are not known."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jax.extend import core as jax_core

from ranvier.nets.populations._primitives import expression

# Equations that hold a whole function: it is written out in their place.
_CALLS = ("jaxpr", "call_jaxpr", "fun_jaxpr")
_LOOPS = ("scan", "while", "cond")
# A loop of so few turns is written out turn by turn.
_TURNS = 16


class Unit(NamedTuple):
    """A value that differs from unit to unit and step to step: a name in the source.

    Example:
        >>> Unit("x0").name
        'x0'
    """

    name: str


class Writer:
    """Runs a traced function on values that are known, and writes lines for those that are not.

    Args:
        owner: whose function it is, for errors.
        shape: the axes of units.
        dtype: precision of rows and scalars.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> writer = Writer("example", (2,), "float32")
        >>> traced = jax.make_jaxpr(lambda x: jnp.exp(jnp.ones(2)) * x)(jnp.ones(2))
        >>> writer.run(traced.jaxpr, traced.consts, [Unit("x")]), writer.lines
        ([Unit(name='x0')], ['x0 = np.float32(c0 * x)'])
        >>> writer.scalars
        [np.float32(2.7182817)]
    """

    def __init__(self, owner: str, shape: tuple[int, ...], dtype: str) -> None:
        self.owner, self.shape, self.dtype = owner, shape, dtype
        self.lines: list[str] = []
        self.scalars: list[Any] = []
        self.rows: list[np.ndarray] = []
        self._known: dict[bytes, str] = {}
        # Names of numbers to the names they come from: see `_shorter`.
        self._truths: dict[str, str] = {}
        self._opposites: dict[str, str] = {}
        self._gated: dict[str, tuple[str, str]] = {}
        self._numerators: dict[str, str] = {}

    def write(self, text: str, dtype: Any) -> Unit:
        """A line that gives a name to an expression."""
        name = f"x{len(self.lines)}"
        wrapped = text if np.dtype(dtype) == np.bool_ else f"np.{np.dtype(dtype).name}({text})"
        self.lines.append(f"{name} = {wrapped}")
        return Unit(name)

    def name(self, value: Any) -> str:
        """How the source calls a value; one that is known becomes a constant."""
        if isinstance(value, Unit):
            return value.name
        given = np.asarray(value)
        first = given.reshape(-1)[0]
        alike = given.tobytes() == first.tobytes() * given.size
        if given.dtype.kind != "f":
            if not alike:
                raise self.refusal("a constant per unit that is not a real number")
            return repr(first.item()) if first.dtype == np.bool_ else f"np.{first.dtype}({first})"
        key = first.tobytes() if alike else given.tobytes()
        if key not in self._known:
            if alike:
                self._known[key] = f"c{len(self.scalars)}"
                self.scalars.append(first)
            else:
                self._known[key] = f"r{len(self.rows)}"
                self.rows.append(np.broadcast_to(given, self.shape).reshape(-1))
        return self._known[key]

    def truth(self, name: str) -> str | None:
        """The truth that a number stands for which is 0 or 1 for certain."""
        return self._truths.get(name)

    def run(self, jaxpr: Any, consts: Sequence[Any], values: Sequence[Any]) -> list[Any]:
        """The outputs of a traced function: arrays where they are known, else names."""
        held: dict[Any, Any] = {
            **dict(zip(jaxpr.constvars, consts, strict=True)),
            **dict(zip(jaxpr.invars, values, strict=True)),
        }

        def read(variable: Any) -> Any:
            if isinstance(variable, jax_core.Literal):
                kind: Any = variable.aval
                return np.asarray(variable.val, kind.dtype)
            return held[variable]

        for equation in jaxpr.eqns:
            given = [read(variable) for variable in equation.invars]
            held.update(zip(equation.outvars, self._equation(equation, given), strict=True))
        return [read(variable) for variable in jaxpr.outvars]

    def _equation(self, equation: Any, values: list[Any]) -> list[Any]:
        """The outputs of one primitive."""
        primitive, params = equation.primitive, equation.params
        inner = next((params[key] for key in _CALLS if key in params), None)
        if inner is not None and primitive.name not in _LOOPS:
            closed = isinstance(inner, jax_core.ClosedJaxpr)
            function, consts = (inner.jaxpr, inner.consts) if closed else (inner, ())
            return self.run(function, consts, values)
        if not any(isinstance(value, Unit) for value in values):
            found = primitive.bind(*values, **params)
            return list(found) if primitive.multiple_results else [found]
        if primitive.name == "scan":
            return self._turns(params, values)
        given = {np.shape(v.aval) for v in equation.invars}
        made = {v.aval.shape for v in equation.outvars}
        if len(equation.outvars) != 1 or made != {self.shape} or not given <= {(), self.shape}:
            raise self.refusal(f"the primitive {primitive.name!r}, which is not elementwise")
        dtype = equation.outvars[0].aval.dtype
        shorter = self._shorter(primitive.name, values, dtype)
        if shorter is not None:
            return [shorter]
        names = [self.name(value) for value in values]
        text = expression(primitive.name, params, names, dtype)
        if text is None:
            raise self.refusal(f"the primitive {primitive.name!r}")
        result = self.write(text, dtype)
        self._remember(primitive.name, values, names, equation, result)
        return [result]

    def _turns(self, params: Any, values: list[Any]) -> list[Any]:
        """A loop with a known number of turns that carries units and gathers nothing."""
        fixed, moving = params["num_consts"], params["num_consts"] + params["num_carry"]
        body, carried, rows = params["jaxpr"], values[fixed:moving], values[moving:]
        if len(body.jaxpr.outvars) != len(carried) or any(isinstance(r, Unit) for r in rows):
            raise self.refusal("the primitive 'scan' over more than a carried state")
        turns = range(params["length"])
        if len(turns) <= _TURNS:
            for turn in reversed(turns) if params["reverse"] else turns:
                given = [*values[:fixed], *carried, *(row[turn] for row in rows)]
                carried = self.run(body.jaxpr, body.consts, given)
            return carried
        shapes = {variable.aval.shape for variable in body.jaxpr.outvars}
        if rows or shapes != {self.shape}:
            raise self.refusal(f"the primitive 'scan' with a count of its {len(turns)} turns")
        kinds = [variable.aval.dtype for variable in body.jaxpr.outvars]
        names = [f"s{len(self.lines)}_{k}" for k in range(len(carried))]
        for name, value, kind in zip(names, carried, kinds, strict=True):
            self.lines.append(f"{name} = np.{kind.name}({self.name(value)})")
        self.lines.append(f"for _ in range({len(turns)}):")
        start = len(self.lines)
        held = [Unit(name) for name in names]
        after = self.run(body.jaxpr, body.consts, [*values[:fixed], *held])
        self.lines.append(f"{', '.join(names)}, = {', '.join(map(self.name, after))},")
        self.lines[start:] = [f"    {line}" for line in self.lines[start:]]
        return held

    def _remember(
        self, primitive: str, values: list[Any], names: list[str], equation: Any, result: Unit
    ) -> None:
        """What later equations may make use of."""
        if primitive == "convert_element_type" and equation.invars[0].aval.dtype == np.bool_:
            self._truths[result.name] = names[0]
        if primitive == "div" and not isinstance(values[1], Unit) and np.all(values[1] > 0):
            self._numerators[result.name] = names[0]

    def _shorter(self, primitive: str, values: list[Any], dtype: Any) -> Unit | None:
        """The same number at less cost, where spikes are 0 or 1 and surrogates want a sign.

        Spikes enter sums as factors, $(1 - y) v + y v_r$, so that they can be differentiated;
        here they choose. And a distance that is scaled for the surrogate has the sign of the
        distance. All is exact as long as numbers are finite.
        """
        if len(values) != 2:
            return None
        a, b = values
        one, other = (v.name if isinstance(v, Unit) else None for v in values)
        truths = [self._truths.get(name or "") for name in (one, other)]
        if primitive == "sub" and truths[1] and one is None and np.all(a == 1):
            return self._number(self._opposite(truths[1]), dtype)
        if primitive == "mul" and truths[0] and truths[1]:
            return self._number(self.write(f"{truths[0]} & {truths[1]}", bool).name, dtype)
        if primitive == "mul" and (truths[0] or truths[1]):
            truth, factor = (truths[0], b) if truths[0] else (truths[1], a)
            made = self.write(f"{self.name(factor)} if {truth} else 0.0", dtype)
            self._gated[made.name] = (str(truth), self.name(factor))
            return made
        if primitive == "add" and one in self._gated and other in self._gated:
            (first, chosen), (second, rest) = self._gated[one], self._gated[other]
            if self._opposites.get(first) == second:
                return self.write(f"{chosen} if {first} else {rest}", dtype)
        if other is None and primitive in ("gt", "ge", "lt", "le") and not np.any(b):
            if primitive == "gt" and truths[0]:
                return Unit(truths[0])
            if one in self._numerators:
                distance = [self._numerators[one], self.name(b)]
                return self.write(str(expression(primitive, {}, distance, bool)), bool)
        return None

    def _number(self, truth: str, dtype: Any) -> Unit:
        """A truth as 0 or 1."""
        made = self.write(truth, dtype)
        self._truths[made.name] = truth
        return made

    def _opposite(self, truth: str) -> str:
        """What is true where a truth is not."""
        if truth not in self._opposites:
            opposite = self.write(f"not {truth}", bool).name
            self._opposites.update({truth: opposite, opposite: truth})
        return self._opposites[truth]

    def refusal(self, what: str) -> NotImplementedError:
        """The error for what a loop over units cannot express."""
        return NotImplementedError(
            f"{self.owner}: its step uses {what}; a compiled population takes elementwise "
            "arithmetic alone. Use `ranvier.run`, or write the step without it."
        )
