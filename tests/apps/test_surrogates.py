"""The family of surrogates: whole, equal in both modes, with the integrals of their formulas."""

import math

import pytest

from ranvier.apps.surrogates import run
from ranvier.apps.surrogates._run import family


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("surrogates")
    return folder, {row["name"]: row for row in run(folder)["surrogates"]}


def test_the_family_is_whole(result):
    assert set(result[1]) == set(family())
    heads = {name.partition("(")[0] for name in result[1]}
    assert heads >= {
        *("triangle", "fast_sigmoid", "sigmoid_derivative", "arctan", "exponential"),
        *("boxcar", "straight_through", "multi_gaussian", "tanh_derivative", "gaussian"),
    }


def test_forward_and_reverse_mode_agree(result):
    assert [row["difference_of_modes"] for row in result[1].values()] == [0.0] * len(result[1])


@pytest.mark.parametrize(
    ("name", "integral"),
    [
        ("triangle(0.3, 1.0)", 0.3),
        ("fast_sigmoid(10.0)", 2 / 10 * (1 - 1 / 21)),
        ("sigmoid_derivative(4.0)", math.tanh(4.0)),
        ("arctan(2.0)", 2 / math.pi * math.atan(2 * math.pi)),
        ("exponential(1.0, 5.0)", 2 / 5 * (1 - math.exp(-10))),
        ("tanh_derivative()", 2 * math.tanh(2)),
        ("straight_through()", 4.0),
        ("gaussian(0.5)", math.erf(4 / math.sqrt(2))),
    ],
)
def test_integrals_within_two_units(name, integral, result):
    assert result[1][name]["integral"] == pytest.approx(integral, rel=1e-3)


def test_the_report_draws_them_all(result):
    folder, rows = result
    page = (folder / "report.html").read_text()
    assert (folder / "figures" / "surrogates.png").exists()
    assert all(name in page for name in rows)
