"""A neuron's step as a loop over units: the same numbers as the step itself."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.core import Neuron
from ranvier.nets import cast
from ranvier.nets.populations._step import (
    compiled,
    jitted,
    python_function,
    row_length,
    scratch,
    units_of,
)
from ranvier.neurons import GRU, LIF, SNU, CurrentLIF, IFState, Refractory
from tests.table import DRIVE, NEURONS

STEPS, UNITS = 25, 3


def follow(unit: Neuron, currents: np.ndarray, make, dtype="float64"):
    """Every step of a neuron beside the same step of the loop, from the neuron's own states."""
    units = units_of(unit, [(port, 1.0) for port in unit.ports], dtype=dtype)
    update, stride = make(units.source), row_length(UNITS)
    with jax.enable_x64(dtype == "float64"):
        unit = cast(unit, dtype)
        step = eqx.filter_jit(lambda state, now: unit.step(state, *now))
        state = unit.init()
        for now in np.asarray(currents, dtype):
            memory = np.zeros((len(units.variables) + len(units.constants), stride), dtype)
            rows = [*jax.tree.leaves(state), *units.constants]
            for row, values in zip(memory, rows, strict=True):
                row[:UNITS] = values
            arriving = np.zeros((len(unit.ports), stride), dtype)
            arriving[:, :UNITS] = now
            spikes = np.zeros(UNITS, np.int32)
            with np.errstate(all="ignore"):
                count = update(
                    memory.reshape(-1),
                    arriving.reshape(-1),
                    units.scalars,
                    *scratch(UNITS, dtype),
                    spikes,
                    0,
                )
            state = step(state, list(now))
            assert not arriving.any()
            assert spikes[:count].tolist() == np.flatnonzero(state.y).tolist()
            yield jax.tree.leaves(state), memory[: len(units.variables), :UNITS]


def driving(name: str, unit: Neuron, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return DRIVE.get(name, 1.0) * rng.uniform(-0.5, 1.5, (STEPS, len(unit.ports), UNITS))


@pytest.mark.parametrize("name", NEURONS)
def test_every_neuron_of_the_table(name, float64):
    """As Python runs the source; what Numba makes of it is tested below on some."""
    unit = NEURONS[name](UNITS)
    fired = False
    for expected, found in follow(unit, driving(name, unit), python_function):
        for one, two in zip(expected, found, strict=True):
            np.testing.assert_allclose(two, one, rtol=2e-14, atol=1e-14)
        fired = fired or bool(np.any(found))
    assert fired


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["refractory current lif, learned", "gru"])
def test_compiled(name, dtype):
    unit = NEURONS[name](UNITS)
    tolerance = 1e-14 if dtype == "float64" else 3e-6
    for expected, found in follow(unit, driving(name, unit), compiled, dtype):
        for one, two in zip(expected, found, strict=True):
            np.testing.assert_allclose(two, one, rtol=2 * tolerance, atol=tolerance)


class _Made(Neuron):
    """A neuron of one state variable and any function."""

    ports = ("dendrite",)
    function: object
    shape = (UNITS,)

    def init(self, batch=()):
        return IFState(jnp.zeros((*batch, UNITS)), jnp.zeros((*batch, UNITS)))

    def step(self, state, dendrite, *, key=None):
        v = self.function(state.v, dendrite)
        return IFState(v, (v > 0.7).astype(v.dtype))


def _between(low, high):
    return lambda v, x: low + (high - low) * jax.nn.sigmoid(v + x)


