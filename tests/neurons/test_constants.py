"""What every neuron of the table refuses of a number, it refuses of an array: which entry, and why.

Within a transformation arrays have no numbers yet, and none is looked at.
"""

import inspect
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.core import Neuron
from ranvier.neurons import LIF, LeakyMembrane
from tests.table import KINDS, NEURONS

UNITS, BAD = 3, 1
FORMS = {
    "NumPy number": np.float32,
    "NumPy array": lambda value: np.full(UNITS, value),
    "JAX array": lambda value: jnp.full(UNITS, value),
}


def parameters(kind: type) -> dict[str, inspect.Parameter]:
    """Those that have a number for a start."""
    given = inspect.signature(kind.__init__).parameters
    return {
        name: parameter
        for name, parameter in given.items()
        if type(parameter.default) in (int, float)
    }


def refusal(kind: type, **given) -> str | None:
    try:
        kind(UNITS, **given)
    except ValueError as error:
        return str(error)
    return None


def simple(name: str) -> type:
    """The class of an entry that is not made from another neuron."""
    return type(NEURONS[name](UNITS))


SIMPLE = [
    name for name in KINDS if parameters(simple(name)) and not hasattr(NEURONS[name](1), "neuron")
]
CASES = [(simple(name), parameter) for name in SIMPLE for parameter in parameters(simple(name))]
LEARNS = [
    (kind, parameter)
    for kind, parameter in CASES
    if "Array" in str(parameters(kind)[parameter].annotation)
]
every_parameter = pytest.mark.parametrize(
    ("kind", "parameter"), CASES, ids=[f"{kind.__name__}.{p}" for kind, p in CASES]
)
every_array = pytest.mark.parametrize(
    ("kind", "parameter"), LEARNS, ids=[f"{kind.__name__}.{p}" for kind, p in LEARNS]
)


@every_parameter
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused_by_name(kind, parameter, value):
    for form in (float, np.float32):
        found = refusal(kind, **{parameter: form(value)})
        if value == math.inf and parameter in kind.may_be_infinite:
            assert found is None
        else:
            assert found is not None and kind.__name__ in found and parameter in found


@every_array
@pytest.mark.parametrize("value", [-5.0, 0.0, 1e-9, math.nan, math.inf])
def test_of_an_array_what_is_refused_of_a_number(kind, parameter, value):
    start = float(parameters(kind)[parameter].default)
    alone = refusal(kind, **{parameter: value})
    mixed = np.full(UNITS, start)
    mixed[BAD] = value
    found = [refusal(kind, **{parameter: made(mixed)}) for made in (np.asarray, jnp.asarray)]
    if value == math.inf and parameter in kind.may_be_infinite:
        return
    assert all((message is not None) is (alone is not None) for message in found)
    for message in found:
        assert message is None or f"[{BAD}]" in message
    assert (refusal(kind, **{parameter: np.float32(value)}) is not None) is (alone is not None)


@pytest.mark.parametrize("name", SIMPLE)
def test_of_a_traced_array_nothing_is_looked_at(name):
    kind = simple(name)
    for parameter in (p for k, p in LEARNS if k is kind):

        def build(value, parameter=parameter):
            return jax.tree.leaves(kind(UNITS, **{parameter: value}))

        bad = jnp.full(UNITS, -5.0)
        jax.eval_shape(build, bad)
        jax.eval_shape(jax.vmap(build), jnp.stack([bad, bad]))


@pytest.mark.parametrize("form", FORMS)
def test_a_negative_time_constant_in_any_form(form):
    with pytest.raises(ValueError, match=r"LIF: tau_membrane_ms.* is -5.0, expected more than 0"):
        LIF(UNITS, tau_membrane_ms=FORMS[form](-5.0))


@pytest.mark.parametrize("kind", [LIF, LeakyMembrane])
def test_a_step_beyond_the_bound_of_one_unit(kind):
    taus = jnp.array([20.0, 2.0, 20.0])
    with pytest.raises(ValueError, match=r"bound of the membrane of unit \[1\], 2 ms"):
        kind(UNITS, tau_membrane_ms=taus, time_step_ms=3.0, discretisation="euler")
    kind(UNITS, tau_membrane_ms=taus, time_step_ms=2.0, discretisation="euler")


def test_a_neuron_of_ones_own_is_looked_at_too():
    class Own(Neuron):
        ports = ("dendrite",)
        gain: float
        shape: tuple[int, ...]

        def init(self, batch=()):
            raise NotImplementedError

        def step(self, state, dendrite, *, key=None):
            raise NotImplementedError

    with pytest.raises(ValueError, match="Own: gain is nan, expected a finite number"):
        Own(math.nan, (1,))
