"""Registers: ranges, messages, words."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.hardware.chips import check_registers, pack, register, registers, unpack


@dataclasses.dataclass(frozen=True)
class Word:
    low: int = register(5, at=0, doc="the lowest")
    sign: int = register(7, -3, signed=True, at=9)
    flag: int = register(1, at=127)
    outside: int = register(20, 9)
    remark: str = ""

    def __post_init__(self):
        check_registers(self)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("low", 32, "register low is 5 bits wide and holds 0 to 31, got 32"),
        ("low", -1, "holds 0 to 31, got -1"),
        ("sign", 64, "7 bits wide, two's complement, and holds -64 to 63, got 64"),
        ("flag", 2, "register flag is 1 bit wide and holds 0 to 1, got 2"),
    ],
)
def test_what_does_not_fit_is_named(name, value, told):
    with pytest.raises(ValueError, match=f"Word: .*{told}"):
        Word(**{name: value})


def test_a_fraction_is_no_value():
    with pytest.raises(TypeError, match=r"register low .* got 1\.5, which is no integer"):
        Word(low=1.5)


def test_fields_without_a_register_are_left_alone():
    assert list(registers(Word)) == ["low", "sign", "flag", "outside"]
    assert registers(Word(remark="x"))["low"].doc == "the lowest"


@given(st.integers(0, 31), st.integers(-64, 63), st.integers(0, 1))
def test_words_go_round(low, sign, flag):
    word = pack(Word(low=low, sign=sign, flag=flag))
    assert word == low | (sign % 128) << 9 | flag << 127
    assert unpack(Word, word) == Word(low=low, sign=sign, flag=flag)
