"""What one elementwise primitive of JAX is in the source of a compiled loop."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Expression = Callable[..., str]

# What generated source may name. NumPy's functions keep the precision of their argument.
NAMES: dict[str, Any] = {
    "np": np,
    "erf": math.erf,
    "erfc": math.erfc,
    "lgamma": math.lgamma,
    "nan": math.nan,
    "inf": math.inf,
}

_INFIX = {
    "add": "+",
    "add_any": "+",
    "sub": "-",
    "mul": "*",
    "pow": "**",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "or": "|",
    "and": "&",
    "xor": "^",
}
_OF_NUMPY = {
    "abs": "abs",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "cbrt": "cbrt",
    "ceil": "ceil",
    "cos": "cos",
    "cosh": "cosh",
    "exp": "exp",
    "exp2": "exp2",
    "expm1": "expm1",
    "floor": "floor",
    "is_finite": "isfinite",
    "log": "log",
    "log1p": "log1p",
    "sign": "sign",
    "sin": "sin",
    "sinh": "sinh",
    "sqrt": "sqrt",
    "tan": "tan",
    "tanh": "tanh",
}
# A primitive that leaves the value of a unit as it is.
_UNCHANGED = ("copy", "copy_p", "optimization_barrier", "stop_gradient")


def _infix(sign: str) -> Expression:
    return lambda params, a, b: f"{a} {sign} {b}"


def _of_numpy(name: str) -> Expression:
    return lambda params, *values: f"np.{name}({', '.join(values)})"


def _select(params: Mapping[str, Any], which: str, *cases: str) -> str:
    if len(cases) == 2:
        return f"{cases[1]} if {which} else {cases[0]}"
    *rest, last = cases
    chain = last
    for index, case in reversed(list(enumerate(rest))):
        chain = f"({case} if {which} == {index} else {chain})"
    return chain


def _integer_pow(params: Mapping[str, Any], x: str) -> str:
    exponent = params["y"]
    power = " * ".join([f"{x}"] * abs(exponent)) if exponent else f"{x} ** 0"
    return power if exponent >= 0 else f"1 / ({power})"


def _round(params: Mapping[str, Any], x: str) -> str:
    if int(params["rounding_method"]) == 1:
        return f"np.rint({x})"
    return f"np.floor(np.abs({x}) + 0.5) * np.sign({x})"


_EXPRESSIONS: dict[str, Expression] = {
    **{name: _infix(sign) for name, sign in _INFIX.items()},
    **{name: _of_numpy(function) for name, function in _OF_NUMPY.items()},
    **{name: lambda params, x: x for name in _UNCHANGED},
    "div": lambda params, a, b: f"{a} / {b}",
    "rem": lambda params, a, b: f"np.fmod({a}, {b})",
    "neg": lambda params, x: f"-{x}",
    "not": lambda params, x: f"not {x}",
    "max": lambda params, a, b: f"{b} if {a} < {b} else {a}",
    "min": lambda params, a, b: f"{b} if {a} > {b} else {a}",
    "clamp": lambda params, low, x, high: (
        f"{low} if {x} < {low} else ({high} if {x} > {high} else {x})"
    ),
    "select_n": _select,
    "integer_pow": _integer_pow,
    "square": lambda params, x: f"{x} * {x}",
    "rsqrt": lambda params, x: f"1 / np.sqrt({x})",
    "logistic": lambda params, x: f"1 / (1 + np.exp(-{x}))",
    "erf": lambda params, x: f"erf({x})",
    "erfc": lambda params, x: f"erfc({x})",
    "lgamma": lambda params, x: f"lgamma({x})",
    "round": _round,
    "convert_element_type": lambda params, x: f"{x} != 0" if params["new_dtype"] == np.bool_ else x,
    # Units stay where they are: the caller has seen to it that no axis of units moves.
    "broadcast_in_dim": lambda params, x, *_: x,
    "reshape": lambda params, x, *_: x,
}


def expression(name: str, params: Mapping[str, Any], values: list[str], dtype: Any) -> str | None:
    """One primitive applied to named values, or `None` where it is not elementwise.

    Args:
        name: of the primitive.
        params: as its equation holds them.
        values: how the source calls what it is applied to.
        dtype: of the result.

    Example:
        >>> expression("add", {}, ["a", "b"], np.float32)
        'a + b'
        >>> expression("dot_general", {}, ["a", "b"], np.float32) is None
        True
    """
    dtype = np.dtype(dtype)
    if dtype.kind in "iu" and name in ("div", "rem", "pow", "not"):
        # Rounding and signs of whole numbers differ between the languages.
        return None
    made = _EXPRESSIONS.get(name)
    if made is None:
        return None
    return made(params, *values)
