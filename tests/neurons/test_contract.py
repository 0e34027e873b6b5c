"""Neurons that break the contract are told how."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import pytest

from ranvier.neurons import SNU, SNUState, check_contract


class Voltage(NamedTuple):
    v: jax.Array


class Silent(SNU):
    def init(self, batch=()):
        return Voltage(super().init(batch).s)


class Fixed(SNU):
    def init(self, batch=()):
        return super().init(())


class Endless(SNU):
    def init(self, batch=()):
        state = super().init(batch)
        return state._replace(s=state.s + jnp.inf)


class Narrowing(SNU):
    def step(self, state, dendrite, *, key=None):
        state = super().step(state, dendrite)
        return state._replace(s=state.s.astype(jnp.float16))


class Forgetful(SNU):
    def step(self, state, dendrite, *, key=None):
        return super().step(state, dendrite)._replace(y=None)


class Competing(SNU):
    def step(self, state, dendrite, *, key=None):
        state = super().step(state, dendrite)
        return SNUState(state.s, state.y * (state.s == state.s.max(-1, keepdims=True)))


class Averaging(SNU):
    def step(self, state, dendrite, *, key=None):
        return super().step(state, dendrite - dendrite.mean(0))


class Delayed(SNU):
    """Units meet through the state only, so that one step shows nothing."""

    def step(self, state, dendrite, *, key=None):
        return super().step(state._replace(s=jnp.roll(state.s, 1, -1)), dendrite)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (Silent, TypeError, "Silent: its state is a Voltage without the output `y`"),
        (Fixed, TypeError, r"Fixed: init gives state variable 's' of shape \(3,\) for 8 examples"),
        (Endless, ValueError, "Endless: state variable 's' does not start finite"),
        (Narrowing, TypeError, r"'s' from float32\[8, 3\] into float16\[8, 3\]"),
        (Forgetful, TypeError, "Forgetful: a step gives a state of structure"),
        (Competing, ValueError, "Competing: .* moves state variable 'y' of another unit"),
        (Averaging, ValueError, "Averaging: .* moves state variable 's' of another example"),
        (Delayed, ValueError, "Delayed: .* moves state variable 's' of another unit"),
    ],
)
def test_the_breach_is_named(kind, error, words):
    check_contract(SNU(3))
    with pytest.raises(error, match=words):
        check_contract(kind(3))


def test_a_single_unit_has_no_neighbour():
    with pytest.raises(ValueError, match="SNU: has 1 unit along its last axis"):
        check_contract(SNU(1))
