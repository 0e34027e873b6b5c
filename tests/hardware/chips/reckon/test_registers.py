"""Registers: every one refuses what does not fit, and words keep what does."""

import dataclasses

import numpy as np
import pytest

from ranvier.hardware.chips._registers import registers
from ranvier.hardware.chips.reckon import Registers, random_seeds
from ranvier.hardware.chips.reckon._registers import ADDRESSES

HELD = registers(Registers)


def test_every_register_has_an_address_and_every_field_is_a_register():
    fields = {field.name for field in dataclasses.fields(Registers)}
    assert fields == set(HELD) == set(ADDRESSES)
    assert len(set(ADDRESSES.values())) == len(ADDRESSES)


@pytest.mark.parametrize("name", HELD)
def test_a_value_that_does_not_fit_is_refused_by_name_width_and_value(name):
    low, high = HELD[name].range
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=rf"{name} is {HELD[name].bits} bit.*got {value}\."):
            Registers(**{name: value})
    with pytest.raises(TypeError, match=rf"{name} is .*got 0\.5, which is no integer"):
        Registers(**{name: 0.5})


def test_words_are_the_registers():
    some = Registers(
        thr_h_0=-5, h_2=-16, kappa=255, **random_seeds(np.random.default_rng(0)), num_inp_neur=7
    )
    words = some.words()
    assert words[70] == 0xFFFB and words[76] == 0x10 and len(words) == len(ADDRESSES)
    assert Registers.from_words(words) == some
    assert Registers.named({name.upper(): words[at] for name, at in ADDRESSES.items()}) == some


def test_a_word_that_is_too_wide_loses_its_upper_bits():
    assert Registers.from_words({89: 0xF4F4}).seed_strnd_oneur == 0x74F4


def test_names_and_addresses_that_are_unknown_are_refused():
    with pytest.raises(ValueError, match="no register lies at 97"):
        Registers.from_words({97: 0})
    with pytest.raises(ValueError, match=r"'KAPA'\. Did you mean 'kappa'"):
        Registers.named({"KAPA": 1})


def test_an_odd_number_of_neurons_is_refused():
    with pytest.raises(ValueError, match="there are 99 inputs or neurons, expected an even number"):
        Registers(num_rec_neur=98)
    assert Registers(num_inp_neur=2, num_rec_neur=99).num_inp_neur == 2
