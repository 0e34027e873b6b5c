"""Registries: every name leads somewhere, and a wrong one to the nearest."""

import sys

import pytest

from ranvier.core import Registry


@pytest.fixture
def shapes():
    return Registry(
        "shape",
        {"root": ("math:sqrt", "square root"), "upper": ("builtins:str.upper", "loud")},
    )


def test_a_name_gives_what_it_names(shapes):
    import math

    assert shapes["root"] is math.sqrt
    assert shapes["upper"]("a") == "A"


def test_names_and_summaries_in_order(shapes):
    assert list(shapes) == ["root", "upper"]
    assert shapes.summary("upper") == "loud"
    assert shapes.kind == "shape"


@pytest.mark.parametrize("name", ["roto", "Root", "roott"])
def test_the_nearest_is_named(shapes, name):
    for look in (shapes.__getitem__, shapes.check):
        with pytest.raises(ValueError, match=rf"no shape is called '{name}'.*'root'.*root, upper"):
            look(name)


def test_nothing_is_imported_before_it_is_asked_for():
    sys.modules.pop("this_is_not_there", None)
    lazy = Registry("thing", {"absent": ("this_is_not_there:at_all", "nowhere")})
    lazy.check("absent")
    with pytest.raises(ModuleNotFoundError):
        lazy["absent"]


def families():
    from ranvier.apps import catalogue as experiments
    from ranvier.apps import reports
    from ranvier.data import catalogue as data_sets
    from ranvier.hardware.chips import catalogue as chips
    from ranvier.learn.rules import catalogue as rules
    from ranvier.neurons import catalogue as neurons

    return experiments, reports, data_sets, chips, rules, neurons


def test_every_registered_name_leads_somewhere():
    for family in families():
        assert list(family)
        for name in family:
            assert callable(family[name]), name
            summary = family.summary(name)
            assert summary and summary[-1] != "." and len(summary) < 72, name
