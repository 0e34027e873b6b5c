"""What constructors check, of numbers and of every entry of an array."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.core import (
    ascending,
    between,
    broken,
    concrete,
    finite,
    known,
    one_of,
    positive,
    positive_or_infinite,
)

NAN, INFINITY = float("nan"), float("inf")


def test_numbers_are_known_and_arrays_are_not():
    assert known() and known(1, 2.0, np.float32(3.0))
    assert not known(1.0, jnp.asarray(1.0)) and not known(None)


def test_what_can_be_looked_at():
    assert concrete(1, np.float32(2.0)) == [1, 2.0]
    assert concrete(None) is None and concrete(1.0, "1") is None

    def inside(x):
        assert concrete(x) is None
        assert concrete(1.0, x) is None
        return x

    jax.jit(inside)(1.0)
    jax.vmap(inside)(jnp.ones(2))
    jax.grad(inside)(1.0)


def test_the_first_entry_that_breaks_a_rule_is_found_in_each_value():
    table, row = np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([[5.0, 5.0]])
    (one, two, three) = broken(lambda a, b, c: a < b * c, table, row, 1.0)
    assert (one.at, one.value) == ("[1, 1]", 9.0)
    assert (two.at, two.value) == ("[0, 1]", 5.0)
    assert (three.at, three.value) == ("", 1.0)
    assert broken(lambda a: a < 10, table) is None


def test_order_is_asked_of_neighbours():
    ascending("Unit", low=1.0, middle=2, high=3.0)
    with pytest.raises(ValueError, match=r"Unit: middle is 3.0, expected less than high = 3.0"):
        ascending("Unit", low=1.0, middle=3.0, high=3.0)
    with pytest.raises(ValueError, match=r"low is nan, expected less than high = 3.0"):
        ascending("Unit", low=NAN, high=3.0)
    with pytest.raises(ValueError, match=r"low\[1\] is 4.0, expected less than high = 3.0"):
        ascending("Unit", low=jnp.array([1.0, 4.0]), high=3.0)
    ascending("Unit", low=jnp.ones(2), high=INFINITY)


def test_a_bound_in_single_precision_is_no_other_bound():
    """0.7 in single precision lies below 0.7."""
    between("Unit", 0, 0.7, size=jnp.array([0.7]))


def test_not_a_number_is_not_positive():
    positive("Unit", size=1e-30, learned=jnp.ones(2), half=jnp.ones(2, jnp.bfloat16))
    for bad in (0, -1.0, NAN, np.float32(-1.0)):
        with pytest.raises(ValueError, match=r"Unit: size is .*, expected more than 0"):
            positive("Unit", length=1.0, size=bad)
    for form in (np.asarray, jnp.asarray):
        with pytest.raises(ValueError, match=r"Unit: size\[1\] is -1.0, expected more than 0"):
            positive("Unit", size=form([1.0, -1.0, -2.0]))


def test_infinity_is_no_size():
    with pytest.raises(ValueError, match=r"Unit: size is inf, expected a finite number"):
        positive("Unit", size=INFINITY)
    positive_or_infinite("Unit", size=INFINITY)
    with pytest.raises(ValueError, match=r"Unit: size\[0\] is nan, expected a finite number"):
        finite("Unit", size=jnp.array([NAN, INFINITY]))
    finite("Unit", size=-1.0, name="unit", nothing=None)


def test_an_unknown_choice_gets_the_nearest():
    one_of("Unit", "reset", "zero", ("zero", "subtract"))
    with pytest.raises(ValueError, match=r"Unit: reset is 'zro'.*zero"):
        one_of("Unit", "reset", "zro", ("zero", "subtract"))
