"""What constructors check, on numbers and on what learns."""

import jax.numpy as jnp
import pytest

from ranvier.core import ascending, known, one_of, positive


def test_numbers_are_known_and_arrays_are_not():
    assert known() and known(1, 2.0)
    assert not known(1.0, jnp.asarray(1.0)) and not known(None)


def test_order_is_asked_of_neighbours():
    ascending("Unit", low=1.0, middle=2, high=3.0)
    with pytest.raises(ValueError, match=r"Unit: middle is 3.0, expected less than high = 3.0"):
        ascending("Unit", low=1.0, middle=3.0, high=3.0)
    with pytest.raises(ValueError, match=r"low is nan, expected less than high = 3.0"):
        ascending("Unit", low=float("nan"), high=3.0)
    ascending("Unit", low=jnp.ones(2), high=0.0)


def test_not_a_number_is_not_positive():
    positive("Unit", size=1e-30, learned=-jnp.ones(2))
    for bad in (0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=r"Unit: size is .*, expected more than 0"):
            positive("Unit", length=1.0, size=bad)


def test_an_unknown_choice_gets_the_nearest():
    one_of("Unit", "reset", "zero", ("zero", "subtract"))
    with pytest.raises(ValueError, match=r"Unit: reset is 'zro'.*zero"):
        one_of("Unit", "reset", "zro", ("zero", "subtract"))
