"""The nearest name, or all of them."""

import pytest

from ranvier.core import nearest


@pytest.mark.parametrize(
    ("written", "meant"), [("snuu", "snu"), ("SSNU", "ssnu"), ("lstn", "lstm"), ("gruu", "gru")]
)
def test_the_nearest_name(written, meant):
    message = nearest(written, ["ssnu", "snu", "lstm", "gru"])
    assert message == f"Did you mean '{meant}'? Known: gru, lstm, snu, ssnu."


@pytest.mark.parametrize("written", ["xyzzy", "", None, 3])
def test_nothing_near_lists_what_is_known(written):
    assert nearest(written, {"lif": 1, "alif": 2}) == "Known: alif, lif."


def test_any_iterable_will_do():
    assert nearest("lfi", iter(["lif"])) == "Did you mean 'lif'? Known: lif."
