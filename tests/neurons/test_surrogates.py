"""Spike functions: the step, its published pseudo-derivatives, both modes of differentiation."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import surrogates

MADE = {
    "tanh_derivative": surrogates.tanh_derivative,
    "sigmoid_derivative": surrogates.sigmoid_derivative,
    "sigmoid_derivative 1": lambda: surrogates.sigmoid_derivative(1.0),
    "fast_sigmoid": surrogates.fast_sigmoid,
    "fast_sigmoid 2": lambda: surrogates.fast_sigmoid(2.0),
    "arctan": surrogates.arctan,
    "arctan 5": lambda: surrogates.arctan(5.0),
    "triangle": surrogates.triangle,
    "triangle 1 0.5": lambda: surrogates.triangle(1.0, 0.5),
    "gaussian": surrogates.gaussian,
    "exponential": surrogates.exponential,
    "multi_gaussian": surrogates.multi_gaussian,
    "boxcar": surrogates.boxcar,
    "boxcar 2": lambda: surrogates.boxcar(2.0),
    "straight_through": surrogates.straight_through,
}
every_surrogate = pytest.mark.parametrize("name", MADE)


@functools.cache
def slopes(name):
    """Reverse mode, elementwise, compiled once per function and precision."""
    return jax.jit(jax.vmap(jax.grad(MADE[name]())))


@every_surrogate
def test_the_step_is_strict(name):
    tiny = np.finfo(np.float32).tiny
    v = jnp.array([-jnp.inf, -1.0, -tiny, -0.0, 0.0, tiny, 1.0, jnp.inf])
    for run in (MADE[name](), jax.jit(MADE[name]())):
        assert run(v).tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
        assert run(v).dtype == jnp.float32


@every_surrogate
def test_the_forward_value_does_not_change_under_differentiation(name):
    value, _ = jax.value_and_grad(MADE[name]())(0.3)
    assert value == 1.0
    value, _ = jax.jvp(MADE[name](), (jnp.array(-0.3),), (jnp.array(1.0),))
    assert value == 0.0


# At the threshold and at one above, from the published formulas.
PUBLISHED = {
    "tanh_derivative": (1.0, 0.41997),
    "sigmoid_derivative": (1.0, 0.07065),
    "sigmoid_derivative 1": (0.25, 0.19661),
    "fast_sigmoid": (1.0, 1 / 121),
    "fast_sigmoid 2": (1.0, 1 / 9),
    "arctan": (1.0, 0.09200),
    "arctan 5": (2.5, 0.03988),
    "triangle": (0.3, 0.0),
    "triangle 1 0.5": (1.0, 0.0),
    "gaussian": (0.79788, 0.10798),
    "exponential": (1.0, 0.00674),
    "multi_gaussian": (0.87822, 0.08690),
    "boxcar": (1.0, 0.0),
    "boxcar 2": (0.5, 0.0),
    "straight_through": (1.0, 1.0),
}


@every_surrogate
def test_published_values(name):
    found = slopes(name)(jnp.array([0.0, 1.0]))
    assert found.tolist() == pytest.approx(PUBLISHED[name], abs=6e-6)


@every_surrogate
def test_it_is_even(name):
    v = jnp.linspace(0.05, 3, 40)
    assert jnp.array_equal(slopes(name)(v), slopes(name)(-v))


@every_surrogate
def test_forward_mode_equals_reverse_mode(name):
    v = jnp.linspace(-2, 2, 41)
    _, forward = jax.jvp(MADE[name](), (v,), (jnp.full_like(v, 1.5),))
    np.testing.assert_allclose(forward, 1.5 * slopes(name)(v), rtol=1e-6)


@every_surrogate
def test_single_precision_stays_single_where_double_is_allowed(name, float64):
    v = jnp.ones(3, jnp.float32)
    value, tangent = jax.eval_shape(lambda v: jax.jvp(MADE[name](), (v,), (v,)), v)
    assert value.dtype == tangent.dtype == jnp.float32


@every_surrogate
def test_it_is_finite_however_far_from_the_threshold(name):
    far = np.float32([1e3, 1e10, 1e20, 3e38])
    found = slopes(name)(jnp.concatenate([far, -far]))
    assert jnp.isfinite(found).all()
    assert (found >= 0).all() or name == "multi_gaussian"


DENSITIES = {
    # The integral of the pseudo-derivative: one step for those made as densities.
    "tanh_derivative": 2.0,
    "sigmoid_derivative": 1.0,
    "sigmoid_derivative 1": 1.0,
    "fast_sigmoid": 0.2,
    "fast_sigmoid 2": 1.0,
    "arctan": 1.0,
    "arctan 5": 1.0,
    "triangle": 0.3,
    "triangle 1 0.5": 0.5,
    "gaussian": 1.0,
    "exponential": 0.4,
    "multi_gaussian": 0.85,
    "boxcar": 1.0,
    "boxcar 2": 1.0,
}


@pytest.mark.parametrize("name", DENSITIES)
def test_integral(name, float64):
    # v = sinh(u): fine at the threshold, wide enough for the tails that fall as v to the -2.
    edges = np.sinh(np.linspace(-12, 12, 200_001))
    middles = (edges[1:] + edges[:-1]) / 2
    total = (np.asarray(slopes(name)(jnp.asarray(middles))) * np.diff(edges)).sum()
    assert total == pytest.approx(DENSITIES[name], abs=3e-4)


@pytest.mark.parametrize(
    ("make", "default", "other"),
    [
        (surrogates.sigmoid_derivative, 4.0, 2),
        (surrogates.fast_sigmoid, 10.0, 2),
        (surrogates.arctan, 2.0, 3),
        (surrogates.gaussian, 0.5, 1),
        (surrogates.boxcar, 1.0, 2),
    ],
)
def test_the_same_setting_is_the_same_function(make, default, other):
    """However it is written: compiled programs, model structures and checkpoints depend on it."""
    (argument,) = ("width",) if make in (surrogates.gaussian, surrogates.boxcar) else ("slope",)
    assert make() is make(default) is make(**{argument: default}) is make(np.float32(default))
    assert make(other) is make(float(other))
    assert make(other) is not make()
    assert make(other).__name__ == f"{make.__name__}({float(other)})"


def test_the_same_setting_of_two_arguments():
    triangle = surrogates.triangle
    assert triangle() is triangle(0.3) is triangle(0.3, 1) is triangle(width=1.0, height=0.3)
    assert triangle().__name__ == "triangle(0.3, 1.0)"
    assert surrogates.tanh_derivative() is surrogates.tanh_derivative()


@pytest.mark.parametrize("bad", [0, -1.0, float("nan"), float("inf")])
def test_settings_that_make_no_pseudo_derivative(bad):
    for make in (surrogates.fast_sigmoid, surrogates.gaussian, surrogates.boxcar):
        with pytest.raises(ValueError, match=rf"{make.__name__}: \w+ is .*more than 0"):
            make(bad)


def test_an_own_surrogate():
    own = surrogates.surrogate(lambda v: jnp.exp(-jnp.abs(v)), "laplace")
    assert own.__name__ == own.__qualname__ == "laplace"
    assert float(jax.grad(own)(1.0)) == pytest.approx(np.exp(-1))
    assert float(jax.jvp(jax.grad(own), (1.0,), (1.0,))[1]) == pytest.approx(-np.exp(-1))