ELEMENTWISE = {
    "abs": lambda v, x: jnp.abs(x) - v,
    "acos": lambda v, x: jnp.arccos(_between(-1, 1)(v, x)),
    "acosh": lambda v, x: jnp.arccosh(_between(1, 9)(v, x)),
    "asin": lambda v, x: jnp.arcsin(_between(-1, 1)(v, x)),
    "asinh": lambda v, x: jnp.arcsinh(x),
    "atan": lambda v, x: jnp.arctan(x + v),
    "atan2": lambda v, x: jnp.arctan2(x, v - 0.3),
    "atanh": lambda v, x: jnp.arctanh(_between(-0.9, 0.9)(v, x)),
    "cbrt": lambda v, x: jnp.cbrt(x),
    "ceil": lambda v, x: jnp.ceil(7 * x),
    "clamp": lambda v, x: jnp.clip(x, -0.1, 0.6) + 0.1 * v,
    "clamp between arrays": lambda v, x: jax.lax.clamp(v - 0.3, x, v + 0.3),
    "comparisons": lambda v, x: 1.0 * (x < v) + 2.0 * (x <= 0) + 4.0 * (x >= 0.5) + 8.0 * (x == v),
    "cos, sin, tan": lambda v, x: jnp.cos(x) + jnp.sin(x) * jnp.tan(x),
    "cosh, sinh": lambda v, x: jnp.cosh(x) - jnp.sinh(2 * x),
    "division by an array": lambda v, x: x / jnp.linspace(1.0, 2.0, UNITS),
    "erf, erfc": lambda v, x: jax.lax.erf(x) + jax.lax.erfc(2 * x),
    "exp, log": lambda v, x: jnp.log(1 + jnp.exp(x)),
    "exp2, log1p, expm1": lambda v, x: jnp.exp2(x) + jnp.log1p(x + 1) + jnp.expm1(x),
    "finite": lambda v, x: 1.0 * jnp.isfinite(1 / (v - v + jnp.floor(x))),
    "gated by a truth": lambda v, x: (1 - 1.0 * (x > 0.5)) * v + (x > 0.5) * (x - v),
    "integer powers": lambda v, x: x**2 + x**-3 + x**5,
    "lgamma": lambda v, x: jax.lax.lgamma(x + 2),
    "logic": lambda v, x: 1.0 * (((x > 0) & (v < 0.5)) | ~(x > 1)) + 1.0 * ((x > 0) ^ (v > 0)),
    "max, min": lambda v, x: jnp.maximum(x, v) + jnp.minimum(x, 0.2) * jnp.maximum(0.1, x),
    "nested functions": lambda v, x: jax.jit(jax.checkpoint(jnp.tanh))(x) + jax.nn.relu(v),
    "power": lambda v, x: (x + 1) ** 1.7,
    "remainder": lambda v, x: jax.lax.rem(5 * x, 1.3 + v - v),
    "round": lambda v, x: jnp.round(9 * x) + jax.lax.round(4 * x),
    "select": lambda v, x: jnp.where(x > 0.4, v, jnp.where(x > 0, -x, 3.0)),
    "select by number": lambda v, x: jax.lax.select_n((x > 0).astype(jnp.int32), x, v),
    "sign of a quotient": lambda v, x: 1.0 * ((x - v) / 7.0 > 0) - 1.0 * ((x - v) / 3.0 <= 0),
    "softplus, silu": lambda v, x: jax.nn.softplus(x) + jax.nn.silu(v + x),
    "sign": lambda v, x: jnp.sign(x) * v,
    "square roots": lambda v, x: jnp.sqrt(x + 1) + jax.lax.rsqrt(x + 1) + jnp.square(x),
    "short loops": lambda v, x: (
        jax.lax.fori_loop(0, 3, lambda k, v: v / 2 + k * x, v)
        + jax.lax.scan(lambda c, w: (c * w + x, None), v, jnp.arange(3.0), reverse=True)[0]
    ),
    "long loops": lambda v, x: jax.lax.scan(
        lambda c, _: ((c[0] / 2 + x, 0.1 * c[0]), None), (v, x), length=50
    )[0][1],
    "stop": lambda v, x: jax.lax.stop_gradient(x) - v,
    "whole numbers": lambda v, x: 1.0 * ((4 * x).astype(jnp.int32) * 3 - 2),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions(name, float64):
    unit = _Made(ELEMENTWISE[name])
    given = np.random.default_rng(1).uniform(-0.9, 1.5, (STEPS, 1, UNITS))
    for expected, found in follow(unit, given, python_function):
        for one, two in zip(expected, found, strict=True):
            np.testing.assert_allclose(two, one, rtol=2e-14, atol=1e-14)


REFUSED = {
    "cumsum": lambda v, x: jnp.cumsum(x),
    "reduce_sum": lambda v, x: v - x.sum(),
    "dot_general": lambda v, x: jnp.eye(UNITS) @ x,
    "rev": lambda v, x: x[::-1],
    "scan": lambda v, x: jax.lax.scan(lambda v, _: (v + x, v), v, length=3)[1][2],
    "scan with a count": lambda v, x: jax.lax.fori_loop(0, 99, lambda k, v: v + k * x, v),
    "while": lambda v, x: jax.lax.while_loop(lambda v: v[0] < 3, lambda v: v + 1, v + x),
    "random_bits": lambda v, x: (
        jr.bernoulli(jr.key(0), jax.nn.sigmoid(x))
        * jr.normal(jr.wrap_key_data((jnp.abs(x)[:2]).astype(jnp.uint32)), (UNITS,))
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_elementwise_is_refused_by_name(name):
    message = r"_Made: its step uses the primitive '\w+'[^;]*; .*Use `ranvier.run`"
    with pytest.raises(NotImplementedError, match=message):
        units_of(_Made(REFUSED[name]), [("dendrite", 1.0)])


def test_the_primitive_is_named():
    with pytest.raises(NotImplementedError, match="the primitive 'cumsum'"):
        units_of(_Made(REFUSED["cumsum"]), [("dendrite", 1.0)])


def test_a_state_that_is_not_one_number_per_unit():
    class Wide(_Made):
        def init(self, batch=()):
            return IFState(jnp.zeros((2, UNITS)), jnp.zeros(UNITS))

    with pytest.raises(ValueError, match=r"Wide: the state variable 'v' has shape \(2, 3\)"):
        units_of(Wide(jnp.add), [("dendrite", 1.0)])


def test_the_source_does_not_depend_on_the_values_of_constants():
    def source(tau, weight):
        return units_of(LIF(5, tau_membrane_ms=tau), [("dendrite", weight)]).source

    assert source(7.0, 0.3) == source(9.0, 0.4)


def test_whatever_is_known_is_computed_once():
    """A membrane's decay per unit is one row of constants, not an exponential per step."""
    units = units_of(LIF(5, tau_membrane_ms=jnp.arange(1.0, 6.0)), [("dendrite", 1.0)])
    assert "exp" not in units.source
    decay = np.exp(-1 / np.arange(1.0, 6.0))
    assert any(np.allclose(row, decay) for row in units.constants)


def test_a_spike_chooses_and_is_not_multiplied():
    unit = Refractory(CurrentLIF(3), 2.0)
    units = units_of(unit, [("excitatory", 1.0)])
    assert units.spiking
    assert not units_of(GRU(3), [("update", 1.0)]).spiking
    assert not units_of(SNU.soft(3), [("dendrite", 1.0)]).spiking


def test_without_numba_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    with pytest.raises(ImportError, match=r"pip install 'ranvier\[compiled\]'"):
        jitted(functools.partial(int))
